"""The term fields of an article, and how often each term occurs in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from scipy import sparse

from recsys.domain import Article
from recsys.text import content_terms, names, normalise

FIELDS = ("headline", "lead", "text", "names", "tags", "tag_words")
LEAD_WORDS = 60
"""Words of the body that count as its lead: three or four sentences of news."""
COLUMNS = 2**22  # of the hashed space; of the 86,563 distinct terms of the bbc archive 2 % share one

_Text = TypeVar("_Text")


def field_texts(article: Article) -> dict[str, str]:
    """The texts of an article's term fields."""
    headline, body = article.headline or "", article.body or ""
    whole = f"{headline}\n{body}"
    lead = f"{headline}\n{' '.join(body[: LEAD_WORDS * 40].split()[:LEAD_WORDS])}"
    tags = "\n".join(article.tags)
    return {
        "headline": headline, "lead": lead, "text": whole, "names": whole, "tags": tags, "tag_words": tags
    }  # fmt: skip


def count_fields(articles: Sequence[Article]) -> dict[str, sparse.csr_matrix]:
    """Term counts of every field, a row an article."""
    texts = [(field_texts(article), article.language) for article in articles]
    return {
        name: count_terms(
            [(found[name], language) for found, language in texts], _ANALYSERS.get(name, _terms)
        )
        for name in FIELDS
    }


def count_terms(texts: Iterable[_Text], analyzer: Callable[[_Text], Sequence[str]]) -> sparse.csr_matrix:
    """Occurrences of hashed terms, one row a text; any term has a column, seen before or not."""
    from sklearn.feature_extraction.text import HashingVectorizer  # half a second, which not all need

    vectorizer = HashingVectorizer(
        analyzer=analyzer, n_features=COLUMNS, norm=None, alternate_sign=False, dtype=np.float32
    )
    rows = list(texts)
    if not rows:  # HashingVectorizer takes no empty collection
        return sparse.csr_matrix((0, COLUMNS), dtype=np.float32)
    counts: sparse.csr_matrix = vectorizer.transform(rows)
    counts.sum_duplicates()
    return counts


def _terms(written: tuple[str, str | None]) -> list[str]:
    return content_terms(*written)


def _names(written: tuple[str, str | None]) -> list[str]:
    return names(written[0])


def _tags(written: tuple[str, str | None]) -> list[str]:
    return [normalise(tag) for tag in written[0].split("\n") if tag]


_ANALYSERS = {"names": _names, "tags": _tags}
