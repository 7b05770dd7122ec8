"""The history of lists: which list was current, where a story stood, when it was seen."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Kind, to_microseconds
from recsys.ranking.features import QueryContext, find_candidates
from tests.newsroom import address, at, corpus_of, shown, story

STORIES = [story(n, n / 10) for n in range(8)]


def moment(hour: float) -> int:
    return to_microseconds(at(hour))


def urls(corpus: Corpus, number: int) -> list[str]:
    return [corpus.stored[row].article.url for row in corpus.lists.items(number)[0]]


def test_the_latest_list_of_a_source_is_the_last_one_strictly_before_the_moment():
    corpus = corpus_of(
        [
            *STORIES,
            shown(2, 1),
            shown(4, 2),
            shown(6, 3),
            shown(3, 4, scope="Sport"),
            shown(5, 5, title="Top"),
        ],
        at(9),
    )
    lists = corpus.lists
    assert len(lists.sources) == 3
    whole = next(s for s, source in enumerate(lists.sources) if source.scope is source.title is None)
    assert lists.latest(whole, moment(2)) == -1
    assert urls(corpus, lists.latest(whole, moment(4))) == [address(1)]
    assert urls(corpus, lists.latest(whole, moment(4.1))) == [address(2)]
    current = corpus.at(at(5.5)).current_lists(moment(5.5))
    assert sorted(url for number in current for url in urls(corpus, number)) == [
        address(n) for n in (2, 4, 5)
    ]


def test_the_list_of_one_article_is_never_current_for_everybody():
    pages = [*STORIES, shown(2, 1, kind=Kind.RELATED, beside=3), shown(2, 1, kind=Kind.INLINE, beside=3)]
    assert len(corpus_of(pages, at(9)).at(at(9)).current_lists(moment(9))) == 0


@pytest.mark.parametrize(
    ("hours", "found"), [(1, address(2)), (2, address(3)), (4, address(5)), (3, None), (9, None)]
)
def test_the_next_list_lies_about_as_many_hours_later(hours, found):
    corpus = corpus_of(
        [*STORIES, shown(10, 1), shown(10.9, 2), shown(12.2, 3), shown(14.1, 5), shown(11, 6, scope="Sport")],
        at(20),
    )
    number = corpus.lists.next_after(0, hours)
    assert (urls(corpus, number)[0] if number >= 0 else None) == found


def test_a_place_falls_from_one_by_equal_steps_and_gaps_count():
    corpus = corpus_of(
        [*STORIES, shown(2, 1, 2, 3, places=(1, 4, 10)), shown(3, 1, 2, places=(2, 20))], at(9)
    )
    np.testing.assert_allclose(corpus.lists.items(0)[1], [1, 0.7, 0.1], atol=1e-6)
    np.testing.assert_allclose(corpus.lists.items(1)[1], [0.95, 0.05], atol=1e-6)


def test_sightings_are_those_before_the_moment_by_article_then_time():
    corpus = corpus_of([*STORIES, shown(2, 1, 2), shown(4, 2, 1), shown(6, 1)], at(9))
    rows = np.array([corpus.row_of[address(n)] for n in (2, 7, 1)], dtype=np.int64)
    seen = corpus.lists.sightings(rows, moment(6))
    assert seen.which.tolist() == [0, 0, 2, 2]
    assert seen.times.tolist() == [moment(2), moment(4), moment(2), moment(4)]
    assert corpus.lists.articles[seen.items].tolist() == rows[seen.which].tolist()
    assert seen.lists.tolist() == [0, 1, 0, 1]
    assert len(corpus.lists.sightings(rows, moment(2)).times) == 0
    assert len(corpus.lists.sightings(rows[:0], moment(9)).times) == 0


def test_an_archive_without_lists_has_no_sightings():
    corpus = corpus_of(STORIES, at(9))
    assert len(corpus.lists.sightings(np.arange(8), moment(9)).times) == 0
    assert corpus.lists.before(moment(9)) == 0


LINK_WORDS = ["read this", "and this"]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_story_known_by_the_words_of_an_inline_link_alone_is_no_candidate(kind):
    page = shown(5, "stub", 1, kind=kind, beside=3, headlines=LINK_WORDS)
    corpus = corpus_of([*STORIES, page], at(9))
    known = {corpus.stored[row].article.url for row in find_candidates(QueryContext(corpus.at(at(9))))}
    assert (address("stub") in known) == (kind is not Kind.INLINE)
    assert address(1) in known


def test_a_linked_story_becomes_a_candidate_when_a_list_or_its_page_shows_it():
    link = shown(2, "stub", kind=Kind.INLINE, beside=1, headlines=["this"])
    for arrival in (shown(4, "stub"), story("stub", 4)):
        corpus = corpus_of([*STORIES, link, arrival], at(9))
        for hour, shows in ((3, False), (5, True)):
            rows = find_candidates(QueryContext(corpus.at(at(hour))))
            assert (address("stub") in {corpus.stored[row].article.url for row in rows}) == shows
