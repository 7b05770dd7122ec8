"""Why a store has no training examples yet, and when it will have some."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from recsys.corpus import KIND_CODE, CorpusView
from recsys.corpus.inverted_index import Ints
from recsys.domain import Kind, format_time, from_microseconds
from recsys.training.examples import HORIZONS, SHORTEST_QUERY, SOURCES, is_for_everybody

_LABELS = {
    Kind.RELATED: ("related-story box", "related-story boxes"),
    Kind.INLINE: ("article with links in its text", "articles with links in their text"),
    Kind.POPULAR: ("most-read list", "most-read lists"),
    Kind.FRONT_PAGE: ("front page", "front pages"),
}


def explain_missing_examples(view: CorpusView) -> tuple[str, ...]:
    """Sentences about a view without training examples: what there is, and what is missing."""
    numbers = {kind: _numbers(view, kind) for kind in SOURCES}
    found = {kind: each for kind, each in numbers.items() if len(each)}
    if not found:
        return (
            "The store has no list to learn from: no related-story box, no links in an article's text, no"
            " most-read list and no front page. Ingest pages that have some, or crawl the site.",
        )
    return tuple(_explain(view, found))


def _numbers(view: CorpusView, kind: Kind) -> Ints:
    kinds = view.corpus.lists.kinds[: view.list_count]
    return np.flatnonzero(kinds == KIND_CODE[kind])


def _explain(view: CorpusView, found: dict[Kind, Ints]) -> Iterator[str]:
    counts = {kind: len(numbers) for kind, numbers in found.items()}
    for_everybody = [kind for kind in found if is_for_everybody(kind)]
    of_articles = [kind for kind in found if not is_for_everybody(kind)]
    if of_articles:
        yield (
            f"{_join(of_articles, counts)}: an example only if a story on it was seen before its article,"
            f" and the article's text has at least {SHORTEST_QUERY} characters. Articles published from now"
            " on can link to the stories seen so far."
        )
    if for_everybody:
        last = int(max(view.corpus.lists.times[found[kind]].max() for kind in for_everybody))
        earliest = from_microseconds(last) + timedelta(hours=HORIZONS[0])
        yield (
            f"{_join(for_everybody, counts)}: an example only if the same list is seen again {_join_hours()}"
            f" hours later. Crawl or ingest it again at {format_time(earliest)}."
        )


def _join(kinds: list[Kind], counts: dict[Kind, int]) -> str:
    return " and ".join(f"{counts[kind]:,} {_LABELS[kind][counts[kind] != 1]}" for kind in kinds)


def _join_hours() -> str:
    first, *others = map(str, HORIZONS)
    return f"{', '.join([first, *others[:-1]])} or {others[-1]}"
