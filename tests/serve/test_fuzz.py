"""A short run of the fuzzer; a long one: `python -m tests.serve.fuzz --requests 100000 --kills 50`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.newsroom import newsroom
from tests.serve.fuzz import fuzz
from tests.serve.hosting import fill


@pytest.mark.attack
def test_hostile_requests_and_kills_cost_neither_an_answer_nor_a_story(tmp_path: Path):
    report = fuzz(fill(tmp_path, newsroom(40)), requests=1_500, kills=2, seed=7)
    assert report.is_good, "\n".join(report.lines())
    assert report.kills == 2
    assert report.acknowledged == 38
    assert {200, 404, 422} <= set(report.statuses)
