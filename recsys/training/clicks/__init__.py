"""Learning from the impressions of our widget and the clicks on them."""

from recsys.training.clicks.click_examples import (
    SMALLEST_PROPENSITY,
    Click,
    Clicks,
    build_clicks,
    impressions_with_clicks,
    learn_from_clicks,
    weigh_clicks,
)
from recsys.training.clicks.impression_log import ImpressionLog, build_impression_log
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
    "ImpressionLog",
    "Propensities",
    "ShownItems",
    "build_clicks",
    "build_impression_log",
    "collect_shown",
    "default_propensities",
    "estimate_propensities",
    "given_propensities",
    "impressions_with_clicks",
    "learn_from_clicks",
    "limit_influence",
    "weigh_clicks",
]
