"""Learning from what a widget showed and what of it was clicked."""

from recsys.training.clicks.click_examples import (
    SMALLEST_PROPENSITY,
    Click,
    Clicks,
    build_clicks,
    learn_from_clicks,
    lists_that_teach,
    weigh_clicks,
)
from recsys.training.clicks.influence import limit_influence
from recsys.training.clicks.propensity import (
    FEWEST_CLICKS,
    Propensities,
    ShownItems,
    collect_shown,
    default_propensities,
    estimate_propensities,
    given_propensities,
)

__all__ = [
    "FEWEST_CLICKS",
    "SMALLEST_PROPENSITY",
    "Click",
    "Clicks",
    "Propensities",
    "ShownItems",
    "build_clicks",
    "collect_shown",
    "default_propensities",
    "estimate_propensities",
    "given_propensities",
    "learn_from_clicks",
    "limit_influence",
    "lists_that_teach",
    "weigh_clicks",
]
