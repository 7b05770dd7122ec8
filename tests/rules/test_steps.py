"""Each rule by itself: minimum, sections, tags, blocked, threads, diversity, pins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recsys.corpus import Corpus
from recsys.errors import InvalidValueError
from recsys.request import Block, Request, Rules
from tests.newsroom import address, article, at, corpus_of, story, text_of
from tests.rules.apply import OPEN, Pin, show

SECTIONS = ("Sport", "Politics", None, "SPORT", "World")
TAGS = ((), ("Storm",), ("sponsored",), ("storm", "Sensitive"), ("vote",))
HEADLINES = ("Ferry late", "Bridge opens", "Vote in Eskvale", "Storm over Anslow", "潮見台が開通")


def news() -> Corpus:
    """Five stories with sections and tags; the third is sponsored, the fourth sensitive."""
    pages = [story(n, n, HEADLINES[n], section=SECTIONS[n], tags=TAGS[n]) for n in range(len(HEADLINES))]
    return corpus_of(pages, at(9))


NEWS = news()
EVERYTHING = replace(OPEN, never_tags=())
QUERY = article("query", 8, "What is being read")


def shown(rules: Rules, *ranked: int, **more: object) -> list[int]:
    return [int(slug) for slug in show(NEWS, ranked or range(5), rules, **more)]  # type: ignore[arg-type]


def test_sponsored_and_sensitive_stories_are_never_shown_unless_a_newsroom_decides_otherwise():
    assert shown(OPEN) == [0, 1, 4]
    assert shown(EVERYTHING) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"only_sections": ("sport",)}, [0, 3]),
        ({"only_sections": ("Politics", " world ")}, [1, 4]),
        ({"never_sections": ("Sport",)}, [1, 2, 4]),
        ({"only_sections": ("Sport",), "never_sections": ("Sport",)}, []),
        ({"only_tags": ("STORM", "vote")}, [1, 3, 4]),
        ({"never_tags": ("storm",)}, [0, 2, 4]),
        ({"only_tags": ("storm",), "never_tags": ("sensitive",)}, [1]),
        ({"blocked": (address(0), address(4), address("unknown"))}, [1, 2, 3]),
    ],
)
def test_sections_tags_and_addresses_decide_what_is_left_out(change: dict[str, tuple[str, ...]], expected):
    assert shown(replace(EVERYTHING, **change)) == expected


def test_what_is_less_related_than_the_minimum_leaves_its_place_empty():
    rules = replace(EVERYTHING, minimum_relatedness=3.0)
    assert shown(rules, query=QUERY) == [0, 1, 2]
    assert shown(rules, query=QUERY, scores=[2.9, 3.0, -1, 8, 2]) == [3, 1]
    assert shown(rules, query=QUERY, scores=[0, 0, 0, 0, 0]) == []


def test_the_minimum_holds_only_beside_an_article_and_as_far_as_the_dial_counts_relatedness():
    rules = replace(EVERYTHING, minimum_relatedness=3.0)
    assert shown(rules) == [0, 1, 2, 3, 4]
    assert shown(rules, query=QUERY, relatedness_weight=0) == [0, 1, 2, 3, 4]
    assert shown(rules, query=QUERY, relatedness_weight=1) == [0, 1, 2]
    assert shown(rules, query=QUERY, relatedness_weight=0.5) == [0, 1, 2, 3]  # 2 of 1.5


def test_a_pin_has_its_place_and_what_it_takes_the_place_of_moves_down():
    rules = replace(EVERYTHING, pinned=(Pin(address(4), 2),))
    assert shown(rules) == [0, 4, 1, 2, 3]
    assert shown(rules, 0, 1, k=1) == [0]


def test_a_pin_needs_no_score_no_section_and_no_relatedness():
    rules = Rules(minimum_relatedness=3.0, only_sections=("Sport",), pinned=(Pin(address(4)),))
    assert shown(rules, 0, 1, query=QUERY, scores=[5, 1]) == [4, 0]
    assert shown(rules, query=QUERY, scores=[-1] * 5) == [4]


def test_two_pins_for_one_place_stand_in_the_order_given():
    rules = replace(EVERYTHING, pinned=(Pin(address(3), 1), Pin(address(2), 1), Pin(address(4), 2)))
    assert shown(rules, 0, 1) == [3, 2, 4, 0, 1]


def test_a_pin_beyond_the_end_of_a_list_is_its_last():
    rules = replace(EVERYTHING, pinned=(Pin(address(4), 9), Pin(address(3), 4)))
    assert shown(rules, 0, 1) == [0, 1, 3, 4]
    assert shown(rules, 0, 1, k=3) == [0, 1, 3]


def test_a_block_wins_over_a_pin_and_so_does_a_tag_that_is_never_shown():
    rules = replace(EVERYTHING, pinned=(Pin(address(1)),), blocked=(address(1),))
    assert shown(rules) == [0, 2, 3, 4]
    assert shown(replace(OPEN, pinned=(Pin(address(2)),))) == [0, 1, 4]


def test_a_pin_holds_until_its_moment():
    for until, expected in ((at(9), [0, 1]), (at(9) + timedelta(seconds=1), [4, 0, 1])):
        assert shown(replace(OPEN, pinned=(Pin(address(4), 1, until),)), 0, 1) == expected


def test_a_block_holds_until_its_moment():
    for until, expected in ((at(9), [0, 1]), (at(9) + timedelta(seconds=1), [1])):
        assert shown(replace(OPEN, blocks=(Block(address(0), until),)), 0, 1) == expected


def test_an_override_beside_one_story_holds_in_no_other_list():
    corpus = corpus_of([story(n, n, f"Story {n} of its own") for n in range(5)], at(9))
    beside = address(4)
    rules = replace(
        OPEN, blocks=(Block(address(0), beside=beside),), pinned=(Pin(address(3), 1, beside=beside),)
    )
    lists = {n: show(corpus, [0, 1], rules, query=article(n, n, f"Story {n} of its own")) for n in (2, 4)}
    assert lists == {2: ["0", "1"], 4: ["3", "1"]}
    assert show(corpus, [0, 1], rules) == ["0", "1"]  # a list beside no story


def test_a_pin_of_a_story_that_is_not_known_yet_is_passed_over():
    corpus = corpus_of([story(0, 0, "Ferry late"), story(1, 8, "Bridge opens")], at(9))
    rules = replace(OPEN, pinned=(Pin(address("nonesuch")), Pin(address(1))))
    assert show(corpus, [0], rules) == ["1", "0"]
    early = corpus_of([story(0, 0, "Ferry late")], at(5))
    assert show(early, [0], rules) == ["0"]


def test_neither_the_article_itself_nor_another_telling_of_it_is_ever_pinned():
    read = NEWS.article(address(0))
    rules = replace(OPEN, pinned=(Pin(address(0)), Pin(address(1))))
    assert shown(rules, 4, query=read) == [1, 4]
    copy = article("copy", 8, "FERRY late (UPDATE 2)")
    assert shown(rules, 4, query=copy) == [1, 4]


def test_a_pinned_story_stands_once_where_it_is_pinned():
    pages = [
        story(0, 0, "Ferry late"),
        story(1, 1, "Ferry late (UPDATE 1)"),
        story(2, 2, "Bridge opens"),
        story(3, 3, "Vote in Eskvale"),
    ]
    corpus = corpus_of(pages, at(9))
    assert show(corpus, [0, 1, 2, 3], replace(OPEN, pinned=(Pin(address(0), 2),))) == ["2", "0", "3"]
    twice = replace(OPEN, pinned=(Pin(address(1), 1), Pin(address(0), 1), Pin(address(3), 2)))
    assert show(corpus, [0, 1, 2, 3], twice) == ["1", "3", "2"]


def threads() -> Corpus:
    """Six stories about two names, the text of each the same but for some words, and two about others."""
    pages = [
        story(
            f"{name}{n}",
            n,
            f"{name} {n}: {text_of(name, n, 3)}",
            f"{text_of(name, 1)} {text_of(name, n, 12)}",
        )
        for n in range(3)
        for name in ("Anslow", "Eskvale")
    ]
    return corpus_of([*pages, *(story(n, n, None, text_of(f"Name{n}", 50 + n)) for n in range(2))], at(9))


THREADS = threads()
RANKED = ["Anslow0", "Anslow1", "Anslow2", "Eskvale0", "Eskvale1", "Eskvale2"]


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1, ["Anslow0", "Eskvale0"]),
        (2, ["Anslow0", "Anslow1", "Eskvale0", "Eskvale1"]),
        (3, RANKED),
        (None, RANKED),
    ],
)
def test_at_most_so_many_of_a_thread(most: int | None, expected: list[str]):
    assert show(THREADS, RANKED, replace(OPEN, most_of_thread=most)) == expected


def test_a_pin_counts_for_its_thread_and_is_never_dropped():
    rules = replace(OPEN, most_of_thread=1, pinned=(Pin(address("Anslow2"), 2), Pin(address("Anslow1"), 3)))
    assert show(THREADS, RANKED, rules) == ["Eskvale0", "Anslow2", "Anslow1"]


def test_diversity_brings_the_other_thread_forward_and_loses_nothing():
    scores = [1.0, 0.95, 0.9, 0.85, 0.8, 0.75]
    assert show(THREADS, RANKED, OPEN, scores=scores) == RANKED
    found = show(THREADS, RANKED, replace(OPEN, diversity=0.5), scores=scores)
    assert found[:2] == ["Anslow0", "Eskvale0"]
    assert sorted(found) == sorted(RANKED)
    pinned = replace(OPEN, diversity=0.5, pinned=(Pin(address("Anslow2"), 1),))
    assert show(THREADS, RANKED, pinned, scores=scores)[1] == "Eskvale0"


def test_a_story_known_by_its_headline_alone_is_compared_by_it():
    corpus = corpus_of(
        [story(n, n, text) for n, text in enumerate(("Anslow ferry", "Anslow ferry found", "Vote"))],
        at(9),
    )
    assert show(corpus, [0, 1, 2], replace(OPEN, most_of_thread=1)) == ["0", "2"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minimum_relatedness", float("nan")),
        ("most_of_thread", 0),
        ("diversity", 1.1),
        ("diversity", -0.1),
        ("only_sections", (" ",)),
        ("never_tags", ("",)),
        ("blocked", ("a b",)),
    ],
)
def test_a_wrong_rule_is_not_built(field: str, value: object):
    with pytest.raises(InvalidValueError, match=f"^{field}: expected"):
        Rules(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", "a b"), ("position", 0), ("position", True), ("until", at(0).replace(tzinfo=None))],
)
def test_a_wrong_pin_is_not_built(field: str, value: object):
    with pytest.raises(InvalidValueError, match=f"^{field}: expected"):
        Pin(**({"url": address(1)} | {field: value}))  # type: ignore[arg-type]


def test_rules_are_rules_or_none_of_them():
    assert Request(rules=False).rules is False
    assert Request().rules == Rules()
    with pytest.raises(InvalidValueError, match=r"^rules: expected Rules, or False for none, found True$"):
        Request(rules=True)  # type: ignore[arg-type]
