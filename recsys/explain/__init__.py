"""Why a story is recommended, in words: what drives its score, put as a newsroom would say it."""

from recsys.explain.reasons import give_reasons
from recsys.explain.shared_terms import shared_names, shared_words

__all__ = ["give_reasons", "shared_names", "shared_words"]
