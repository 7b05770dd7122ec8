"""The dial: its ends and its middle, and that its steps exchange equal shares of a list."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.errors import InvalidValueError
from recsys.ranking import order
from recsys.ranking.dial import PLACES, PartScores, mix
from recsys.request import TRAINED_DIAL

EIGHTHS = tuple(step / 8 for step in range(9))
SCALES = st.floats(0.01, 2)

POSITIONS = {  # position: weights of relatedness and of appeal where appeal has the scale .25
    0.0: (1, 0),
    0.25: (1, 0.125),
    0.5: (1, 0.25),
    0.75: (0.5, 0.5),
    1.0: (0, 1),
}


@pytest.mark.parametrize("position", POSITIONS)
def test_weights_on_the_path_from_related_to_popular(position):
    assert mix(position, 0.25) == pytest.approx(POSITIONS[position])


def scored(seed: int, size: int = 200, spread: float = 1.0) -> PartScores:
    chance = np.random.default_rng(seed)
    return PartScores(
        np.arange(size), np.arange(size), chance.normal(0, 1, size), chance.normal(0, spread, size)
    )


def top(parts: PartScores, weights: tuple[float, float]) -> set[int]:
    total = parts.relatedness * weights[0] + parts.appeal * weights[1]
    return set(parts.rows[order(total, parts.times, parts.rows)[:PLACES]].tolist())


@given(st.integers(0, 99), SCALES)
def test_the_ends_are_pure_and_the_middle_is_what_was_learned(seed, scale):
    parts = scored(seed)
    assert parts.weigh(0, scale) == (1, 0)
    assert parts.weigh(TRAINED_DIAL, scale) == (1, scale)
    assert parts.weigh(1, scale) == (0, 1)


@settings(max_examples=30)
@given(st.integers(0, 99), SCALES, st.floats(0.1, 30))
def test_turning_the_dial_up_counts_appeal_more_and_relatedness_less(seed, scale, spread):
    parts = scored(seed, spread=spread)
    weights = [parts.weigh(dial, scale) for dial in np.linspace(0, 1, 33).tolist()]
    related, popular = zip(*weights, strict=True)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(related))
    ratio = [a / r if r else np.inf for r, a in weights]
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(ratio))
    assert all(0 <= each <= max(1, scale) for each in popular)


@pytest.mark.parametrize("spread", [0.2, 1.0, 5.0, 25.0])
@pytest.mark.parametrize("scale", [0.02, 0.07, 0.5])
def test_equal_steps_exchange_equal_shares_of_a_list_whatever_the_scale(scale, spread):
    """Where the path itself makes one step in eight exchange up to half of the list."""
    lists = [scored(seed, spread=spread) for seed in range(60)]
    tops = [[top(parts, parts.weigh(dial, scale)) for dial in EIGHTHS] for parts in lists]
    changed = np.array([np.mean([len(each[at + 1] - each[at]) / PLACES for each in tops]) for at in range(8)])
    for half in (changed[:4], changed[4:]):
        assert half.max() - half.min() < 0.08
    assert changed.max() <= 2.05 * changed.mean()


def test_a_list_that_cannot_change_follows_the_path():
    few = scored(1, PLACES)
    assert few.weigh(0.75, 0.25) == mix(0.75, 0.25)
    related = np.arange(200.0)
    alike = PartScores(np.arange(200), np.arange(200), related, related)
    assert alike.weigh(0.25, 0.25) == mix(0.25, 0.25)


@pytest.mark.parametrize("dial", [-0.1, 1.1, float("nan")])
def test_a_dial_outside_its_range_is_refused(dial):
    with pytest.raises(InvalidValueError, match="dial"):
        scored(1).weigh(dial, 0.1)
