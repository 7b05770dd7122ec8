"""Candidates for an article, and without one."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from recsys.corpus import Corpus
from recsys.domain import Article, Kind
from recsys.ranking.features import QueryContext, find_candidates
from tests.newsroom import address, article, at, corpus_of, newsroom_corpus, shown, story, text_of


def candidates(corpus: Corpus, query: Article | None, hour: float, **more: object) -> list[str]:
    window = more.pop("window", None)
    context = QueryContext(corpus.at(at(hour)), None if query is None else corpus.query(query), window)  # type: ignore[arg-type]
    rows = find_candidates(context, **more)  # type: ignore[arg-type]
    assert (np.diff(rows) > 0).all()
    return [corpus.stored[row].article.url for row in rows]


def test_the_article_itself_is_no_candidate():
    corpus = newsroom_corpus()
    query = corpus.stored[40].article
    found = candidates(corpus, query, 216)
    assert query.url not in found
    assert len(found) > 30


def test_a_candidate_was_known_before_the_moment_and_within_the_window():
    corpus = newsroom_corpus()
    for query in (None, corpus.stored[10].article):
        found = candidates(corpus, query, 100, window=timedelta(hours=30))
        seen = [corpus.article(url).first_seen_at for url in found]
        assert seen
        assert at(70) <= min(seen) <= max(seen) < at(100)


def test_an_empty_window_has_no_candidates():
    assert candidates(newsroom_corpus(), None, 100, window=timedelta(0)) == []


def many_stories() -> list[object]:
    return [story(n, n / 100, f"Note {n}", text_of("Eskvale", n, 12)) for n in range(600)]


def test_a_story_that_only_shares_a_rare_name_is_found_among_many():
    old = story("old", 0, "Quillfeather is seen", text_of("Anslow", 1, 12))
    corpus = corpus_of([old, *many_stories()], at(9))
    assert address("old") in candidates(corpus, article("new", 9, None, text_of("Quillfeather", 2)), 9)


def test_a_story_linked_by_a_similar_one_is_found_though_it_shares_no_word():
    stranger = story("stranger", 0, "潮見台開通", None)
    friend = story("friend", 0, "Quillfeather", text_of("Quillfeather", 1))
    link = shown(1, "stranger", kind=Kind.RELATED, beside="friend")
    query = article("new", 9, None, text_of("Quillfeather", 2))
    assert address("stranger") in candidates(
        corpus_of([stranger, friend, link, *many_stories()], at(9)), query, 9
    )
    assert address("stranger") not in candidates(
        corpus_of([stranger, friend, *many_stories()], at(9)), query, 9
    )


def test_listed_and_new_stories_are_candidates_for_any_article():
    listed = [story("liked", 0, "潮見台開通"), shown(8, "liked", title="Most read")]
    corpus = corpus_of([*listed, *many_stories(), story("newest", 8.5, "カモメ")], at(9))
    for query in (None, article("new", 9, "Anslow", text_of("Anslow", 1))):
        assert {address("liked"), address("newest")} <= set(candidates(corpus, query, 9))


def test_related_lists_do_not_make_stories_popular():
    boxed = [
        story("related_inlinks", 0, "潮見台開通"),
        shown(8, "related_inlinks", kind=Kind.RELATED, beside=599),
    ]
    assert address("related_inlinks") not in candidates(corpus_of([*many_stories(), *boxed], at(9)), None, 9)


def test_older_stories_use_up_no_limit_of_the_window():
    before = [
        story(f"old{n}", n / 100, "Quillfeather is seen", text_of("Quillfeather", n, 12)) for n in range(600)
    ]
    between = [story(n, 10 + n / 100, f"Note {n}", text_of("Eskvale", n, 12)) for n in range(300)]
    inside = story("inside", 9.9, "Quillfeather may be gone", text_of("Anslow", 1, 12))
    corpus = corpus_of([*before, inside, *between], at(20))
    query = article("new", 20, "Quillfeather is seen again", text_of("Quillfeather", 700, 12))
    assert address("inside") in candidates(corpus, query, 20, window=timedelta(hours=12))
