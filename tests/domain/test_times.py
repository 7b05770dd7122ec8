"""A time that is taken comes back from a store as it went in, whatever its zone; any other is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recsys.documents.html.dates import parse_declared_time, parse_mail_time
from recsys.domain import (
    CLOCK_TOLERANCE,
    EARLIEST_STORED,
    LATEST_STORED,
    Article,
    Page,
    check_observed,
    check_time,
    format_time,
    from_microseconds,
    is_stored_time,
    is_valid_time,
    parse_time,
    to_microseconds,
)
from recsys.errors import InvalidValueError
from recsys.store import Store

DAY = 86_400
_OFFSETS = st.one_of(
    st.integers(1 - DAY, DAY - 1).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(1 - DAY * 10**6, DAY * 10**6 - 1).map(lambda count: timedelta(microseconds=count)),
    st.sampled_from([timedelta(hours=14), timedelta(hours=-12), timedelta(seconds=DAY - 1)]),
)
_EDGES = st.sampled_from(
    [datetime(year, 1, 1) for year in (1, 1899, 1900, 2200, 2201)]  # noqa: DTZ001 - the zone comes later
    + [datetime(year, 12, 31, 23, 59, 59, 999_999) for year in (1899, 2200, 9999)]  # noqa: DTZ001
)
stored = st.builds(
    lambda count, seconds: from_microseconds(count).astimezone(timezone(timedelta(seconds=seconds))),
    st.sampled_from([EARLIEST_STORED, LATEST_STORED]) | st.integers(EARLIEST_STORED, LATEST_STORED),
    st.integers(1 - DAY, DAY - 1),
)
_HOURS = st.integers(-23, 23)
aware = st.builds(
    lambda clock, offset: clock.replace(tzinfo=timezone(offset)), _EDGES | st.datetimes(), _OFFSETS
)


@given(aware)
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
@example(datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))))
@example(datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=1))))
@example(datetime(2200, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-5))))
def test_a_time_is_taken_exactly_when_it_can_be_read_back(moment: datetime):
    count = to_microseconds(moment)
    if not is_valid_time(moment):
        with pytest.raises(InvalidValueError, match="moment: expected a"):
            check_time("moment", moment)
        return
    check_time("moment", moment)
    assert is_stored_time(count)
    again = from_microseconds(count)
    assert again == moment
    check_time("moment", again)
    printed = parse_time(format_time(moment), "moment")
    assert (printed, printed.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize("count", [-(10**30), to_microseconds(datetime(1900, 1, 1, tzinfo=UTC)) - 1, 10**30])
def test_what_is_no_stored_time_is_no_time(count: int):
    assert not is_stored_time(count)
    with pytest.raises(InvalidValueError, match="a year from 1900 to 2200 in UTC"):
        from_microseconds(count)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(stored, stored), min_size=1, max_size=4))
def test_a_store_gives_back_every_time_with_the_zone_in_which_it_was_printed(
    tmp_path_factory: pytest.TempPathFactory, times: list[tuple[datetime, datetime]]
):
    articles = [
        Article("harbour.example", f"https://harbour.example/{n}", seen, f"Story {n}", published_at=published)
        for n, (seen, published) in enumerate(times)
    ]
    path = Path(tmp_path_factory.mktemp("times")) / "recsys.db"
    with Store.open(path) as store:
        store.add_all(Page(each) for each in articles)
        found = {each.article.url: each.article for each in store.read_articles()}
        exported = {page.article.url: page.article for page in store.read_pages() if page.article}
        assert store.integrity.problems() == ()
    for each in articles:
        for known in (found[each.url], exported[each.url]):
            assert known == each
            assert known.published_at is not None
            assert each.published_at is not None
            assert known.published_at.utcoffset() == each.published_at.utcoffset()


@given(
    st.builds(lambda clock, hours: clock.replace(tzinfo=timezone(timedelta(hours=hours))), _EDGES, _HOURS)
    | stored
)
def test_what_a_page_declares_is_a_time_that_is_taken_or_none(moment: datetime):
    found = parse_declared_time(moment.isoformat()).moment
    assert found == (moment if is_valid_time(moment) else None)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 30 Nov -0001 00:00:00 +0000",
        "0000-00-00 00:00:00",
        "-0001-11-30T00:00:00+00:00",
        "1900-01-01T00:00:00+01:00",
        "Mon, 01 Jan 1900 00:00:00 +0100",
        "1 January 1900 00:00 CET",
        "31 December 2200 23:59 EST",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "Fri, 31 Dec 9999 23:59:59 -1200",
    ],
)
def test_a_date_that_no_store_takes_is_none_with_a_warning(text: str):
    found = parse_declared_time(text)
    assert found.moment is None
    assert found.warnings


def test_a_year_with_a_sign_is_no_date_of_a_header():
    assert parse_mail_time("Mon, 30 Nov -0001 00:00:00 +0000") is None
    assert parse_mail_time("Mon, 30 Nov 2026 00:00:00 -0100") is not None


def test_what_clocks_differ_by_is_no_future():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    check_observed("observed_at", now + CLOCK_TOLERANCE, now)
    with pytest.raises(InvalidValueError, match=r"^observed_at: expected a time at most 5 minutes after now"):
        check_observed("observed_at", now + CLOCK_TOLERANCE + timedelta(microseconds=1), now)
