"""Attacks from the outside on a running service, while readers and probes are answered in a second."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from recsys.simulation import Plan, simulate
from tests.serve.attack_harness import ATTACKS, reading, run_attacks
from tests.serve.hosting import Served, fill, serving

SECOND = 1.0


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, list[str]]]:
    """A service of 480 stories, and their addresses."""
    newsroom = simulate(Plan(days=12, articles_per_day=40, views_per_day=20))
    place = fill(tmp_path_factory.mktemp("attacked"), newsroom.pages())
    with serving(place) as served:
        yield served, [each.url for each in newsroom.stories.articles]
        assert "Traceback" not in served.said()


@pytest.fixture(scope="module")
def bound(attacked: tuple[Served, list[str]]) -> float:
    """Seconds in which a reader is answered: one, or more on a machine that is slow without attacks."""
    served, urls = attacked
    with reading(served.port, urls) as calm:
        time.sleep(3)
    assert not calm.failures()
    return max(SECOND, 5 * calm.worst())


@pytest.mark.attack
def test_a_reader_notices_nothing_of_all_attacks_at_once(attacked: tuple[Served, list[str]], bound: float):
    served, urls = attacked
    with reading(served.port, urls) as reader:
        run_attacks(served.port, urls, list(ATTACKS), seconds=15)
    assert not reader.failures()
    assert len(reader.seen) > 100
    assert reader.worst() < bound


@pytest.mark.attack
@pytest.mark.parametrize("name", ATTACKS)
def test_a_reader_notices_nothing_of_one_attack(attacked: tuple[Served, list[str]], bound: float, name: str):
    served, urls = attacked
    with reading(served.port, urls) as reader:
        run_attacks(served.port, urls, [name], seconds=3)
    assert not reader.failures()
    assert reader.worst() < bound
