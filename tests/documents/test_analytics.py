"""Exports of web analytics: each vendor's format gives one list, dated by its period, and no ghosts."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.documents.formats.analytics import MAX_ITEMS, build_period
from recsys.documents.source import ImportHints
from recsys.domain import Kind, Page, RankedList
from recsys.errors import ReadError

from .archiving import errors, good, read_bytes

SITE = "https://www.q.example/"
WEEK = build_period(date(2026, 1, 1), date(2026, 1, 7), UTC)
END = datetime(2026, 1, 8, tzinfo=UTC)
BRIDGE = "https://www.q.example/2026/harbour-bridge-opens-again"
FERRY = "https://www.q.example/2026/ferry-prices-rise-in-spring"
STORM = "https://www.q.example/2026/storm-closes-the-north-pier"
HOME = "https://www.q.example/"

# Reports > Pages and screens > Share this report > Download file > CSV. The comment lines name the days.
GA4 = """# ----------------------------------------
# Pages and screens: Page path and screen class
# Account: Quay Post 2023-10-01
# Property: Quay Post - GA4
# ----------------------------------------
#
# All Users
# Start date: 20260101
# End date: 20260107

Page path and screen class,Views,Active users,Views per active user,Average engagement time per active user
,"6,010",3100,1.9,40.1
/,3100,2000,1.5,30.25
/2026/harbour-bridge-opens-again,1800,1500,1.2,61.5
(not set),700,600,1.1,2
/2026/ferry-prices-rise-in-spring?fbclid=IwAR0,300,280,1.07,55
/2026/storm-closes-the-north-pier,300,250,1.2,58
/2026/ferry-prices-rise-in-spring,10,10,1,20
"""
GA4_GERMAN = GA4.replace("# Start date:", "# Startdatum:").replace("# End date:", "# Enddatum:").replace(
    "Page path and screen class,Views,", "Seitenpfad und Bildschirmklasse,Aufrufe,"
)  # fmt: skip

# Behaviour > Pages > Export > CSV, flat, translated; in UTF-16 with a mark, as Matomo writes it for Excel.
MATOMO = """Label,Pageviews,Unique Pageviews,Bounce Rate,Avg. time on page,Exit rate,Metadata: url
/index,3100,2000,38%,00:00:31,40%,https://www.q.example/
/2026/harbour-bridge-opens-again,1800,1500,12%,00:01:02,30%,https://www.q.example/2026/harbour-bridge-opens-again
Others,700,650,0%,00:00:10,10%,
/2026/ferry-prices-rise-in-spring,310,290,9%,00:00:55,22%,https://www.q.example/2026/ferry-prices-rise-in-spring
/2026/storm-closes-the-north-pier,300,250,9%,00:00:58,22%,https://www.q.example/2026/storm-closes-the-north-pier
"""
MATOMO_RAW = MATOMO.replace(
    MATOMO.splitlines()[0], "label,nb_hits,nb_visits,bounce_rate,avg_time_on_page,exit_rate,metadata_url"
)

# pages.csv of the dashboard's export; it names neither site nor days, which the zip file is called after.
PLAUSIBLE = """name,visitors,pageviews,bounce_rate,time_on_page,scroll_depth
/,2000,3100,38,31,40
/2026/harbour-bridge-opens-again,1500,1800,12,62,71
/2026/storm-closes-the-north-pier,250,300,9,58,66
/2026/ferry-prices-rise-in-spring,290,310,9,55,60
"""
# imported_pages_….csv of the export of all data: a row for each page and day.
PLAUSIBLE_DAYS = """"date","hostname","page","visits","visitors","pageviews"
"2026-01-06","www.q.example","/2026/harbour-bridge-opens-again",9,8,9
"2026-01-06","www.q.example","/2026/ferry-prices-rise-in-spring",8,7,11
"2026-01-07","www.q.example","/2026/harbour-bridge-opens-again",3,3,3
"""

# Historical API: a column for each dimension and metric that was asked for; paths without scheme.
CHARTBEAT = """path,title,section,page_views,page_uniques,page_avg_time
www.q.example/,Quay Post,home,3100,2000,31
www.q.example/2026/harbour-bridge-opens-again,Harbour bridge opens again,harbour,1800,1500,62
www.q.example/2026/ferry-prices-rise-in-spring,"Ferry prices rise, in spring",harbour,310,290,55
www.q.example/2026/storm-closes-the-north-pier,Storm closes the north pier,weather,300,250,58
"""

# Posts > Export: addresses, headlines and what the dashboard counts.
PARSELY = """URL,Title,Author(s),Section,Publish date,Page views,Visitors,Engaged minutes
https://www.q.example/2026/harbour-bridge-opens-again,Harbour bridge opens again,Zoe,H,,"1,800",1500,930
https://www.q.example/2026/ferry-prices-rise-in-spring,"Ferry prices rise, in spring",Zoe,H,,310,290,250
https://www.q.example/2026/storm-closes-the-north-pier,Storm closes the north pier,Ed,W,2026-01-03,300,250,201
"""

# Top paths, by the dimensions of the GraphQL API.
CLOUDFLARE = """requestHost,requestPath,count,visits
www.q.example,/,3100,2000
www.q.example,/2026/harbour-bridge-opens-again,1800,1500
www.q.example,/2026/ferry-prices-rise-in-spring,310,290
www.q.example,/2026/storm-closes-the-north-pier,300,250
"""


def read_list(data: str | bytes, name: str = "top.csv", **hints: Any) -> RankedList:
    """The one list of an export, which has no errors."""
    found = read_bytes(data if isinstance(data, bytes) else data.encode(), name, hints=ImportHints(**hints))
    assert errors(found) == []
    (page,) = good(found)
    assert page.article is None
    (ranked,) = page.lists
    return ranked


EXPORTS: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "GA4": (GA4, {"base": SITE}),
    "GA4 in German": (GA4_GERMAN, {"base": SITE}),
    "Matomo": (b"\xff\xfe" + MATOMO.encode("utf-16-le"), {"period": WEEK}),
    "Matomo, raw": (MATOMO_RAW, {"period": WEEK}),
    "Plausible": (PLAUSIBLE, {"base": SITE, "period": WEEK}),
    "Chartbeat": (CHARTBEAT, {"period": WEEK}),
    "Parse.ly": (PARSELY, {"period": WEEK}),
    "Cloudflare": (CLOUDFLARE, {"period": WEEK}),
    "a mark and line ends of Windows": (
        PLAUSIBLE.replace("\n", "\r\n").encode("utf-8-sig"),
        {"base": SITE, "period": WEEK},
    ),
    "semicolons": (PLAUSIBLE.replace(",", ";"), {"base": SITE, "period": WEEK}),
    "tabs, packed": (gzip.compress(PLAUSIBLE.replace(",", "\t").encode()), {"base": SITE, "period": WEEK}),
}


@pytest.mark.parametrize("vendor", EXPORTS)
def test_the_most_viewed_pages_of_an_export_are_a_popular_list_of_its_period(vendor: str) -> None:
    data, hints = EXPORTS[vendor]
    ranked = read_list(data, **hints)
    assert (ranked.kind, ranked.site, ranked.scope) == (Kind.POPULAR, "q.example", None)
    assert (ranked.observed_at, ranked.title) == (END, "Top pages, 7 days")
    stories = [item.url for item in ranked.items if item.url != HOME]
    assert stories == [BRIDGE, FERRY, STORM]
    assert [item.headline for item in ranked.items if item.url == HOME] in ([""], [])


def test_rows_that_lead_nowhere_keep_their_place_and_equals_their_order() -> None:
    assert [(item.position, item.url) for item in read_list(GA4, base=SITE).items] == [
        (1, HOME), (2, BRIDGE), (4, FERRY), (5, STORM),  # the third is (not set)
    ]  # fmt: skip
    tied = "page,views\n" + "".join(f"/2026/{n}-tied-story-of-the-day,5\n" for n in (3, 1, 2))
    urls = [item.url or "" for item in read_list(tied, base=SITE, period=WEEK).items]
    assert [url[27] for url in urls] == ["3", "1", "2"]


def test_only_stories_have_headlines_so_that_no_section_becomes_one() -> None:
    assert [item.headline for item in read_list(CHARTBEAT, period=WEEK).items] == [
        "", "Harbour bridge opens again", "Ferry prices rise, in spring", "Storm closes the north pier",
    ]  # fmt: skip


def test_a_row_a_day_gives_a_list_a_day() -> None:
    found = good(read_bytes(PLAUSIBLE_DAYS.encode(), "imported_pages_20260106_20260107.csv"))
    lists = [ranked for page in found for ranked in page.lists]
    assert [(each.observed_at.day, each.title, each.items[0].url) for each in lists] == [
        (7, "Top pages, 1 day", FERRY), (8, "Top pages, 1 day", BRIDGE),
    ]  # fmt: skip


def test_the_zip_of_plausible_names_its_site_and_days() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("visitors.csv", "date,visitors\n2026-01-01,9\n")
        packed.writestr("pages.csv", PLAUSIBLE)
        packed.writestr("entry_pages.csv", "name,visitors\n/,9\n")
    for name in (
        "Plausible export www.q.example 2026-01-01  to 2026-01-07 .zip",
        "Plausible_export_www.q.example_2026-01-01__to_2026-01-07_.zip",
    ):
        ranked = read_list(made.getvalue(), name)
        assert (ranked.observed_at, ranked.title, ranked.site) == (END, "Top pages, 7 days", "q.example")
        assert ranked.items[1].url == BRIDGE


def test_days_end_where_their_zone_says() -> None:
    ranked = read_list(GA4, base=SITE, zone=ZoneInfo("America/New_York"))
    assert ranked.observed_at == datetime(2026, 1, 8, 5, tzinfo=UTC)
    assert ranked.title == "Top pages, 7 days"


def test_a_column_may_be_named_by_its_heading_or_its_number() -> None:
    odd = (
        "Landing,Clicks,Clicks\n/2026/harbour-bridge-opens-again,7,1\n/2026/storm-closes-the-north-pier,5,9\n"
    )
    hints = {"base": SITE, "period": WEEK}
    (error,) = read_bytes(odd.encode(), "odd.csv", hints=ImportHints(**hints))
    assert str(error) == (
        "odd.csv:1: columns: expected a column with the views; name it with --column views=HEADING, "
        "found Landing, Clicks, Clicks"
    )
    (error,) = read_bytes(odd.encode(), "odd.csv", hints=ImportHints(**hints, columns={"views": "#2"}))
    assert "--column url=HEADING" in str(error)
    ranked = read_list(odd, **hints, columns={"path": "landing", "views": "#3"})
    assert [item.url for item in ranked.items] == [STORM, BRIDGE]
    twice = GA4.replace("Active users,", "Views,")  # two periods side by side
    (error,) = read_bytes(twice.encode(), "ga4.csv", hints=ImportHints(base=SITE))
    assert "one column for views; say which with --column views=#NUMBER, found #2 Views, #3 Views" in str(
        error
    )


REFUSED = {
    "paths without a site": (
        PLAUSIBLE,
        {"period": WEEK},
        ":2: site: expected the address of the site for paths",
    ),
    "no period": (
        PLAUSIBLE,
        {"base": SITE, "is_time_guessed": True},
        ": period: expected the days that it counts; say them with --period",
    ),
    "no pages": (
        "Country,Views\nJapan,7\n",
        {},
        ":1: columns: expected a column with the addresses of pages",
    ),
    "no rows": ("Page,Views\n", {"base": SITE}, ":1: expected rows with pages and their views"),
    "nothing": ("\n\n", {}, "nothing but spaces|a table of pages"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_an_export_does_not_say_is_asked_for(why: str) -> None:
    text, hints, said = REFUSED[why]
    (error,) = read_bytes(text.encode(), "top.csv", hints=ImportHints(**hints))
    assert isinstance(error, ReadError)
    assert any(part in str(error) for part in said.split("|"))


def test_a_bad_row_is_named_by_line_and_heading_and_the_others_are_kept() -> None:
    rows = [
        "/2026/harbour-bridge-opens-again,many",
        "/2026/no-views-at-all",
        '/2026/"unclosed,7',
        "/2026/storm-closes-the-north-pier,1.300",
        "/2026/ferry-prices-rise-in-spring,12",
    ]
    found = read_bytes(
        "\n".join(["Page,Views", *rows]).encode(), "a.csv", hints=ImportHints(base=SITE, period=WEEK)
    )
    assert sorted(map(str, errors(found))) == [
        "a.csv:2: Views: expected a count of views, found 'many'",
        "a.csv:3: expected at least 2 cells, found 1",
        "a.csv:4: expected a row whose quotes are closed, found '/2026/\"unclosed,7'",
    ]
    (page,) = good(found)
    assert [item.url for item in page.lists[0].items] == [STORM, FERRY]


def test_nothing_that_names_a_person_enters() -> None:
    text = (
        "Page,Views,User ID,IP address\n"
        "/2026/harbour-bridge-opens-again?user_id=77&id=5&mail=zoe%40reader.example,9,u-4711,203.0.113.7\n"
        "/2026/storm-closes-the-north-pier?c=203.0.113.7&session=abc,8,u-4712,2001:db8::7\n"
    )
    ranked = read_list(text, base=SITE, period=WEEK)
    assert [item.url for item in ranked.items] == [f"{BRIDGE}?id=5", STORM]
    assert not any(private in str(ranked) for private in ("u-47", "203.0", "db8", "reader.example", "abc"))


def test_of_a_long_export_the_first_thousand_pages_make_the_list() -> None:
    text = "Page,Views\n" + "".join(f"/2026/{n}-a-story-of-the-day,{n}\n" for n in range(1, 1502))
    (page,) = good(read_bytes(text.encode(), "a.csv", hints=ImportHints(base=SITE, period=WEEK)))
    assert len(page.lists[0].items) == MAX_ITEMS
    assert page.lists[0].items[0].url == f"{SITE}2026/1501-a-story-of-the-day"
    assert page.warnings == ("of 1,501 pages the 1,000 with the most views make the list",)


_WHOLE = (GA4, MATOMO, PLAUSIBLE_DAYS, PARSELY)


@given(st.sampled_from(_WHOLE), st.data())
def test_noise_gives_lists_or_read_errors(text: str, data: st.DataObject) -> None:
    whole = text.encode()
    at, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 60))
    noise = data.draw(
        st.binary(max_size=30) | st.sampled_from([b'"', b"\n\n", b",,", b"\r", b"# 20269999\n"])
    )
    hints = ImportHints(base=SITE, period=WEEK)
    for found in read_bytes(whole[:at] + noise + whole[at + length :], "a.csv", hints=hints):
        assert isinstance(found, Page | ReadError)
        str(found).encode()


@given(st.lists(st.tuples(st.integers(1, 10**6), st.text(st.characters(categories=["L", "N"]), min_size=1))))
def test_order_is_that_of_the_views(rows: list[tuple[int, str]]) -> None:
    lines = [f"/2026/{number}-{name}-of-the-day,{views}" for number, (views, name) in enumerate(rows)]
    found = read_bytes(
        "\n".join(["Page,Views", *lines]).encode(), "a.csv", hints=ImportHints(base=SITE, period=WEEK)
    )
    order = [number for number, _ in sorted(enumerate(rows), key=lambda each: -each[1][0])]
    shown = [
        int((item.url or "").split("/")[4].split("-")[0])
        for page in good(found)
        for item in page.lists[0].items
    ]
    assert shown == order[:MAX_ITEMS]
