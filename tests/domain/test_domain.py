"""The nouns are valid or not built, and their times come back as they went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.domain import (
    MAX_BODY,
    MAX_HEADLINE,
    Article,
    Kind,
    ListItem,
    RankedList,
    format_time,
    from_microseconds,
    opening,
    parse_time,
    to_microseconds,
)
from recsys.errors import InvalidValueError, RecsysError

NOON = datetime(2025, 6, 13, 12, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
FERRY = ListItem(1, "Ferry late", "https://harbour.example/ferry")


def make_article(**changes: object) -> Article:
    fields = {"site": "harbour.example", "url": "https://harbour.example/1", "first_seen_at": NOON}
    return Article(**{**fields, "headline": "Ferry late", **changes})  # type: ignore[arg-type]


def make_list(**changes: object) -> RankedList:
    fields = {"site": "harbour.example", "kind": Kind.POPULAR, "observed_at": NOON, "items": (FERRY,)}
    return RankedList(**{**fields, **changes})  # type: ignore[arg-type]


def make_item(**changes: object) -> ListItem:
    return ListItem(**{"position": 1, "headline": "Ferry late", **changes})  # type: ignore[arg-type]


NAIVE = NOON.replace(tzinfo=None)
WRONG = [
    (make_article, "site", "", "text without spaces", "''"),
    (make_article, "site", "two words", "text without spaces", "'two words'"),
    (make_article, "url", "a\nb", "text without spaces", "'a b'"),
    (make_article, "url", None, "text without spaces", "None"),
    (make_article, "first_seen_at", NAIVE, "a time with a zone", repr(NAIVE)),
    (make_article, "first_seen_at", "2025-06-13", "a time with a zone", "'2025-06-13'"),
    (make_article, "first_seen_at", NOON.replace(year=1801), "a year from 1900 to 2200 in UTC", None),
    (make_article, "published_at", NAIVE, "a time with a zone", repr(NAIVE)),
    (make_article, "headline", " \n", "text", "''"),
    (make_article, "headline", 5, "text", "5"),
    (make_article, "headline", None, "a headline or a body", "'neither'"),
    (make_article, "headline", "x" * (MAX_HEADLINE + 1), "at most 2,000 characters", "'2,001 characters'"),
    (make_article, "body", "", "text", "''"),
    (make_article, "body", "x" * (MAX_BODY + 1), "at most 2,000,000 characters", "'2,000,001 characters'"),
    (make_item, "position", 0, "a whole number from 1", "0"),
    (make_item, "position", 1.5, "a whole number from 1", "1.5"),
    (make_item, "position", True, "a whole number from 1", "True"),
    (make_item, "headline", "", "text", "''"),
    (make_item, "url", "a b", "text without spaces", "'a b'"),
    (make_item, "clicks", -1, "a count from 0", "-1"),
    (make_list, "site", "", "text without spaces", "''"),
    (make_list, "observed_at", NAIVE, "a time with a zone", repr(NAIVE)),
    (make_list, "items", (), "at least one item", "'none'"),
    (make_list, "items", (FERRY, FERRY), "increasing positions", "[1, 1]"),
]


@pytest.mark.parametrize(("make", "field", "value", "expected", "found"), WRONG)
def test_a_wrong_value_is_named_with_what_was_expected_and_found(make, field, value, expected, found):
    with pytest.raises(InvalidValueError) as caught:
        make(**{field: value})
    error = caught.value
    assert (error.field, error.expected) == (field, expected)
    assert found is None or error.found == found
    assert str(error) == f"{field}: expected {expected}, found {error.found}"
    assert isinstance(error, RecsysError)


def test_a_huge_value_is_shown_in_one_short_line():
    with pytest.raises(InvalidValueError) as caught:
        make_article(url="long \n" * 1_000_000)
    assert len(str(caught.value)) < 150
    assert "\n" not in str(caught.value)


def test_an_item_with_an_address_needs_no_words():
    assert make_item(headline="", url="https://harbour.example/picture").headline == ""


def test_positions_may_have_gaps():
    items = (make_item(position=2), make_item(position=7))
    assert make_list(items=items).items == items


def test_an_article_without_headline_is_shown_by_the_opening_of_its_text():
    article = make_article(headline=None, body="The ferry is late.\n\nNobody knows why.")
    assert article.label == "The ferry is late. Nobody knows why. …"
    assert make_article(body="A text.").label == "Ferry late"


def test_an_opening_ends_after_a_whole_word():
    assert opening("The ferry, late again, waits", 12) == "The ferry …"
    assert opening("潮見台" * 40, 10) == "潮見台潮見台潮見台潮 …"


@given(st.text(min_size=1).filter(str.strip), st.integers(5, 90))
def test_an_opening_is_one_short_line(text, characters):
    found = opening(text, characters)
    assert found.endswith(" …")
    assert len(found) <= characters + 2
    assert len(found.splitlines()) == 1


def test_an_article_with_a_urn_has_no_address():
    assert not make_article(url="urn:recsys:text:0123").has_address
    assert make_article().has_address


moments = st.datetimes(
    min_value=NAIVE.replace(year=1901),
    max_value=NAIVE.replace(year=2199),
    timezones=st.sampled_from([UTC, TOKYO, timezone(timedelta(hours=-3, minutes=-30))]),
)


@given(moments)
def test_a_time_written_and_read_is_the_same_moment_in_the_same_zone(moment):
    again = parse_time(format_time(moment), "time")
    assert again == moment
    assert again.utcoffset() == moment.utcoffset()


@given(moments)
def test_microseconds_lose_nothing(moment):
    assert from_microseconds(to_microseconds(moment)) == moment


@given(moments, moments)
def test_microseconds_keep_the_order_of_times(one, other):
    assert (to_microseconds(one) < to_microseconds(other)) == (one < other)


def test_utc_is_written_with_a_z_and_other_zones_with_their_offset():
    assert format_time(NOON) == "2025-06-13T12:00:00Z"
    assert format_time(NOON.astimezone(TOKYO)) == "2025-06-13T21:00:00+09:00"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2025-06-13T12:00:00", "2025-06-13", 5, None, "0001-01-01T00:00:00Z"]
)
def test_anything_but_a_time_with_zone_is_refused_by_name(text):
    with pytest.raises(InvalidValueError, match=r"^observed_at: expected "):
        parse_time(text, "observed_at")
