"""A worked example of smoothing and of the falling order of propensities."""

from __future__ import annotations

import pytest

from recsys.training.clicks import estimate_propensities
from tests.training.test_propensity import shown_of


def test_ten_clicks_at_the_default_curve_smooth_the_estimate():
    """One story has 100 clicks of 1,000 views at each of two positions, as if both were examined equally.

    Its attractiveness explains x clicks at the first position. Ten more at the first and, at half the default
    propensity, ten of twenty at the second pull the second down to (x + 10) / (x + 20).
    """
    first, second = estimate_propensities(shown_of([(0, 1, 1_000, 100), (0, 2, 1_000, 100)])).values
    x = 200 / (1 + second)
    assert first == 1
    assert second == pytest.approx((x + 10) / (x + 20), abs=1e-3)
    assert second == pytest.approx(0.9195, abs=1e-3)


def test_a_position_further_down_is_never_examined_more():
    """More clicks below than above, on stories at both: equal propensities are the nearest falling ones."""
    found = estimate_propensities(shown_of([(0, 1, 1_000, 100), (0, 2, 1_000, 300)]))
    assert found.values == pytest.approx((1, 1))
