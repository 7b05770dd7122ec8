"""No story twice, the last update only, near-duplicates once, never the article that is being read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.rules import Story, same_story
from recsys.rules.duplicates import SeenStories, find_same, newest
from recsys.text import headline_key, split_update, story_key
from tests.newsroom import address, article, at, corpus_of, story
from tests.rules.apply import show

HEADLINES = [
    "Ferry late",
    "Ferry late (UPDATE 1)",
    "Vote in Eskvale",
    "“Bridge”  opens",
    '"BRIDGE" opens',
    "Ferry late (UPDATE 2)",
    "潮見台が開通",
    "潮見台が開通（更新）",
]
ARCHIVE = corpus_of([story(n, n, headline) for n, headline in enumerate(HEADLINES)], at(9))


def kept(*slugs: int, query: Article | None = None, corpus: Corpus = ARCHIVE) -> list[int]:
    return [int(slug) for slug in show(corpus, slugs, query=query)]


def test_an_update_takes_the_place_of_its_predecessor():
    assert kept(2, 0, 1) == [2, 1]
    assert kept(0, 2, 5, 1) == [5, 2]
    assert kept(5, 2, 0) == [5, 2]
    assert kept(6, 2, 7) == [7, 2]


def test_an_update_that_is_no_candidate_replaces_nothing():
    assert kept(0, 2) == [0, 2]


def test_two_spellings_of_one_headline_are_one_story():
    assert len(kept(3, 4)) == 1
    assert len(kept(2, 3, 4)) == 2


def test_neither_the_article_nor_another_of_its_story_stands_beside_it():
    ferry = ARCHIVE.article(address(0))
    assert kept(0, 1, 2, 5, query=ferry) == [2]
    assert kept(2, 3, query=article("copy", 9, "bridge OPENS")) == [2]
    assert kept(0, 2, query=article("update", 9, "Ferry late (UPDATE 3)")) == [2]


def test_an_article_without_headline_is_its_own_story():
    corpus = corpus_of([story(n, n, None, "The same text.") for n in range(3)], at(9))
    assert kept(0, 1, 2, corpus=corpus) == [0, 1, 2]
    assert kept(0, 1, 2, corpus=corpus, query=corpus.article(address(1))) == [0, 2]


def test_of_nothing_nothing_is_kept():
    assert kept() == []


@given(st.permutations(range(len(HEADLINES))).flatmap(lambda p: st.integers(0, 8).map(lambda n: p[:n])))
def test_every_story_is_kept_once_at_its_first_place_with_its_last_update(slugs):
    found = kept(*slugs)
    keys = [story_key(HEADLINES[slug]) for slug in found]
    assert len(set(keys)) == len(keys)
    assert keys == list(dict.fromkeys(story_key(HEADLINES[slug]) for slug in slugs))
    for slug, key in zip(found, keys, strict=True):
        same = [split_update(HEADLINES[each])[1] for each in slugs if story_key(HEADLINES[each]) == key]
        assert split_update(HEADLINES[slug])[1] == max(same)


SAME = [
    ("Star of Delmoor Creek dies at 71", "Star of Delmoor Creek dies aged 71"),
    ("Anslow ferry sinks in the storm, say police", "Anslow ferry sinks in storm, police say"),
    ("Council says it will not yield over the bridge", "Council says it won’t yield over the bridge"),
    ("潮見台駅の再開発を正式決定", "潮見台駅の再開発、正式決定"),
]
OTHERS = [
    ("Giants beat Tigers", "Tigers beat Giants"),
    ("Giants beat Tigers 3-2", "Giants beat Tigers 3-1"),
    ("Anslow Games: the pictures of day 4", "Anslow Games: the pictures of day 5"),
    ("Man found guilty of theft on the Eskvale ferry", "Man jailed for theft on the Eskvale ferry"),
    ("Police arrest mayor over the bridge", "Mayor thanks police over the bridge"),
]


def stories(first: str, second: str, hours: float = 5) -> tuple[Story, Story]:
    return Story.of(article(1, 0, first)), Story.of(article(2, hours, second))


@pytest.mark.parametrize(("first", "second"), SAME)
def test_a_headline_that_was_touched_up_is_one_story_and_the_newest_stays(first: str, second: str):
    assert same_story(*stories(first, second))
    corpus = corpus_of([story(1, 1, first), story(2, 6, second), story(3, 3, "Vote in Eskvale")], at(9))
    assert kept(1, 3, 2, corpus=corpus) == [2, 3]
    assert kept(3, 1, corpus=corpus, query=corpus.article(address(2))) == [3]


@pytest.mark.parametrize(("first", "second"), OTHERS)
def test_two_stories_that_share_their_words_stay_two(first: str, second: str):
    assert not same_story(*stories(first, second))


def test_a_headline_told_again_a_week_later_is_another_story_unless_it_is_the_very_same():
    assert same_story(*stories("Bank holds its rates again", "Bank holds rates again", 71))
    assert not same_story(*stories("Bank holds its rates again", "Bank holds rates again", 24 * 7))
    assert same_story(*stories("Bank holds rates again", "Bank holds rates again", 24 * 7))


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_being_one_story_goes_both_ways(first: str, second: str):
    one, other = stories(first, second)
    assert same_story(one, other) == same_story(other, one)
    assert same_story(one, one)


def test_the_newest_of_a_chain_is_shown_even_when_its_predecessor_is_only_like_the_first():
    headlines = [
        "Anslow ferry sinks in the storm",
        "Anslow ferry sinks in storm",
        "Anslow ferry sinks in storm (UPDATE 1)",
    ]
    corpus = corpus_of([story(n, n, text) for n, text in enumerate(headlines)], at(9))
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        assert kept(*order, corpus=corpus) == [2]


def collapse_plainly(ranked: list[Story]) -> list[Story]:
    """What `collapse_stories` does among up to a hundred, in the words of its docstring, pair by pair."""
    ahead, kept = list(ranked), []
    while ahead:
        first = ahead[0]
        last = newest([story for story in ahead if same_story(first, story)])
        last = newest([story for story in ahead if story.key == last.key])
        kept.append(last)
        ahead = [story for story in ahead if not any(same_story(story, one) for one in (first, last))]
    return kept


WORDS = st.sampled_from(["Anslow", "ferry", "sinks", "in", "storm", "the", "say", "police", "3", "`late'"])
MARKS = st.sampled_from(["", "", " (UPDATE)", " (update 2)", " 【更新】", "?"])
ANY_HEADLINE = st.builds(
    lambda words, mark: " ".join(words) + mark, st.lists(WORDS, min_size=1, max_size=5), MARKS
)


@given(st.lists(st.tuples(ANY_HEADLINE | st.none(), st.integers(0, 200)), max_size=12))
@settings(deadline=None)  # every example writes a store
def test_collapsing_is_what_comparing_every_pair_gives(stories: list[tuple[str | None, int]]):
    corpus = corpus_of([story(n, hour, text) for n, (text, hour) in enumerate(stories)], at(300))
    ranked = [Story.of(corpus.article(address(n)), corpus.row_of[address(n)]) for n in range(len(stories))]
    expected = [int(each.url.rsplit("/", 1)[1]) for each in collapse_plainly(ranked)]
    assert kept(*range(len(stories)), corpus=corpus) == expected


@given(st.lists(st.tuples(ANY_HEADLINE | st.none(), st.integers(0, 200)), min_size=1, max_size=12))
def test_asked_of_many_at_once_stories_are_the_same_as_pair_by_pair(stories: list[tuple[str | None, int]]):
    first, *others = [Story.of(article(n, hour, text), n) for n, (text, hour) in enumerate(stories)]
    same = [other for other in others if same_story(first, other)]
    assert find_same(first, others) == same
    assert (first in SeenStories(others)) == bool(same)


@given(st.text(st.characters(max_codepoint=127)) | ANY_HEADLINE | st.text())
def test_the_short_way_to_a_key_leads_to_the_same_key(headline: str):
    if headline.strip():
        known = Story.of(article(1, 0, headline))
        bare, update = split_update(headline)
        assert (known.key, known.update) == (headline_key(bare), update)
