"""Recommendations as the JSON that commands print and write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from recsys.domain import Article, Recommendation, format_time


def article_json(article: Article) -> dict[str, object]:
    """What an article is called and where it is."""
    return {"url": article.url, "headline": article.headline, "label": article.label}


def recommendation_json(found: Recommendation, explain: bool) -> dict[str, object]:
    """A recommendation, with its reasons and what its score is made of where that was asked for."""
    record: dict[str, object] = {
        "rank": found.rank,
        **article_json(found.article),
        "score": found.score,
        "relatedness": found.relatedness,
        "appeal": found.appeal,
    }
    if not explain:
        return record
    return record | {
        "reasons": list(found.reasons),
        "contributions": [asdict(each) for each in found.contributions],
    }


def beside_json(
    article: Article, found: Sequence[Recommendation], *, as_of: datetime, ranker: str, explain: bool
) -> dict[str, object]:
    """An article with what is recommended beside it, a record of a batch."""
    return {
        **article_json(article),
        "as_of": format_time(as_of),
        "model": ranker,
        "items": [recommendation_json(each, explain) for each in found],
    }
