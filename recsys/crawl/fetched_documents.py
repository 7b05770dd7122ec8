"""HTML pages in responses: their text, and the article on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from recsys.crawl.http_client import Answer
from recsys.documents import Record, format_record
from recsys.documents.formats.html_page import build_page
from recsys.documents.html.charset import charset_of, decode_html
from recsys.documents.html.link_rules import is_same_site
from recsys.documents.html.parse import parse_html
from recsys.documents.lists.list_selectors import Profiles
from recsys.documents.source import AsShown, ImportHints, Source
from recsys.documents.urls import canonical_url, site_of
from recsys.domain import Page

MAX_PAGE = 4 * 2**20
"""Bytes of an HTML page; the longest of 80 saved pages has 1.7 MB."""
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)
_OPENING = 16 * 2**10  # characters that are searched for an HTML tag


def source_of(answer: Answer, site: str, observed_at: datetime, profiles: Profiles | None = None) -> Source:
    """The source of a response, with the list selectors of sites; errors name its address."""
    return Source(
        answer.url,
        observed_at,
        site,
        canonical_url(answer.url),
        ImportHints(profiles=profiles or {}),
        charset_of(answer.headers.get("content-type", "")),
    )


def read_text(answer: Answer, source: Source) -> str:
    """The text of an HTML page; ReadError for anything else, whatever the Content-Type."""
    if len(answer.body) > MAX_PAGE:
        raise source.error(f"an HTML page of at most {MAX_PAGE:,} bytes", AsShown(f"{len(answer.body):,}"))
    text, _ = decode_html(answer.body, source)
    if not _HTML.search(text[:_OPENING]):
        kind = answer.headers.get("content-type", "").partition(";")[0] or "something else"
        raise source.error("an HTML page", AsShown(kind))
    return text


def read_article(answer: Answer, source: Source) -> Page:
    """The article and the lists of a page; ReadError if there is none.

    A page cannot claim an address of another site or of a front page; then the requested address counts.
    """
    page = build_page(parse_html(read_text(answer, source), source), source)
    requested = source.url
    addresses = [each.page_url for each in page.lists]
    claimed = page.article.url if page.article is not None else next(iter(addresses), requested)
    if requested is None or claimed == requested or _may_claim(claimed, requested):
        return page
    article = None if page.article is None else replace(page.article, url=requested)
    return replace(
        page, article=article, lists=tuple(replace(each, page_url=requested) for each in page.lists)
    )


def check_records(records: Iterable[Record], source: Source) -> None:
    """ReadError for text that cannot be written: lone surrogates, as broken scripts leave them."""
    for record in records:
        try:
            format_record(record).encode()
        except UnicodeEncodeError as error:
            raise source.error("text that UTF-8 can write", ascii(error.object[error.start])) from None


def _may_claim(claimed: str | None, requested: str) -> bool:
    is_own = claimed is not None and is_same_site(site_of(claimed), site_of(requested))
    return is_own and urlsplit(claimed).path not in ("", "/")
