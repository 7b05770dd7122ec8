"""HTML pages: the article from metadata and text, the lists from their headings."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from recsys.documents.html.dates import PrintedTime, parse_declared_time
from recsys.documents.html.html_text import Body
from recsys.documents.html.json_ld import read_json_ld
from recsys.documents.html.link_rules import inline_items
from recsys.documents.html.main_text import extract_body
from recsys.documents.html.metadata import (
    Metadata,
    declares_publication,
    language_code,
    read_markup,
    read_meta,
)
from recsys.documents.html.parse import HtmlDocument, parse_html
from recsys.documents.lists.list_classifier import Place
from recsys.documents.lists.list_reader import NO_PROFILE, read_lists
from recsys.documents.lists.list_selectors import Profile
from recsys.documents.lists.listing_page import is_listing_page
from recsys.documents.lists.suggest_selectors import Suggestion, suggest_rules
from recsys.documents.source import LOCAL_SITE, Source
from recsys.documents.urls import canonical_url, site_of
from recsys.domain import MAX_HEADLINE, Article, Kind, Page, RankedList
from recsys.errors import InvalidValueError
from recsys.text import headline_key

_SITE_SUFFIX = re.compile(r"\s*+[-–—|:：·•（(»]")
_SUFFIX_MARK = re.compile(r"[-–—|:：·•（(»]")
_LAST_PART = re.compile(r"^(?P<bare>.+\S)\s*+[-–—|:：·•»](?P<last>[^-–—|:：·•»]++)$")
_MIN_HEADLINE = 8  # characters that must be left of a headline without the site's name
_MIN_TEXT = 40  # characters; a shorter text without a headline is a label or a broken tag
_MAX_TRIES = 20  # printed times that are tried


def build_page(document: HtmlDocument, source: Source) -> Page:
    """The article and the lists of an HTML page; ReadError if it has neither text nor headline.

    A front page, section or other page that is no article gives only its lists.
    """
    tree = document.tree
    declared = read_json_ld(tree).or_else(read_meta(tree))
    metadata = declared.or_else(read_markup(tree))
    url = _choose_url(tree, metadata, source.url) or f"urn:recsys:page:{document.digest}"
    site = _choose_site(url, source)
    profile = source.hints.profiles.get(site_of(url) or site, NO_PROFILE)
    if is_listing_page(tree, url, declared, is_dated=declares_publication(tree)):
        return _build_listing_page(document, url, site, source, profile)
    published = _choose_time(metadata)
    body = extract_body(tree)
    try:
        article = _build_article(url, metadata, body, published.moment, source)
        lists = _build_inline_list(body, url, site, source)
        lists += read_lists(tree, url, site, source.observed_at, profile)
    except InvalidValueError as error:
        raise source.refusal(error) from None
    return Page(article, lists, document.warnings + published.warnings)


def _build_listing_page(
    document: HtmlDocument, url: str, site: str, source: Source, profile: Profile
) -> Page:
    try:
        lists = read_lists(document.tree, url, site, source.observed_at, profile)
    except InvalidValueError as error:
        raise source.refusal(error) from None
    return Page(None, lists, document.warnings, is_listing=True)


def suggest_for_html(text: str, source: Source) -> tuple[str, list[Suggestion]]:
    """The site of a page and a rule for each of its lists; ReadError if it cannot be parsed."""
    tree = parse_html(text, source).tree
    url = _choose_url(tree, _read_metadata(tree), source.url)
    site = site_of(url or "") or source.site or LOCAL_SITE
    return site, suggest_rules(tree, Place(url, site))


def _read_metadata(tree: HtmlElement) -> Metadata:
    return read_json_ld(tree).or_else(read_meta(tree)).or_else(read_markup(tree))


def _choose_url(tree: HtmlElement, metadata: Metadata, fetched_from: str | None) -> str | None:
    """The first address that the page claims, a front page's only if there is no other; else its source's."""
    base = next((each.get("href") for each in tree.xpath("//base[@href]")), None) or fetched_from
    absolute = [url for text in metadata.urls if (url := canonical_url(text))]
    claimed = absolute + [url for text in metadata.urls if base and (url := canonical_url(text, base))]
    found = [url] if (url := canonical_url(fetched_from or "")) else []
    deep = [url for url in claimed + found if urlsplit(url).path != "/"]
    return next(iter(deep + claimed + found), None)


def _choose_headline(metadata: Metadata, host: str) -> str | None:
    """The printed heading if other metadata confirms it; else the most reliable one, without the site."""
    said = [headline_key(text) for text in metadata.headlines]
    confirmed = (text for text in metadata.printed if said.count(headline_key(text)) > 1)
    first = next(confirmed, None) or next(iter(metadata.headlines), None)
    if first is None:
        return None
    key = headline_key(first)
    shorter = (
        text
        for text, known in zip(metadata.headlines, said, strict=True)
        if key.startswith(known) and len(first) > len(text) >= 0.4 * len(first)
    )
    for text in shorter:
        rest = _SITE_SUFFIX.match(first[len(text) :])
        if rest and not _SUFFIX_MARK.search(first[len(text) :], rest.end()):
            return first[: len(text)]
    return _without_site(first, (*metadata.names, host, host.partition(".")[0]))


def _without_site(headline: str, names: tuple[str, ...]) -> str:
    """A headline without the name of the site after the last separator."""
    parts = _LAST_PART.match(headline)
    if parts is None or len(parts["bare"]) < _MIN_HEADLINE:
        return headline
    spoken = re.sub(r"\W", "", parts["last"]).casefold()
    is_site = bool(spoken) and any(re.sub(r"\W", "", name).casefold() == spoken for name in names)
    return parts["bare"] if is_site else headline


def _choose_time(metadata: Metadata) -> PrintedTime:
    """The first time that can be read; if none can, the warnings about the first."""
    printed = [parse_declared_time(text) for text in metadata.published[:_MAX_TRIES]]
    return next(
        (each for each in printed if each.moment is not None), printed[0] if printed else PrintedTime(None)
    )


def _choose_image(images: tuple[str, ...]) -> str | None:
    """The first image with an absolute address that `clean` has not cut."""
    addresses = (each for each in images if each.startswith(("http://", "https://")))
    return next((each for each in addresses if " " not in each and len(each) < MAX_HEADLINE), None)


def _choose_site(url: str, source: Source) -> str:
    """The site that the user named, else the host of the page's address."""
    return source.site or site_of(url) or LOCAL_SITE


def _build_article(
    url: str, metadata: Metadata, body: Body, moment: datetime | None, source: Source
) -> Article:
    headline = _choose_headline(metadata, site_of(url))
    return Article(
        site=_choose_site(url, source),
        url=url,
        first_seen_at=source.observed_at,
        headline=headline,
        body=body.text if headline or len(body.text or "") >= _MIN_TEXT else None,
        published_at=moment,
        section=next(iter(metadata.sections), None),
        tags=metadata.tags,
        language=next(filter(None, map(language_code, metadata.languages)), None),
        image=_choose_image(metadata.images),
    )


def _build_inline_list(body: Body, url: str, site: str, source: Source) -> tuple[RankedList, ...]:
    items = inline_items(body.links, url, site)
    return (RankedList(site, Kind.INLINE, source.observed_at, items, page_url=url),) if items else ()
