"""What holds whatever the rules, the stories and their scores are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from recsys.request import Rules
from recsys.rules import Stories, same_story
from tests.newsroom import address, at, corpus_of, story, text_of
from tests.rules.apply import OPEN, Pin, show

HEADLINES = (
    "Ferry late",
    "Ferry late (UPDATE 1)",
    "Ferry was late",
    "Anslow bridge opens at last",
    "Anslow bridge opens at long last",
    "Anslow bridge opens",
    "Vote in Eskvale",
    "Vote in Brackwater",
    "Giants beat Tigers",
    "Tigers beat Giants",
    "潮見台が開通",
    "潮見台が開通（更新）",
)
SECTIONS = ("Sport", "World", None)
TAGS = ((), ("storm",), ("sponsored",))
ARCHIVE = corpus_of(
    [
        story(
            n,
            7 * n,
            headline,
            text_of(HEADLINES[n % 4], n % 3),
            section=SECTIONS[n % 3],
            tags=TAGS[n % 5 % 3],
        )
        for n, headline in enumerate(HEADLINES)
    ],
    at(100),
)
STORIES = Stories(ARCHIVE)
ALL = st.sampled_from(range(len(HEADLINES)))

addresses = st.lists(ALL.map(address), max_size=2).map(tuple)
pins = st.lists(
    st.builds(Pin, ALL.map(address), st.integers(1, 6), st.sampled_from([None, at(99), at(101)])), max_size=3
)
rulings = st.builds(
    Rules,
    minimum_relatedness=st.sampled_from([float("-inf"), -1.0, 0.0, 2.0]),
    only_sections=st.sampled_from([(), (), ("sport",), ("Sport", "World")]),
    never_sections=st.sampled_from([(), (), ("World",)]),
    never_tags=st.sampled_from([(), ("sponsored",)]),
    blocked=addresses,
    pinned=pins.map(tuple),
    most_of_thread=st.sampled_from([None, 1, 2]),
    diversity=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
)
scored = st.dictionaries(ALL, st.integers(-30, 30).map(lambda tenths: tenths / 10))
queries = st.none() | ALL.map(lambda n: ARCHIVE.article(address(n)))


@given(rulings, scored, queries, st.integers(1, 12))
def test_never_a_story_twice_never_the_one_being_read_never_more_than_k(rules, scores, query, k):
    found = show(ARCHIVE, list(scores), rules, query=query, scores=list(scores.values()), k=k)
    shown = [STORIES.of(ARCHIVE.row_of[address(slug)]) for slug in found]
    assert len(found) <= k
    assert not any(same_story(one, other) for at, one in enumerate(shown) for other in shown[:at])
    assert query is None or not any(story.url == query.url for story in shown)
    assert not {story.url for story in shown} & set(rules.blocked)


@given(rulings, scored, queries, st.randoms())
def test_the_order_of_the_candidates_does_not_matter(rules, scores, query, chance):
    shuffled = list(scores)
    chance.shuffle(shuffled)
    first, second = (
        show(ARCHIVE, order, rules, query=query, scores=[scores[slug] for slug in order])
        for order in (list(scores), shuffled)
    )
    assert first == second


@given(rulings.map(lambda rules: replace(rules, diversity=0.0)), scored, queries)
def test_rules_applied_twice_change_nothing(rules, scores, query):
    once = show(ARCHIVE, list(scores), rules, query=query, scores=list(scores.values()))
    shown = [int(slug) for slug in once if int(slug) in scores]
    descending = [100.0 - place for place in range(len(shown))]  # as they were shown, all related enough
    assert show(ARCHIVE, shown, rules, query=query, scores=descending) == once


@given(rulings, st.dictionaries(st.sampled_from((1, 4, 6, 7, 8, 9, 11)), st.floats(-3, 3)), queries)
def test_diversity_applied_twice_changes_nothing_among_stories_of_one_telling(rules, scores, query):
    once = show(ARCHIVE, list(scores), rules, query=query, scores=list(scores.values()))
    shown = [int(slug) for slug in once if int(slug) in scores]
    assert show(ARCHIVE, shown, rules, query=query, scores=[scores[slug] for slug in shown]) == once


@given(rulings, scored, queries, st.integers(1, 11))
def test_a_longer_list_begins_with_the_shorter_one(rules, scores, query, k):
    shorter, longer = (
        show(ARCHIVE, list(scores), rules, query=query, scores=list(scores.values()), k=length)
        for length in (k, 12)
    )
    if len(longer) >= max((pin.position for pin in rules.pinned), default=0):
        assert longer[: len(shorter)] == shorter


@given(scored, queries)
def test_a_minimum_that_nothing_reaches_leaves_nothing_but_pins(scores, query):
    pinned = replace(OPEN, minimum_relatedness=100.0, pinned=(Pin(address(6)),))
    found = show(ARCHIVE, list(scores), pinned, query=query, scores=list(scores.values()))
    assert query is None or len(found) <= 1
