"""All formats: a sample of each is recognised, read, and read with the right times; damage raises nothing."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.documents import read, read_file, read_stream
from recsys.documents.formats.eml import is_eml
from recsys.documents.formats.mhtml import is_mhtml
from recsys.documents.source import ImportHints
from recsys.domain import Page
from recsys.errors import ReadError

from .archiving import GUESSED, errors, good, page_html, read_bytes
from .conftest import SEEN
from .samples import ARCHIVES, READ_FORMATS, SAMPLES, format_of
from .test_charset import DECODED_ELSEWHERE, PATHS
from .test_hostile import HOSTILE
from .test_saved import PIXEL

DATED = {"interchange records", "WordPress export", "table", "WARC", "zip"}
"""Formats whose records have times of their own, which no argument changes."""
SAVED_AT = {
    "mail": datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
    "saved page": datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
}
"""When the samples of one page say that they were saved."""


def times_of(found: Iterable[Page | ReadError]) -> set[datetime]:
    pages = good(found)
    return {page.article.first_seen_at for page in pages if page.article} | {
        ranked.observed_at for page in pages for ranked in page.lists
    }


def test_every_format_has_a_sample_and_is_in_the_tables_of_tests() -> None:
    assert set(SAMPLES) == READ_FORMATS
    assert {name for name, _ in HOSTILE.values()} == READ_FORMATS
    assert {name for name, _ in PATHS.values()} | set(DECODED_ELSEWHERE) == READ_FORMATS


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_recognised_and_read(name: str) -> None:
    sample = SAMPLES[name]
    assert format_of(sample.data, sample.name) == name
    found = read_bytes(sample.data, sample.name)
    assert good(found)
    assert errors(found) == []


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in ARCHIVES])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_sample_is_recognised_by_its_content_in_any_encoding(name: str, encoding: str) -> None:
    assert format_of(SAMPLES[name].data.decode().encode(encoding), "a") == name


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_a_damaged_sample_gives_pages_or_read_errors(name: str, data: st.DataObject) -> None:
    sample = SAMPLES[name].data
    at, length = data.draw(st.integers(0, len(sample))), data.draw(st.integers(0, 60))
    noise = data.draw(st.binary(max_size=30) | st.just(b"\r\nContent-Transfer-Encoding: base64\r\n"))
    for found in read_bytes(sample[:at] + noise + sample[at + length :], SAMPLES[name].name):
        assert isinstance(found, Page | ReadError)
        str(found).encode()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_time_that_the_caller_names_counts_unless_records_have_their_own(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    path = tmp_path / sample.name
    path.write_bytes(sample.data)
    in_stream = list(read_stream(io.BytesIO(sample.data), name=sample.name, observed_at=SEEN))
    assert list(read_file(path, observed_at=SEEN, name=sample.name)) == in_stream
    assert (times_of(in_stream) == {SEEN}) == (name not in DATED)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in DATED])
def test_the_date_in_a_document_counts_if_the_time_is_a_guess(name: str) -> None:
    sample = SAMPLES[name]
    assert times_of(read_bytes(sample.data, sample.name, hints=GUESSED)) == {SAVED_AT.get(name, SEEN)}


@pytest.mark.parametrize("name", SAVED_AT)
def test_read_takes_the_time_that_it_is_given(name: str) -> None:
    for hints, expected in ((None, SEEN), (ImportHints(is_time_guessed=True), SAVED_AT[name])):
        page = read(SAMPLES[name].data, name="a", observed_at=SEEN, hints=hints)
        assert times_of([page]) == {expected}


@pytest.mark.parametrize("kind", ["related", "mixed", "alternative"])
def test_a_mail_is_no_saved_page(kind: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "news@q.example", "reader@home.example"
    message.set_content(page_html("Harbour bridge opens"), subtype="html")
    message.add_related(PIXEL, "image", "png", cid="<p>")
    if kind == "mixed":
        message.add_attachment("Terms", filename="terms.txt")
    elif kind == "alternative":
        message.make_alternative()
        message.add_alternative("Harbour bridge opens")
    data = message.as_bytes()
    assert message.get_content_subtype() == kind
    assert (is_eml(data), is_mhtml(data), format_of(data, "a.mht")) == (True, False, "mail")
    (page,) = good(read_bytes(data, "a"))
    assert page.article is not None
    assert page.article.headline == "Harbour bridge opens"
