"""The editorial rules, which come last: what may stand in a list, whatever it scored."""

from recsys.ranking.rules.desk import Desk
from recsys.ranking.rules.steps import STEPS, apply_rules
from recsys.ranking.rules.stories import Stories, Story, same_story

__all__ = ["STEPS", "Desk", "Stories", "Story", "apply_rules", "same_story"]
