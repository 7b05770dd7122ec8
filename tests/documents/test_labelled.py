"""What is read from pages of many sites with hand-made labels; they lie beside the project, never in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.pages import count, load_labels
from recsys.documents import read

from .conftest import SEEN


@pytest.fixture(scope="module")
def counts(shared_data: Path) -> Counter[tuple[str, str]]:
    total: Counter[tuple[str, str]] = Counter()
    for label in load_labels(shared_data / "pages"):
        total.update(count(label, read(label.data, name=label.path.name, observed_at=SEEN)))
    return total


def test_lists_are_read_as_well_as_they_were(counts: Counter[tuple[str, str]]) -> None:
    def f1(kind: str) -> float:
        return 2 * counts[kind, "shared"] / (counts[kind, "labelled"] + counts[kind, "read"])

    assert f1("popular") >= 0.97
    assert counts["popular", "spurious"] <= 3
    assert f1("related") >= 0.88
    assert f1("latest") >= 0.84
    assert f1("any") >= 0.91


def test_so_are_headlines_and_days(counts: Counter[tuple[str, str]]) -> None:
    assert counts["headline", "shared"] >= 77
    assert counts["day", "shared"] == counts["day", "labelled"]
