"""Answers with pins, and without what must not be shown."""

from __future__ import annotations

from recsys.integrations.answers import Answer, Headline


def shown(*names: str) -> Answer:
    return Answer(tuple(Headline(f"https://a.example/{name}", name) for name in names), "token")


def labels(answer: Answer) -> str:
    return "".join(each.label for each in answer.headlines)


def test_what_is_left_out_leaves_the_rest_its_position_and_a_pin_ends_the_token():
    answer = shown(*"abcd")
    assert answer.without(frozenset({"https://a.example/x"})) is answer
    left = answer.without(frozenset({"https://a.example/b"}))
    assert [(each.label, each.position) for each in left.headlines] == [("a", 1), ("c", 3), ("d", 4)]
    assert left.token == "token"
    assert answer.pinned([], 3).token == "token"
    (pin,) = shown("z").headlines
    assert labels(answer.pinned([(2, pin)], 4)) == "azbc"
    assert answer.pinned([(2, pin)], 4).token is None
    assert labels(answer.pinned([(1, answer.headlines[3]), (9, pin)], 5)) == "dabcz"
