"""Mails: their HTML part is a page, seen at their Date; other formats that begin alike stay what they are."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from recsys.documents.formats.eml import is_eml
from recsys.domain import Kind

from .archiving import GUESSED, errors, good, page_html, read_bytes
from .conftest import SEEN
from .test_analytics import GA4
from .test_feeds import RSS
from .test_laws import DOCUMENTS
from .test_saved import MOST_READ, mhtml
from .test_warc import story
from .test_wxr import export, item


def mail(html: str | None, *, date: str = "Thu, 15 Jan 2026 10:30:00 +0100", **headers: str) -> bytes:
    """A newsletter: the text, and the same as HTML if there is any."""
    message = EmailMessage()
    message["Received"] = "from mx.q.example by home.example; Thu, 15 Jan 2026 09:31:00 +0000"
    message["From"] = "Harbour News <news@q.example>"
    message["To"] = "reader@home.example"
    message["Subject"] = "The week on the harbour"
    message["Date"] = date
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("The week on the harbour, as text.")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


NEWSLETTER = mail(page_html("Zoë’s harbour café opens", list_of=MOST_READ))


def test_the_html_of_a_mail_is_a_page_seen_at_its_date() -> None:
    (page,) = good(read_bytes(NEWSLETTER, "a.eml", hints=GUESSED))
    assert page.article is not None
    assert page.article.headline == "Zoë’s harbour café opens"
    assert page.article.first_seen_at == datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def test_a_date_that_cannot_be_read_is_ignored() -> None:
    undated = mail(page_html("Harbour bridge opens"), date="yesterday")
    (page,) = good(read_bytes(undated, "a.eml", hints=GUESSED))
    assert page.article is not None
    assert page.article.first_seen_at == SEEN


def test_a_mail_has_the_address_of_its_archive() -> None:
    data = mail(
        page_html("Harbour bridge opens", list_of=MOST_READ), Archived_At="<https://www.q.example/news/7>"
    )
    (page,) = good(read_bytes(data, "a.eml"))
    assert page.article is not None
    assert (page.article.url, page.article.site) == ("https://www.q.example/news/7", "q.example")
    (ranked,) = [each for each in page.lists if each.kind is Kind.POPULAR]
    assert ranked.items[0].url == "https://www.q.example/2026/baker-wins-the-harbour-race"


def test_a_mail_without_html_is_named_and_an_attachment_is_no_page() -> None:
    (error,) = errors(read_bytes(mail(None), "a.eml"))
    assert str(error) == "a.eml: expected a mail with a part of text/html, found none"
    message = EmailMessage()
    message["From"], message["To"] = "news@q.example", "reader@home.example"
    message.set_content("See the attachment.")
    message.add_attachment(page_html("Harbour bridge opens"), subtype="html", filename="a.html")
    assert len(errors(read_bytes(message.as_bytes(), "a.eml"))) == 1


@pytest.mark.parametrize(
    "other",
    [
        *DOCUMENTS,
        mhtml(page_html("Harbour bridge opens")),
        b"To: a reader\n\nFrom: the harbour\n",
        b"Note: From: and To: on one line\n",
        GA4.encode(),
        RSS.encode(),
        story(1),
        export(item(1)),
    ],
)
def test_another_format_is_no_mail(other: bytes) -> None:
    assert not is_eml(other)
