"""Whatever time comes in by whatever way, it is taken or named and skipped, and everything works after it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Recsys, article, popular_list, write_records
from tests.documents.samples import READ_FORMATS, format_of

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
NEXT_WEEK = (datetime.now(UTC) + timedelta(days=7)).date()
TIMES = {
    "a time of 1899": "1900-01-01T00:00:00+01:00",
    "the first of all": "0001-01-01T00:00:00+14:00",
    "the last of all": "9999-12-31T23:59:59-12:00",
    "a time of 2201": "2200-12-31T23:59:59-05:00",
    "tomorrow": TOMORROW,
    "the year minus one": "-0001-11-30T00:00:00+00:00",
    "nought": "0000-00-00 00:00:00",
    "a zone of almost a day": "2025-01-01T00:00:00+23:59:59.999999",
}
OFTEN = ("a time of 1899", "tomorrow")  # the others with the slow tests
PAGE = (
    "<html><head><title>T</title></head><body><article><h1>A bridge that opens late</h1><p>{}</p></article>"
)
SENTENCE = "The swing bridge was closed for eleven weeks while divers replaced its bearings. " * 5


def mailed(time: str) -> str:
    """The time as a header of a mail has it; what cannot be written so is as PHP prints no time."""
    try:
        return datetime.fromisoformat(time).strftime("%a, %d %b %Y %H:%M:%S %z")
    except ValueError:
        return "Mon, 30 Nov -0001 00:00:00 +0000"


def records_first_seen(folder: Path, time: str) -> Path:
    return write_records(folder / "bad.jsonl", article(90, first_seen_at=time))


def records_observed(folder: Path, time: str) -> Path:
    return write_records(folder / "bad.jsonl", popular_list(observed_at=time))


def records_published(folder: Path, time: str) -> Path:
    return write_records(folder / "bad.jsonl", article(90, published_at=time))


def warc(folder: Path, time: str) -> Path:
    body = PAGE.format(SENTENCE)
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}".encode()
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\n"
        f"WARC-Date: {time}\r\nWARC-Target-URI: https://example.org/90\r\n"
        f"WARC-Record-ID: <urn:uuid:0>\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    path = folder / "bad.warc"
    path.write_bytes(head.encode() + block + b"\r\n\r\n")
    return path


def wxr(folder: Path, time: str) -> Path:
    path = folder / "bad.xml"
    path.write_text(
        '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>'
        "<link>https://example.org</link><item><title>A post</title><link>https://example.org/90</link>"
        f"<pubDate>{mailed(time)}</pubDate><content:encoded>{SENTENCE}</content:encoded>"
        "<wp:post_id>7</wp:post_id><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>"
        "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>"
    )
    return path


def feed(folder: Path, time: str) -> Path:
    path = folder / "bad.xml"
    path.write_text(
        "<rss version='2.0'><channel><title>F</title><link>https://example.org</link>"
        f"<item><title>A story</title><link>https://example.org/90</link><pubDate>{mailed(time)}</pubDate></item></channel></rss>"
    )
    return path


def html(folder: Path, time: str) -> Path:
    path = folder / "bad.html"
    meta = f'<meta property="article:published_time" content="{time}"></head>'
    path.write_text(PAGE.format(SENTENCE).replace("</head>", meta))
    return path


def mhtml(folder: Path, time: str) -> Path:
    path = folder / "bad.mhtml"
    path.write_text(
        f"From: <Saved>\r\nDate: {mailed(time)}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n'
        f"Content-Location: https://example.org/90\r\n\r\n{PAGE.format(SENTENCE)}\r\n--b--\r\n"
    )
    return path


def eml(folder: Path, time: str) -> Path:
    path = folder / "bad.eml"
    path.write_text(
        f"From: news@example.org\r\nTo: reader@example.org\r\nDate: {mailed(time)}\r\nMIME-Version: 1.0\r\n"
        f"Archived-At: <https://example.org/90>\r\nContent-Type: text/html\r\n\r\n{PAGE.format(SENTENCE)}\r\n"
    )
    return path


def sitemap(folder: Path, time: str) -> Path:
    path = folder / "bad.xml"
    path.write_text(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://example.org/90</loc>'
        f"<news:news><news:publication_date>{time}</news:publication_date>"
        "<news:title>A bridge that opens late</news:title></news:news></url></urlset>"
    )
    return path


def table(folder: Path, time: str) -> Path:
    path = folder / "bad.csv"
    path.write_text(f"Date,Page,Title,Views\n{time[:10]},https://example.org/90,A story of today,7\n")
    return path


def file_time(folder: Path, time: str) -> Path:
    path = folder / "bad.txt"
    path.write_text(f"A bridge that opens late\n\n{SENTENCE}\n")
    try:
        seconds = int((datetime.fromisoformat(time) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    except ValueError:
        seconds = -(2**40)
    os.utime(path, ns=(seconds * 10**9, seconds * 10**9))
    return path


WAYS: tuple[Callable[[Path, str], Path], ...] = (
    records_first_seen,
    records_observed,
    records_published,
    warc,
    wxr,
    feed,
    html,
    mhtml,
    eml,
    sitemap,
    table,
    file_time,
)
UNTIMED = {"zip": "its members are web archives and tables"}
"""Formats in which no time of their own can be wrong."""


def test_a_time_comes_in_by_every_format(tmp_path: Path):
    found = set()
    for way in WAYS:  # some write the same file
        path = way(tmp_path, "2025-01-01T00:00:00+00:00")
        found.add(format_of(path.read_bytes(), path.name))
    assert found | set(UNTIMED) == READ_FORMATS


@pytest.mark.parametrize(
    "time", [time if time in OFTEN else pytest.param(time, marks=pytest.mark.attack) for time in TIMES]
)
@pytest.mark.parametrize("way", WAYS)
def test_a_record_with_any_time_is_taken_or_named_and_skipped(
    recsys: Recsys, workplace: Path, way: Callable[[Path, str], Path], time: str
):
    good = write_records(workplace / "good.jsonl", *(article(n) for n in range(1, 4)), popular_list())
    ran = recsys("ingest", way(workplace, TIMES[time]), good, "--site", "example.org", "--json")
    assert ran.code in (0, 1)
    assert ran.code == 0 or "bad." in ran.err
    assert ran.records[-1]["articles_new"] >= 3, "the rest is kept"
    check = recsys("check")
    assert (check.code, check.out) == (0, ""), "nothing is in the store that is named later"
    check_everything(recsys)


def check_everything(recsys: Recsys) -> None:
    """Every command that reads or writes the store works, and says nothing of rows that cannot be read."""
    for command in (
        ["articles"],
        ["lists"],
        ["status"],
        ["export", "all.jsonl"],
        ["popular"],
        ["recommend", "https://example.org/1"],
        ["ingest", "all.jsonl"],
    ):
        ran = recsys(*command)
        assert ran.code == 0, (command, ran.err)
        assert "cannot be read" not in ran.err


@pytest.mark.parametrize("way", [records_first_seen, records_observed])
@pytest.mark.parametrize("time", TIMES)
def test_a_bad_record_is_named_with_its_line_and_field(recsys: Recsys, workplace: Path, way, time: str):
    ran = recsys("ingest", way(workplace, TIMES[time]))
    field = "first_seen_at" if way is records_first_seen else "observed_at"
    assert ran.code == 1
    assert f"bad.jsonl:1: {field}: expected a" in ran.err
    if time == "tomorrow":
        assert "at most 5 minutes after now" in ran.err


@pytest.mark.parametrize("option", ["--observed-at", "--as-of", "--since", "--until"])
@pytest.mark.parametrize("time", TIMES)
def test_an_option_with_a_time_that_is_none_is_wrong_usage(
    recsys: Recsys, workplace: Path, option: str, time: str
):
    good = write_records(workplace / "good.jsonl", article(1), popular_list())
    assert recsys("ingest", good).code == 0
    commands: dict[str, list[object]] = {
        "--observed-at": ["ingest", good],
        "--as-of": ["popular"],
        "--since": ["recommend-all"],
        "--until": ["train"],
    }
    if time == "tomorrow" and option != "--observed-at":
        return  # a question may be asked as of then
    ran = recsys(*commands[option], f"{option}={TIMES[time]}")
    assert ran.code == 2
    assert option in ran.err


@pytest.mark.parametrize(
    "period", ["9999-12-31..9999-12-31", "0001-01-01..0001-01-01", "1900-01-01..2200-12-31"]
)
def test_a_period_outside_the_years_is_wrong_usage(recsys: Recsys, workplace: Path, period: str):
    ran = recsys("ingest", table(workplace, "2025-01-01"), "--period", period, "--zone", "Pacific/Auckland")
    assert ran.code == 2
    assert "--period" in ran.err


@pytest.mark.parametrize("until", ["1900-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:00", "9999-12-31"])
def test_a_pin_until_a_time_that_is_none_is_a_wrong_setting(recsys: Recsys, workplace: Path, until: str):
    assert recsys("ingest", write_records(workplace / "good.jsonl", article(1))).code == 0
    pin = f'[rules]\npinned = [{{ url = "https://example.org/1", until = {until} }}]\n'
    (workplace / "recsys.toml").write_text(pin)
    ran = recsys("popular")
    assert ran.code == 1
    assert "pinned" in ran.err


def test_a_planned_post_and_a_day_that_is_not_over_are_seen_now(recsys: Recsys, workplace: Path):
    assert recsys("ingest", wxr(workplace, TOMORROW)).code == 0
    (post,) = recsys("articles", "--json").records
    assert post["published_at"] == TOMORROW.replace("+00:00", "Z")
    assert post["first_seen_at"] < TOMORROW
    assert recsys("ingest", table(workplace, datetime.now(UTC).date().isoformat())).code == 0
    assert recsys("lists", "--json").record["observed_at"] < TOMORROW


def test_a_store_with_bad_rows_works_and_check_names_and_removes_them(recsys: Recsys, workplace: Path):
    good = write_records(workplace / "good.jsonl", *(article(n) for n in range(1, 6)), popular_list())
    assert recsys("ingest", good).code == 0
    before = recsys("export").out
    bad = write_records(
        workplace / "more.jsonl", article(9), popular_list(observed_at="2025-03-21T08:00:00Z")
    )
    assert recsys("ingest", bad).code == 0
    plant(workplace / "data" / "recsys.db")
    ran = recsys("articles", "-n", 20)
    assert ran.code == 0
    assert "5 of 5 articles" in ran.err
    assert "left out a row that cannot be read: articles, id 6: first_seen_at" in ran.err
    assert "recsys check --fix" in ran.err
    for command in (["popular"], ["export"], ["recommend", "https://example.org/1"], ["ingest", good]):
        assert recsys(*command).code == 0
    check = recsys("check")
    assert check.code == 1
    tables = [line.split(",")[0] for line in check.out.splitlines()]
    assert tables == ["articles", "articles", "readings", "headlines", "lists"]
    as_json = recsys("check", "--json")
    assert as_json.code == 1
    assert as_json.records[-1]["key"] == {"id": 2}
    fixed = recsys("check", "--fix")
    assert fixed.code == 0
    assert fixed.out == check.out
    assert "Removed 2 rows" in fixed.err
    clean = recsys("check")
    assert (clean.code, clean.out, clean.err) == (0, "", "data/recsys.db: no problems.\n")
    assert recsys("export").out == before
    check_everything(recsys)


BAD = -2_208_992_400_000_000


def plant(path: Path) -> None:
    """What a version wrote that checked times in their own zone, and a list of the year 2200."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE articles SET paged_at = {BAD}, first_seen_at = {BAD} WHERE id = 6")
        connection.execute(f"UPDATE readings SET seen_at = {BAD} WHERE revision_id = 6")
        connection.execute(f"UPDATE headlines SET paged_at = {BAD} WHERE article_id = 6")
        connection.execute("UPDATE lists SET observed_at = 7280000000000000 WHERE id = 2")
        connection.commit()


def test_a_damaged_index_is_named_and_removed_and_made_again(recsys: Recsys, workplace: Path):
    good = write_records(workplace / "good.jsonl", *(article(n) for n in range(1, 6)), popular_list())
    assert recsys("ingest", good).code == 0
    query = ("recommend", "https://example.org/1", "--as-of", "2025-03-22T00:00:00Z", "--json")
    answer = recsys(*query).out
    damaged = max(
        (workplace / "data" / "recsys.db.index").glob("*.arrays"), key=lambda file: file.stat().st_size
    )
    damaged.chmod(0o600)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    check = recsys("check", "--json")
    assert check.code == 1
    assert check.records[0]["check"] == "index"
    assert damaged.name in check.records[0]["found"]
    assert "Removed the index" in recsys("check", "--fix").err
    assert recsys("check").code == 0
    assert recsys(*query).out == answer
