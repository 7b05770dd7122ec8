"""Analysis: the term fields of an article and the number of occurrences of each term in them."""

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
COLUMNS = 2**22  # of the hashed space; 2 % of the 86,563 distinct terms of the bbc corpus share one

_Text = TypeVar("_Text")


def field_texts(article: Article) -> dict[str, str]:
    """The texts of an article's term fields."""
    headline, body = article.headline or "", article.body or ""
    text = f"{headline}\n{body}"
    lead = f"{headline}\n{' '.join(body[: LEAD_WORDS * 40].split()[:LEAD_WORDS])}"
    tags = "\n".join(article.tags)
    return {
        "headline": headline, "lead": lead, "text": text, "names": text, "tags": tags, "tag_words": tags
    }  # fmt: skip


def count_fields(articles: Sequence[Article]) -> dict[str, sparse.csr_matrix]:
    """Term counts of every field, one row an article."""
    texts = [(field_texts(article), article.language) for article in articles]
    return {
        name: count_terms(
            [(fields[name], language) for fields, language in texts], _ANALYSERS.get(name, _terms)
        )
        for name in FIELDS
    }


def count_terms(texts: Iterable[_Text], analyzer: Callable[[_Text], Sequence[str]]) -> sparse.csr_matrix:
    """Counts of hashed terms, one row a text; every term has a column, seen before or not."""
    from sklearn.feature_extraction.text import HashingVectorizer  # takes half a second to import

    vectorizer = HashingVectorizer(
        analyzer=analyzer, n_features=COLUMNS, norm=None, alternate_sign=False, dtype=np.float32
    )
    rows = list(texts)
    if not rows:  # HashingVectorizer refuses an empty collection
        return sparse.csr_matrix((0, COLUMNS), dtype=np.float32)
    counts: sparse.csr_matrix = vectorizer.transform(rows)
    counts.sum_duplicates()
    return counts


def _terms(text: tuple[str, str | None]) -> list[str]:
    return content_terms(*text)


def _names(text: tuple[str, str | None]) -> list[str]:
    return names(text[0])


def _tags(text: tuple[str, str | None]) -> list[str]:
    return [normalise(tag) for tag in text[0].split("\n") if tag]


_ANALYSERS = {"names": _names, "tags": _tags}
