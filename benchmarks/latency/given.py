"""What everybody is given: the same texts in order of time, and the articles that are asked beside."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from benchmarks.latency.corpus import END
from recsys.corpus.inverted_index import Ints
from recsys.domain import Article

WINDOW = timedelta(days=90)
LATER = 0.1
"""The part of the archive from whose end the queries are that are not the newest."""


@dataclass(frozen=True)
class Texts:
    """The articles as peers take them, and the queries."""

    headlines: Sequence[str]
    texts: Sequence[str]
    """Headline and body."""
    seconds: Ints
    """Since 1970, when each article was first seen."""
    asked: Sequence[int]
    """Which articles are asked beside."""
    queries: Sequence[Article]
    """The same as articles."""

    @property
    def first(self) -> int:
        """The first article of the window."""
        return int(np.searchsorted(self.seconds, (END - WINDOW).timestamp()))


def choose_queries(articles: int, count: int, seed: int = 0) -> list[int]:
    """So many articles in mixed order: the newest, and as many of the last tenth at random."""
    count = min(count, articles)
    newest = range(articles - (count + 1) // 2, articles)
    rng, later = random.Random(seed), range(int(articles * (1 - LATER)), newest.start)
    later = later if len(later) >= count // 2 else range(newest.start)
    chosen = [*newest, *rng.sample(later, count // 2)]
    rng.shuffle(chosen)
    return chosen


def collect(articles: Iterable[Article], asked: Sequence[int]) -> Texts:
    """The texts of articles that come in order of time; of the articles only those asked beside are kept."""
    wanted, kept = set(asked), dict[int, Article]()
    headlines, texts, seconds = [], [], []
    for row, article in enumerate(articles):
        headlines.append(article.label)
        texts.append(f"{article.headline}\n{article.body}")
        seconds.append(int(article.first_seen_at.timestamp()))
        if row in wanted:
            kept[row] = article
    return Texts(headlines, texts, np.array(seconds, dtype=np.int64), asked, [kept[row] for row in asked])
