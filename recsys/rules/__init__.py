"""The editorial rules, applied last: what may appear in a list whatever its score."""

from recsys.rules.duplicates import SeenStories, Stories, Story, same_story
from recsys.rules.rule_context import RuleContext
from recsys.rules.steps import STEPS, apply_rules

__all__ = ["STEPS", "RuleContext", "SeenStories", "Stories", "Story", "apply_rules", "same_story"]
