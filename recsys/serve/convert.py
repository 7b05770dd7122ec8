"""Conversion between the wire and the library: requests to domain objects, recommendations to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.stored_fields import hash_address
from recsys.documents import canonical_url, site_of
from recsys.documents.urls import has_mixed_host
from recsys.domain import (
    ARTICLE_FIELDS,
    Article,
    Fill,
    Kind,
    ListItem,
    Page,
    RankedList,
    Recommendation,
    to_microseconds,
)
from recsys.durations import parse_duration
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.live import ServingSnapshot
from recsys.request import Request, Rules
from recsys.serve.impression_tokens import ShownList, sign
from recsys.serve.schemas import ArticleIn, Item, ListIn, RecommendationsOut

MAX_HEADLINES = 100
"""Headlines in one answer."""
MAX_REPORTED = 20
"""Headlines of a list that still gets a token. Nobody shows more for an article, and far down a long list
there is anything to click on. The plugins show no more either."""
MAX_EXCLUDED = 20
"""Excluded URLs of a list that still gets a token: what the page links in boxes of its own, or its editors
pinned. The widget excludes no more."""
LIFETIMES = ((timedelta(hours=6), 60), (timedelta(days=2), 300), (timedelta(days=30), 3_600))
"""Seconds for which the answer for an article up to such an age may be cached; a day for older articles."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """The options of a query; None stands for the configured value."""

    k: int | None = None
    dial: float | None = None
    window: str | None = None
    exclude: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    explain: bool = False
    fill: Fill | Literal["none"] | None = None

    def apply(self, base: Request) -> Request:
        """Return the configured request with these options."""
        rules = base.rules or Rules()
        rules = replace(
            rules,
            blocked=(*rules.blocked, *self.exclude),
            only_sections=self.section or rules.only_sections,
            fill=rules.fill if self.fill is None else self.fill,
        )
        return replace(
            base,
            k=min(base.k if self.k is None else self.k, MAX_HEADLINES),
            dial=base.dial if self.dial is None else self.dial,
            window=base.window if self.window is None else parse_window(self.window),
            rules=rules,
            explain=self.explain,
        )


def gets_token(options: RequestOptions, base: Request) -> bool:
    """Whether the answer gets a token, with which clicks on it are reported.

    Only lists such as a widget shows do. Long lists, lists of all times and lists with many exclusions are
    for exploring: clicks on them would train the model on lists that no reader sees.
    """
    if options.explain or len(options.exclude) > MAX_EXCLUDED:
        return False
    if options.k is not None and options.k > MAX_REPORTED:
        return False
    if options.window is None:
        return True
    window = parse_window(options.window)
    return window is not None and (base.window is None or window <= base.window)


def parse_window(text: str) -> timedelta | None:
    """Parse `90d`, `12h` or `30m`; None for `all`."""
    if text == "all":
        return None
    window = parse_duration(text)
    if window is None:
        raise InvalidValueError("window", expected="a duration such as 90d, 12h, 30m, or all", found=text)
    return window


def find_row(corpus: Corpus, *, url: str | None, key: str | None) -> int:
    """Return the row of a URL or an id; UnknownArticleError if it is unknown or withdrawn."""
    if url is not None:
        row = corpus.row_of.get(url, -1)
        if row < 0 and (address := canonical_url(url)) is not None:
            row = corpus.row_of.get(address, -1)
    else:
        rows = corpus.articles.rows_of_addresses(np.array([_parse_id(key or "")], dtype=np.uint64))
        row = int(rows[0])
    if row < 0 or corpus.is_unpublished(row):
        raise UnknownArticleError(f"unknown article: {url or key}")
    return row


def build_answer(
    snapshot: ServingSnapshot,
    recommendations: Sequence[Recommendation],
    as_of: datetime,
    *,
    fallback: bool = False,
) -> RecommendationsOut:
    """Return the answer for the wire, without its token."""
    return RecommendationsOut(
        items=[_item(each) for each in recommendations],
        model=snapshot.model,
        as_of=as_of,
        fallback="popular" if fallback else None,
    )


def sign_answer(answer: RecommendationsOut, page: Article, as_of: datetime, secret: bytes) -> str:
    """Return the token of an answer with the list for an article.

    Without what fills its empty places: clicks there say nothing about the article.
    """
    pairs = tuple((item.url, item.headline) for item in answer.items if item.fill is None)
    return sign(ShownList(page.site, page.url, to_microseconds(as_of), pairs), secret)


def lifetime_of(article: Article, as_of: datetime) -> int:
    """Return the seconds for which an answer may be cached: a minute for new articles, a day for old ones."""
    age = as_of - article.story_time(as_of)
    return next((seconds for most, seconds in LIFETIMES if age < most), DAY)


def id_of(url: str) -> str:
    """Return the id of a URL."""
    return f"{hash_address(url):016x}"


def article_from_wire(sent: ArticleIn, now: datetime) -> Article:
    """Return the article that a client sent."""
    address = canonical_address(sent.url)
    values = {name: getattr(sent, name) for name in ARTICLE_FIELDS} | {
        "url": address,
        "site": sent.site or site_of(address),
        "first_seen_at": sent.first_seen_at or now,
        "tags": tuple(sent.tags),
    }
    return Article(**values)


def list_from_wire(sent: ListIn, now: datetime) -> RankedList:
    """Return the list that a client sent. An item without a position follows the one before it."""
    items, last = [], 0
    for item in sent.items:
        last = item.position if item.position is not None else last + 1
        url = None if item.url is None else canonical_address(item.url, "items")
        items.append(ListItem(last, item.headline, url))
    return RankedList(
        site=sent.site,
        kind=Kind(sent.kind),
        observed_at=sent.observed_at or now,
        items=tuple(items),
        title=sent.title,
        scope=sent.scope,
        page_url=None if sent.page_url is None else canonical_address(sent.page_url, "page_url"),
    )


def with_address(page: Page, address: str) -> Page:
    """Return the page with this address if the document names none: it could not be queried otherwise."""
    if page.article is None or page.article.url.startswith(("http://", "https://")):
        return page
    old = page.article.url
    lists = tuple(replace(each, page_url=address) if each.page_url == old else each for each in page.lists)
    return replace(page, article=replace(page.article, url=address), lists=lists)


def canonical_address(url: str, field: str = "url") -> str:
    """Return the canonical URL; InvalidValueError if a reader could not be sent there."""
    address = canonical_url(url)
    if address is None and has_mixed_host(url):
        raise InvalidValueError(field, expected="a host that is written in one alphabet", found=url)
    if address is None or not address.startswith(("http://", "https://")):
        raise InvalidValueError(field, expected="an address that begins with http:// or https://", found=url)
    return address


def _parse_id(key: str) -> int:
    try:
        if len(key) == 16:
            return int(key, 16)
    except ValueError:
        pass
    raise InvalidValueError("id", expected="16 hexadecimal digits", found=key)


def _item(recommendation: Recommendation) -> Item:
    article = recommendation.article
    return Item(
        rank=recommendation.rank,
        id=id_of(article.url),
        url=article.url,
        headline=article.label,
        image=article.image,
        section=article.section,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        score=round(recommendation.score, 4),
        reasons=list(recommendation.reasons),
        fill=recommendation.fill,
    )
