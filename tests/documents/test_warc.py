"""Web archives: pages are seen when their records say, and a damaged record costs only itself."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, repeat
from uuid import uuid4

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from recsys.documents import MAX_BYTES, read_stream
from recsys.domain import Kind, Page
from recsys.errors import ReadError

from .archiving import errors, good, headlines, page_html, read_bytes
from .conftest import SEEN

MOST_READ = ("Baker wins the harbour race", "Ferry prices rise in the spring", "Storm closes the north pier")


def block_of(
    body: bytes, *headers: tuple[str, str], kind: str = "text/html; charset=utf-8", status: str = "200 OK"
) -> bytes:
    """A response as it came over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def record(
    block: bytes, url: str, date: str, *, kind: str = "response", length: int | None = None, **fields: str
) -> bytes:
    """A record written by hand as ISO 28500 has it."""
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid4()}>",
        "WARC-Date": date,
        "WARC-Target-URI": url,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block) if length is None else length),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    lines = ["WARC/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def story(number: int, **fields: str) -> bytes:
    block = block_of(page_html(f"Story number {number} of the harbour").encode())
    return record(block, f"https://q.example/2026/story-{number}", f"2026-01-{number:02}T09:30:00Z", **fields)


# warcio leaves its temporary files to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.parametrize("packed", [True, False])
def test_what_an_independent_library_wrote_is_read_back_with_its_capture_times(packed: bool) -> None:
    made = io.BytesIO()
    writer = WARCWriter(made, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("crawl.warc.gz", {"software": "warcio"}))
    html = page_html("Harbour bridge opens again", list_of=MOST_READ).encode()
    seen = ("2026-01-15T09:30:00Z", "2026-01-16T10:00:00.250000Z")
    for at, (url, date) in enumerate(zip(("https://q.example/a", "https://q.example/b"), seen, strict=True)):
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "q.example")], is_http_request=True)
        fields = {"WARC-Date": date}
        made_of = {
            "payload": io.BytesIO(html.replace(b"again", b"again %d" % at)),
            "warc_headers_dict": fields,
        }
        writer.write_record(writer.create_warc_record(url, "response", http_headers=head, **made_of))
        writer.write_record(
            writer.create_warc_record(url, "request", http_headers=asked, warc_headers_dict=fields)
        )
    picture = StatusAndHeaders("200 OK", [("Content-Type", "image/png")], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            "https://q.example/p.png", "response", payload=io.BytesIO(b"\x89PNG" * 9), http_headers=picture
        )
    )
    found = read_bytes(made.getvalue(), "crawl.warc.gz")
    assert errors(found) == []
    first, second = good(found)
    assert headlines(found) == ["Harbour bridge opens again 0", "Harbour bridge opens again 1"]
    for page, url, date in ((first, "a", seen[0]), (second, "b", seen[1])):
        moment = datetime.fromisoformat(date)
        assert page.article is not None
        assert (page.article.url, page.article.site) == (f"https://q.example/{url}", "q.example")
        assert page.article.first_seen_at == moment
        (ranked,) = [each for each in page.lists if each.kind is Kind.POPULAR]
        assert (ranked.observed_at, len(ranked.items)) == (moment, 3)
        assert ranked.items[0].url == "https://q.example/2026/baker-wins-the-harbour-race"


TEXT = page_html("Zoë’s café opens")
RAW_DEFLATE = zlib.compressobj(wbits=-15)
BODIES = {
    "gzip": (gzip.compress(TEXT.encode()), [("Content-Encoding", "gzip")], "text/html; charset=utf-8"),
    "deflate": (zlib.compress(TEXT.encode()), [("Content-Encoding", "deflate")], "text/html"),
    "raw deflate": (
        RAW_DEFLATE.compress(TEXT.encode()) + RAW_DEFLATE.flush(),
        [("Content-Encoding", "deflate")], "text/html",
    ),
    "brotli": (brotli.compress(TEXT.encode()), [("Content-Encoding", "br")], "text/html"),
    "chunks": (
        b"5\r\n" + TEXT.encode()[:5] + b"\r\n" + b"%x;x=y\r\n" % len(TEXT.encode()[5:]) + TEXT.encode()[5:]
        + b"\r\n0\r\n\r\n",
        [("Transfer-Encoding", "chunked")], "text/html",
    ),
    "chunks of gzip": (
        b"%x\r\n" % len(gzip.compress(TEXT.encode(), mtime=0)) + gzip.compress(TEXT.encode(), mtime=0)
        + b"\r\n0\r\n\r\n",
        [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")], "text/html",
    ),
    "undone, with the headers kept": (
        TEXT.encode(), [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")], "text/html",
    ),
    "a charset of the server": (
        TEXT.replace("Zoë’s", "Zo\u0436s").replace("é", "e").encode("koi8-r"),
        [], 'text/html; charset="KOI8-R"',
    ),
    "a wrong charset of the server": (TEXT.encode(), [], "text/html; charset=us-ascii-8"),
}  # fmt: skip


@pytest.mark.parametrize("how", BODIES)
def test_what_happened_on_the_wire_is_undone(how: str) -> None:
    body, headers, kind = BODIES[how]
    data = record(block_of(body, *headers, kind=kind), "https://q.example/c", "2026-01-15T09:30:00Z")
    assert headlines(read_bytes(data, "a.warc")) in (["Zoë’s café opens"], ["Zo\u0436s cafe opens"])


def test_only_pages_that_were_answered_are_taken() -> None:
    html = page_html("Nothing here to see today").encode()
    kept = record(
        html, "https://q.example/k", "2026-01-15T09:30:00Z", kind="resource", Content_Type="text/html"
    )
    others = (
        record(block_of(html, status="404 Not Found"), "https://q.example/1", "2026-01-15T09:30:00Z"),
        record(block_of(html, status="301 Moved"), "https://q.example/2", "2026-01-15T09:30:00Z"),
        record(block_of(b"{}", kind="application/json"), "https://q.example/3", "2026-01-15T09:30:00Z"),
        record(block_of(b""), "https://q.example/4", "2026-01-15T09:30:00Z"),
        record(b"1 2", "dns:q.example", "2026-01-15T09:30:00Z", Content_Type="text/dns"),
        record(html, "https://q.example/5", "2026-01-15T09:30:00Z", kind="metadata"),
    )
    found = read_bytes(b"".join([*others, kept]), "a.warc")
    assert (len(good(found)), errors(found)) == (1, [])


def test_a_revisit_is_the_same_page_seen_again() -> None:
    block = block_of(page_html("Harbour bridge opens again", list_of=MOST_READ).encode())
    first = record(block, "https://q.example/a", "2026-01-15T09:30:00Z", WARC_Payload_Digest="sha1:ABC")
    again = record(
        b"", "https://q.example/a", "2026-01-16T09:30:00Z", kind="revisit", WARC_Payload_Digest="sha1:ABC"
    )
    elsewhere = record(
        b"", "https://q.example/b", "2026-01-17T09:30:00Z", kind="revisit", WARC_Payload_Digest="sha1:XYZ"
    )
    earlier, later = good(read_bytes(first + again + elsewhere, "a.warc"))
    assert earlier.article is not None
    assert later.article is not None
    assert later.article.first_seen_at == datetime(2026, 1, 16, 9, 30, tzinfo=UTC)
    assert {each.observed_at for each in later.lists} == {later.article.first_seen_at}
    assert (later.article.body, len(later.lists)) == (earlier.article.body, len(earlier.lists))


DAY = "2026-01-02T09:30:00Z"
DAMAGED = {
    "no length": (story(2).replace(b"Content-Length", b"Content-Width"), "Content-Length"),
    "a length that is no number": (story(2, Content_Length="many"), "Content-Length: expected a count"),
    "a length beyond the end": (story(2, Content_Length="99999"), "the end of the file after"),
    "a length that is too short": (story(2, Content_Length="200"), "begins with WARC"),
    "no date": (story(2).replace(b"WARC-Date", b"WARC-Data"), "WARC-Date: expected an ISO 8601"),
    "a date without zone": (story(2).replace(b"-02T09:30:00Z", b"-02T09:30:00"), "WARC-Date"),
    "no WARC at all": (b"garbage\r\n" * 30, "begins with WARC"),
    "endless fields": (b"WARC/1.0\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n", "fields of at most"),
    "no head of a response": (record(b"<html>", "https://q.example/x", DAY), "the head of"),
    "packed with nobody knows what": (
        record(block_of(b"x", ("Content-Encoding", "zzz")), "https://q.example/x", "2026-01-02T09:30:00Z"),
        "'zzz'",
    ),
    "broken compression": (
        record(block_of(b"\x1f\x8bxx", ("Content-Encoding", "gzip")), "https://q.example/x", DAY),
        "whole compressed data",
    ),
    "a bomb in the body": (
        record(
            block_of(gzip.compress(b" " * (MAX_BYTES + 9)), ("Content-Encoding", "gzip")),
            "https://q.example/x", "2026-01-02T09:30:00Z",
        ),
        "a document of at most",
    ),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_record_is_named_and_those_around_it_are_kept(how: str, packed: bool) -> None:
    bad, said = DAMAGED[how]
    records = [story(1), bad, story(3), story(4)]
    data = b"".join(gzip.compress(each, mtime=0) if packed else each for each in records)
    found = read_bytes(data, "a.warc")
    named = errors(found)
    assert named
    assert all(error.file.startswith("a.warc: record ") and len(str(error)) < 400 for error in named)
    assert any(any(part in str(error) for part in said.split("|")) for error in named)
    kept = headlines(found)
    assert kept[0] == "Story number 1 of the harbour"
    assert kept[-1] == "Story number 4 of the harbour"
    assert "Story number 3 of the harbour" in kept


def test_a_damaged_gzip_member_costs_only_itself_and_a_truncated_file_only_its_end() -> None:
    members = [gzip.compress(story(number), mtime=0) for number in range(1, 6)]
    data = bytearray(b"".join(members))
    data[len(members[0]) + len(members[1]) // 2] ^= 0xFF
    found = read_bytes(bytes(data[: -len(members[4]) // 2]), "a.warc.gz")
    assert [each for each in headlines(found) if each] == [
        f"Story number {number} of the harbour" for number in (1, 3, 4)
    ]
    assert any(
        f"member at byte {len(members[0])}: expected whole gzip data" in str(each) for each in errors(found)
    )
    assert "a truncated file" in str(errors(found)[-1])


def test_a_gzip_bomb_is_left_in_the_middle() -> None:
    bomb = gzip.compress(b"\0" * 2**26, compresslevel=1)
    found = read_bytes(gzip.compress(story(1)) + bomb + gzip.compress(story(2)), "a.warc.gz")
    assert headlines(found) == ["Story number 1 of the harbour", "Story number 2 of the harbour"]
    assert "a member that grows 200-fold" in " ".join(map(str, errors(found)))


class _Long(io.RawIOBase):
    """300 MB of a web archive: stories among pictures and one page of 100 MB."""

    def __init__(self) -> None:
        filler = b"\xff" * 2**20

        def large(kind: str) -> Iterator[bytes]:
            head = block_of(b"", kind=kind)
            start = record(
                head, "https://q.example/l", "2026-01-15T09:30:00Z", length=len(head) + 100 * 2**20
            )
            return chain([start.removesuffix(b"\r\n\r\n")], repeat(filler, 100), [b"\r\n\r\n"])

        parts = [
            large("image/png"),
            iter([story(1)]),
            large("text/html"),
            large("video/mp4"),
            iter([story(2)]),
        ]
        self._parts, self._held = chain(*parts), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._held = self._held or next(self._parts, b"")
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count


def test_an_archive_of_300_megabytes_is_never_held() -> None:
    stream = io.BufferedReader(_Long(), 2**16)
    tracemalloc.start()
    try:
        found = list(read_stream(stream, name="a.warc", observed_at=SEEN))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert headlines(found) == ["Story number 1 of the harbour", "Story number 2 of the harbour"]
    (error,) = errors(found)
    assert "a.warc: record 3 at byte " in error.file
    assert "a page of at most 16,777,216 bytes" in str(error)
    assert peak < MAX_BYTES


def zipped(*members: tuple[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return made.getvalue()


def test_a_wacz_holds_web_archives() -> None:
    data = zipped(
        ("datapackage.json", b"{}"),
        ("archive/data-0.warc.gz", gzip.compress(story(1)) + gzip.compress(story(2))),
        ("archive/data-1.warc", story(3) + b"garbage\r\n"),
        ("indexes/index.cdx.gz", b"\x1f\x8bnot looked at"),
    )
    found = read_bytes(data, "site.wacz")
    assert headlines(found) == [f"Story number {number} of the harbour" for number in (1, 2, 3)]
    (error,) = errors(found)
    assert error.file == f"site.wacz: archive/data-1.warc: record 2 at byte {len(story(3))}"


def test_a_damaged_or_foreign_zip_is_named() -> None:
    whole = zipped(("archive/a.warc", story(1)), ("archive/b.warc", story(2)), packing=zipfile.ZIP_DEFLATED)
    damaged = bytearray(whole)
    damaged[200] ^= 0xFF
    found = read_bytes(bytes(damaged), "s.wacz")
    assert headlines(found)[-1] == "Story number 2 of the harbour"
    assert "s.wacz: archive/a.warc" in errors(found)[0].file
    for data, said in (
        (whole[: len(whole) // 2], "a whole zip file"),
        (zipped(("a.docx", b"")), "a WACZ"),
        (zipped(("archive/a.warc", b"\0" * 2**24), packing=zipfile.ZIP_DEFLATED), "grow 200-fold"),
    ):
        (error,) = read_bytes(data, "s.zip")
        assert isinstance(error, ReadError)
        assert said in str(error)


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_a_zip_that_comes_through_a_pipe_is_refused() -> None:
    (error,) = read_stream(_Pipe(zipped(("archive/a.warc", story(1)))), name="<stdin>", observed_at=SEEN)
    assert str(error) == "<stdin>: expected a zip file on disk, found a pipe"


_WHOLE = story(1) + story(2)
_PACKED = gzip.compress(story(1), mtime=0) + gzip.compress(story(2), mtime=0)


@given(st.sampled_from([_WHOLE, _PACKED, zipped(("archive/a.warc", _WHOLE))]), st.data())
def test_noise_gives_pages_or_read_errors(whole: bytes, data: st.DataObject) -> None:
    at, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 60))
    noise = data.draw(st.binary(max_size=40) | st.just(b"WARC/1.0\r\n\r\n") | st.just(b"\x1f\x8b\x08\x00"))
    for found in read_bytes(whole[:at] + noise + whole[at + length :], "a.warc"):
        assert isinstance(found, Page | ReadError)
        str(found).encode()
