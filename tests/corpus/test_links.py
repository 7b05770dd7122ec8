"""Links between articles can be walked both ways, from when they were first seen."""

from __future__ import annotations

import numpy as np

from recsys.corpus import Corpus
from recsys.domain import Kind, to_microseconds
from tests.newsroom import address, at, corpus_of, shown, story

PAGES = [
    *(story(n, n / 10) for n in range(6)),
    shown(2, 0, 1, kind=Kind.RELATED, beside=5),
    shown(3, 1, kind=Kind.INLINE, beside=4),
    shown(4, 1, 2, kind=Kind.RELATED, beside=5),
    shown(4, 5, kind=Kind.INLINE, beside=5),
    shown(5, 3, kind=Kind.POPULAR, beside=5),
    shown(5, "elsewhere", kind=Kind.INLINE, beside="unknown"),
]


def edges(corpus: Corpus, walk: str, story_number: int, hour: float) -> list[tuple[str, float]]:
    row = np.array([corpus.row_of[address(story_number)]])
    moment = to_microseconds(at(hour))
    which, others, times = getattr(corpus.links, walk)(row, moment)
    assert (which == 0).all()
    return sorted(
        (corpus.stored[other].article.url, (time - to_microseconds(at(0))) / 3.6e9)
        for other, time in zip(others.tolist(), times.tolist(), strict=True)
    )


def test_a_link_exists_from_the_first_time_it_was_seen():
    corpus = corpus_of(PAGES, at(9))
    assert edges(corpus, "targets", 5, 2) == []
    assert edges(corpus, "targets", 5, 3) == [(address(0), 2), (address(1), 2)]
    assert edges(corpus, "targets", 5, 9) == [(address(0), 2), (address(1), 2), (address(2), 4)]


def test_links_are_walked_back_to_where_they_stand():
    corpus = corpus_of(PAGES, at(9))
    assert edges(corpus, "origins", 1, 3) == [(address(5), 2)]
    assert edges(corpus, "origins", 1, 9) == [(address(4), 3), (address(5), 2)]


def test_neither_a_link_to_itself_nor_a_list_for_everybody_links_articles():
    corpus = corpus_of(PAGES, at(9))
    assert edges(corpus, "origins", 5, 9) == []
    assert edges(corpus, "origins", 3, 9) == []


def test_many_articles_are_asked_at_once():
    corpus = corpus_of(PAGES, at(9))
    rows = np.array([corpus.row_of[address(n)] for n in (2, 0, 1)])
    which, others, _ = corpus.links.origins(rows, to_microseconds(at(9)))
    five, four = corpus.row_of[address(5)], corpus.row_of[address(4)]
    assert sorted(zip(which.tolist(), others.tolist(), strict=True)) == [
        (0, five),
        (1, five),
        (2, four),
        (2, five),
    ]
