"""Applies the rules to stories in an order that a test chooses, best first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.ranking import Scores
from recsys.request import NO_MINIMUM, Pin, Rules
from recsys.rules import RuleContext, Stories, apply_rules
from tests.newsroom import address

__all__ = ["OPEN", "Pin", "show", "slugs"]

OPEN = Rules(minimum_relatedness=NO_MINIMUM)
"""The default rules without a minimum, which made-up scores do not mean."""


def show(
    corpus: Corpus,
    ranked: Sequence[object],
    rules: Rules = OPEN,
    *,
    query: Article | None = None,
    scores: Sequence[float] | None = None,
    k: int = 100,
    relatedness_weight: float = 1.0,
) -> list[str]:
    """Return the slugs that the rules show; without scores each is one logit below the one before it."""
    rows = np.array([corpus.row_of[address(slug)] for slug in ranked], dtype=np.int64)
    relatedness = np.array(range(len(rows), 0, -1) if scores is None else scores, dtype=np.float64)
    context = RuleContext(
        corpus.at(corpus.as_of),
        query,
        rules,
        rows,
        Scores(relatedness, np.zeros(len(rows)), relatedness_weight=relatedness_weight),
        Stories(corpus),
    )
    return slugs([corpus.stored[row].article for row in islice(apply_rules(context), k)])


def slugs(articles: Sequence[Article]) -> list[str]:
    return [article.url.rsplit("/", 1)[1] for article in articles]
