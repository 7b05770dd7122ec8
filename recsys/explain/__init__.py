"""Reasons for a recommendation in plain words."""

from recsys.explain.reasons import give_reasons
from recsys.explain.shared_terms import shared_names, shared_words

__all__ = ["give_reasons", "shared_names", "shared_words"]
