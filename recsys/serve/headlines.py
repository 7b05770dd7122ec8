"""Headlines as a search compares them, kept by what the article says.

Normalising a headline takes thirty times as long as looking for a word in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from recsys.corpus import Corpus
from recsys.text import normalise


class HeadlineCache:
    """Normalised headlines of a process; a corpus that changes needs only those of changed articles."""

    def __init__(self) -> None:
        self._by_digest: dict[int, str] = {}

    def newest(self, corpus: Corpus, most: int) -> Iterator[tuple[int, str]]:
        """Yield row and headline, or opening, of so many of the newest articles, latest first."""
        if len(self._by_digest) > 2 * corpus.size + 1_000:
            self._by_digest.clear()
        table = corpus.articles
        for part, start in zip(reversed(table.parts), reversed(table.starts[:-1].tolist()), strict=True):
            digests = part.digests.tolist()
            for at in range(len(digests) - 1, -1, -1):
                row = start + at
                if row < corpus.size - most:
                    return
                headline = self._by_digest.get(digests[at])
                yield row, self._add(corpus, row, digests[at]) if headline is None else headline

    def _add(self, corpus: Corpus, row: int, digest: int) -> str:
        summary = corpus.articles.summary(row)
        headline = self._by_digest[digest] = normalise(summary.headline or summary.opening or "")
        return headline
