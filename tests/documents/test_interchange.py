"""Interchange records: what is written reads back equal, and a bad record costs nothing but itself."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.corpus.stored_fields import digest_article
from recsys.documents import (
    MAX_BYTES,
    article_record,
    format_record,
    list_record,
    read,
    read_file,
    read_stream,
)
from recsys.domain import ARTICLE_FIELDS, Article, Kind, ListItem, Page, RankedList, parse_time
from recsys.errors import ReadError
from recsys.serve.schemas import ArticleIn
from recsys.text import one_line

from .conftest import SEEN, ReadStream, ReadText

ARTICLE = Article(
    "quaypost.example",
    "https://www.quaypost.example/a1",
    SEEN,
    headline="Harbour bridge “reopens”",
    tags=("ferries",),
)
LIST = RankedList(
    "quaypost.example",
    Kind.POPULAR,
    SEEN,
    (ListItem(1, "Baker wins"), ListItem(3, "", "https://q.example/3")),
    "Most read",
)
GOOD = (format_record(article_record(ARTICLE)), format_record(list_record(LIST)))


def changed(record: str, **fields: object) -> str:
    return json.dumps(json.loads(record) | fields)


def lacking(record: str, key: str) -> str:
    return json.dumps({name: value for name, value in json.loads(record).items() if name != key})


def test_records_have_the_keys_of_the_format_in_its_order() -> None:
    assert list(article_record(ARTICLE)) == (
        "type site url headline body published_at first_seen_at section tags language".split()
    )
    assert list(list_record(LIST)) == "type site kind title scope observed_at page_url items".split()
    assert (
        format_record(list_record(LIST)["items"][0])
        == '{"position": 1, "headline": "Baker wins", "url": null}'
    )  # type: ignore[index]
    assert "“reopens”" in GOOD[0]


def test_a_picture_is_written_only_where_there_is_one_and_reads_back(
    stream_records: ReadStream,
) -> None:
    pictured = replace(ARTICLE, image="https://www.quaypost.example/a1.jpg")
    line = format_record(article_record(pictured))
    assert list(article_record(pictured))[-1] == "image"
    assert "image" not in article_record(ARTICLE)
    assert stream_records(line, changed(line, image=None)) == [Page(pictured), Page(ARTICLE)]
    for wrong in ("ftp://x.example/a.jpg", "a.jpg", 7):
        (found,) = stream_records(changed(line, image=wrong))
        assert isinstance(found, ReadError)
        assert "image" in str(found)


def test_clicks_are_written_only_where_there_were_some() -> None:
    served = RankedList("q", Kind.SERVED, SEEN, (ListItem(1, "A", clicks=2), ListItem(2, "B")))
    items = list_record(served)["items"]
    assert items == [
        {"position": 1, "headline": "A", "url": None, "clicks": 2},
        {"position": 2, "headline": "B", "url": None},
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_every_record_is_a_page_of_its_own(packed: bool, stream_records: ReadStream) -> None:
    assert stream_records(*GOOD, "", packed=packed) == [Page(ARTICLE), Page(lists=(LIST,))]


def test_read_takes_the_records_of_one_article_and_sends_more_to_the_stream_reader(
    read_page: ReadText,
) -> None:
    assert read_page("\n".join(GOOD)) == Page(ARTICLE, (LIST,))
    with pytest.raises(ReadError, match="stream"):
        read_page("\n".join((GOOD[0], changed(GOOD[0], url="https://q.example/2"))))


def test_unknown_keys_are_ignored_and_those_that_may_be_null_may_be_absent(
    stream_records: ReadStream,
) -> None:
    bare = {
        "type": "article",
        "site": "q",
        "url": "https://q.example/1",
        "first_seen_at": "2025-11-21T00:00:00Z",
    }
    assert stream_records(json.dumps(bare | {"headline": "A", "mood": {"x": [1]}})) == [
        Page(Article("q", "https://q.example/1", SEEN, headline="A"))
    ]


def items(*found: object) -> str:
    return changed(GOOD[1], items=list(found))


def position(written: str) -> str:
    return GOOD[1].replace('"position": 1', f'"position": {written}')


BAD = {  # the line, the field that is named where one is, and what the message says
    "no JSON": ("{oops", None, "JSON"),
    "a JSON array": ("[1]", None, "JSON object"),
    "an unknown type": (changed(GOOD[0], type="poem"), "type", "'poem'"),
    "an unknown kind": (changed(GOOD[1], kind="viral"), "kind", "popular, related"),
    "position 0": (position("0"), "items[0].position", "from 1"),
    "position true": (position("true"), "items[0].position", "True"),
    "position 1.5": (position("1.5"), "items[0].position", "1.5"),
    "a huge position": (position(str(2**70)), "items[0].position", "whole"),
    "a number of 10,000 digits": (position("9" * 10_000), None, "digits"),
    "NaN": (position("NaN"), None, "NaN"),
    "Infinity": (position("Infinity"), None, "Infinity"),
    "positions that fall": (position("4"), "items", "increasing"),
    "an item without headline": (items({"position": 1}), "items[0].headline", "no such field"),
    "an item with headline null": (
        items({"position": 1, "headline": None, "url": "https://q.example/"}),
        "items[0].headline",
        "None",
    ),
    "an empty headline that leads nowhere": (
        items({"position": 1, "headline": ""}),
        "items[0].headline",
        "text",
    ),
    "an item that is text": (items("A"), "items[0]", "object"),
    "negative clicks": (items({"position": 1, "headline": "A", "clicks": -1}), "items[0].clicks", "from 0"),
    "no items": (items(), "items", "at least one"),
    "items that are no list": (changed(GOOD[1], items={}), "items", "a list"),
    "a time without zone": (changed(GOOD[1], observed_at="2025-11-21T00:00:00"), "observed_at", "zone"),
    "a time of another kind": (changed(GOOD[0], first_seen_at=1732147200), "first_seen_at", "ISO 8601"),
    "a year far off": (changed(GOOD[0], published_at="0001-01-01T00:00:00Z"), "published_at", "1900"),
    "no site": (lacking(GOOD[0], "site"), "site", "no such field"),
    "no url": (lacking(GOOD[0], "url"), "url", "no such field"),
    "no observed_at": (lacking(GOOD[1], "observed_at"), "observed_at", "no such field"),
    "neither text nor headline": (changed(GOOD[0], headline=None), "headline", "neither"),
    "a script as address": (changed(GOOD[0], url="javascript:alert(1)"), "url", "http"),
    "tags that are text": (changed(GOOD[0], tags="ferries"), "tags", "list"),
    "a headline of 10 MB": (changed(GOOD[0], headline="x" * 10**7), "headline", "2,000"),
    "a lone surrogate": (GOOD[0].replace("Harbour", "\\ud800"), "headline", "UTF-8"),
    "a lone surrogate in a list": (GOOD[1].replace("Baker", "\\udfff"), "items[0].headline", "UTF-8"),
    "nesting 100,000 deep": (GOOD[0][:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}", None, "nested"),
    "nesting as deep as JSON goes": (items("@").replace('"@"', "[" * 900 + "]" * 900), None, "expected"),
    "bytes that are not UTF-8": (GOOD[0].encode().replace(b"Harbour", b"\xff\xfe\xfa"), None, "UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_is_named_and_the_good_ones_around_it_are_kept(
    case: str, stream_records: ReadStream
) -> None:
    line, field, said = BAD[case]
    first, bad, last = stream_records(GOOD[0], line, GOOD[1])
    assert (first, last) == (Page(ARTICLE), Page(lists=(LIST,)))
    assert isinstance(bad, ReadError)
    assert (bad.file, bad.line) == ("lists.jsonl", 2)
    assert bad.field == field or field is None
    assert said in str(bad)
    assert len(str(bad)) < 400
    str(bad).encode()


def test_a_nul_is_left_out_with_a_warning(stream_records: ReadStream) -> None:
    (page,) = stream_records(GOOD[0].replace("Harbour", "Har\\u0000bour"))
    assert isinstance(page, Page)
    assert page.article == ARTICLE
    assert page.warnings == ("lists.jsonl:1: NUL characters were left out of its texts",)


def test_what_came_before_a_gzip_breaks_off_is_kept(stream_records: ReadStream) -> None:
    whole = gzip.compress(
        "\n".join(changed(GOOD[0], url=f"https://q.example/{n}") for n in range(5000)).encode()
    )
    found = list(read_stream(io.BytesIO(whole[: len(whole) // 2]), name="x.gz", observed_at=SEEN))
    *good, last = found
    assert len(good) > 500
    assert all(isinstance(page, Page) for page in good)
    assert isinstance(last, ReadError)
    assert last.line == len(good) + 1
    assert "truncated" in str(last)


@pytest.mark.parametrize("damage", ["middle", "crc", "empty"])
def test_a_damaged_gzip_is_one_error(damage: str) -> None:
    whole = bytearray(gzip.compress("\n".join(GOOD).encode()))
    if damage == "middle":
        whole[len(whole) // 2] ^= 0xFF
    if damage == "crc":
        whole[-5] ^= 0xFF
    data = bytes(whole[:12] if damage == "empty" else whole)
    errors = [
        page
        for page in read_stream(io.BytesIO(data), name="x", observed_at=SEEN)
        if isinstance(page, ReadError)
    ]
    assert [error.expected for error in errors][-1:] == ["whole gzip data"]


def test_members_of_a_gzip_follow_each_other_and_padding_is_none(read_page: ReadText) -> None:
    data = gzip.compress(GOOD[0].encode() + b"\n") + gzip.compress(GOOD[1].encode()) + b"\0" * 512
    assert read_page(data) == Page(ARTICLE, (LIST,))


class _Endless(io.RawIOBase):
    """A stream that gives one endless line of a given length, then a good record."""

    def __init__(self, size: int) -> None:
        filler = itertools.repeat(b"x" * 65536, size // 65536)
        self._left = itertools.chain([b'{"x": "'], filler, [b"\n", GOOD[0].encode()])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        piece = next(self._left, b"")
        buffer[: len(piece)] = piece
        return len(piece)


def test_an_over_long_line_is_named_and_never_held() -> None:
    tracemalloc.start()
    try:
        found = list(
            read_stream(io.BufferedReader(_Endless(8 * MAX_BYTES), 65536), name="x", observed_at=SEEN)
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found[0], ReadError)
    assert found[0].line == 1
    assert found[1] == Page(ARTICLE)
    assert peak < 3 * MAX_BYTES


@pytest.mark.parametrize("filler", [b" ", b"<p>x</p>", b"word ", GOOD[1].encode() + b"\n"])
def test_a_gzip_bomb_is_refused_as_soon_as_it_is_too_long(filler: bytes) -> None:
    bomb = gzip.compress(filler * (8 * MAX_BYTES // len(filler)), compresslevel=1)
    with pytest.raises(ReadError, match="at most"):
        read(bomb, name="bomb", observed_at=SEEN)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_honoured(encoding: str, read_page: ReadText) -> None:
    assert read_page("\n".join(GOOD).encode(encoding)) == Page(ARTICLE, (LIST,))


def test_a_first_line_that_is_no_json_does_not_hide_the_format(stream_records: ReadStream) -> None:
    bad, good = stream_records("garbage", GOOD[0], name="page")
    assert isinstance(bad, ReadError)
    assert bad.line == 1
    assert good == Page(ARTICLE)


def test_an_empty_or_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    for name in ("empty.jsonl", "missing.jsonl", ""):
        (error,) = read_file(tmp_path / name, observed_at=SEEN)
        assert isinstance(error, ReadError)
        assert name in error.file


def records_of(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (line.rstrip("\n") for line in lines)


def test_lines_of_a_record_are_read_with_single_spaces_and_without_controls(
    stream_records: ReadStream,
) -> None:
    record = article_record(Article("q", "https://q.example/a", SEEN, "A", "B")) | {
        "headline": " Storm \t at\n sea\u3000\u5d50\x1b[31m",
        "body": "One\n\n  two\x1b",
        "section": "World  news",
        "tags": [" a  b "],
    }
    (page,) = stream_records(json.dumps(record))
    assert isinstance(page, Page)
    assert page.article is not None
    assert page.article.headline == "Storm at sea\u3000\u5d50[31m"
    assert (page.article.body, page.article.section) == ("One\n\n  two", "World news")
    assert page.article.tags == ("a b",)


@pytest.mark.parametrize("host", ["harb\u043eur.example", "xn--harbur-zqf.example", "%D0%B0pple.example"])
def test_a_host_of_two_alphabets_is_refused(stream_records: ReadStream, host: str) -> None:
    found = list_record(RankedList("q", Kind.POPULAR, SEEN, (ListItem(1, "A", f"https://{host}/a"),)))
    (error,) = stream_records(format_record(found))
    assert isinstance(error, ReadError)
    assert error.field == "items[0].url"
    assert error.expected == "a host that is written in one alphabet"


def with_single_spaces(record: dict) -> dict:
    """A record as it is stored: 700 of 120,000 have a headline with two spaces in a row or one at its end."""
    lines = {
        name: one_line(record[name])
        for name in ("headline", "section", "language", "title", "scope")
        if record.get(name) is not None
    }
    if "items" in record:
        lines["items"] = [item | {"headline": one_line(item["headline"])} for item in record["items"]]
    return record | lines


@pytest.mark.data
@pytest.mark.parametrize("name", ["bbc/articles", "bbc/lists", "yomiuri/articles", "yomiuri/lists"])
def test_real_records_are_read_without_loss_and_written_as_they_were(name: str, shared_data: Path) -> None:
    path = shared_data / f"{name}.jsonl.gz"
    for line, page in zip(
        records_of(path), read_file(path, observed_at=datetime(2026, 3, 1, tzinfo=UTC)), strict=True
    ):
        assert isinstance(page, Page)
        record = article_record(page.article) if page.article else list_record(page.lists[0])
        expected = json.loads(line.replace("\\u0000", ""))
        assert list(record) == list(expected)
        if expected.get("published_at"):  # 12:00:00.5 is written as 12:00:00.500000
            record["published_at"] = expected["published_at"] = parse_time(
                expected["published_at"], "published_at"
            )
            assert page.article is not None
            assert page.article.published_at == expected["published_at"]
        assert record == with_single_spaces(expected)


def test_every_field_of_an_article_is_in_records_in_requests_and_in_its_digest() -> None:
    full = replace(
        ARTICLE,
        body="It opened.",
        published_at=SEEN,
        section="News",
        language="en",
        image="https://q.example/1.jpg",
    )
    assert set(article_record(full)) == {"type", *ARTICLE_FIELDS}
    assert set(ArticleIn.model_fields) == set(ARTICLE_FIELDS)
    later = SEEN + timedelta(days=1)
    other = Article("r.example", "https://r.example/2", later, "Ferry sinks", section="Local", language="de")
    digests = {digest_article(replace(full, **{name: getattr(other, name)})) for name in ARTICLE_FIELDS}
    assert len(digests - {digest_article(full)}) == len(ARTICLE_FIELDS)
