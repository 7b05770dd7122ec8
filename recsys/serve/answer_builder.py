"""From what is asked for to what is answered: parameters, recommendations, how long an answer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from recsys.corpus import Corpus
from recsys.corpus.stored_fields import hash_address
from recsys.documents import canonical_url
from recsys.domain import Article, Recommendation, to_microseconds
from recsys.durations import parse_duration
from recsys.errors import InvalidValueError, UnknownArticleError
from recsys.request import Request, Rules
from recsys.serve.impression_tokens import ShownList, sign
from recsys.serve.schemas import Item, RecommendationsOut
from recsys.serve.service_clock import ServingSnapshot

MOST = 100
"""Headlines in one answer."""
MOST_REPORTED = 20
"""Headlines that a widget may ask for and still report what was clicked; nobody shows more beside an article,
and far down a list anything can be found to click on. The plugins show no more either."""
MOST_EXCLUDED = 10
"""Addresses that it may leave out: the WordPress plugin leaves out the stories that its editors pinned."""
LIVES = ((timedelta(hours=6), 60), (timedelta(days=2), 300), (timedelta(days=30), 3_600))
"""Seconds for which an answer beside an article of such an age may be kept; a day beside what is older."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What a question brings with it; None is what the newsroom set."""

    k: int | None = None
    dial: float | None = None
    window: str | None = None
    exclude: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    explain: bool = False

    def request(self, base: Request) -> Request:
        """The newsroom's request with these wishes."""
        rules = base.rules or Rules()
        rules = replace(
            rules,
            blocked=(*rules.blocked, *self.exclude),
            only_sections=self.section or rules.only_sections,
        )
        return replace(
            base,
            k=min(base.k if self.k is None else self.k, MOST),
            dial=base.dial if self.dial is None else self.dial,
            window=base.window if self.window is None else read_window(self.window),
            rules=rules,
            explain=self.explain,
        )


def is_reported(wishes: RequestOptions, base: Request) -> bool:
    """Whether the answer gets a token: what was asked is what a widget asks, or as the newsroom set it.

    Long lists, lists of all times and lists without most of their stories are for looking around; whoever
    could report clicks on them would teach the model from lists that no reader is shown.
    """
    if wishes.explain or len(wishes.exclude) > MOST_EXCLUDED:
        return False
    if wishes.k is not None and wishes.k > MOST_REPORTED:
        return False
    if wishes.window is None:
        return True
    window = read_window(wishes.window)
    return window is not None and (base.window is None or window <= base.window)


def read_window(text: str) -> timedelta | None:
    """`90d`, `12h`, `30m`, or `all`."""
    if text == "all":
        return None
    window = parse_duration(text)
    if window is None:
        raise InvalidValueError("window", expected="a time such as 90d, 12h, 30m, or all", found=text)
    return window


def find_row(corpus: Corpus, *, url: str | None, key: str | None) -> int:
    """The row of an address or of an id; UnknownArticleError for what nobody knows, or was withdrawn."""
    if url is not None:
        row = corpus.row_of.get(url, -1)
        if row < 0 and (address := canonical_url(url)) is not None:
            row = corpus.row_of.get(address, -1)
    else:
        rows = corpus.articles.rows_of_addresses(np.array([_read_id(key or "")], dtype=np.uint64))
        row = int(rows[0])
    if row < 0 or corpus.is_unpublished(row):
        raise UnknownArticleError(f"no article {url or key} is known here")
    return row


def build_answer(
    snapshot: ServingSnapshot, found: Sequence[Recommendation], as_of: datetime, *, fallback: bool = False
) -> RecommendationsOut:
    """The answer as it goes over the wire, without its token."""
    return RecommendationsOut(
        items=[_item(each) for each in found],
        model=snapshot.model,
        as_of=as_of,
        fallback="popular" if fallback else None,
    )


def sign_answer(answer: RecommendationsOut, page: Article, as_of: datetime, secret: bytes) -> str:
    """The token of a list beside an article."""
    pairs = tuple((item.url, item.headline) for item in answer.items)
    return sign(ShownList(page.site, page.url, to_microseconds(as_of), pairs), secret)


def life_of(article: Article | None, as_of: datetime) -> int:
    """Seconds for which an answer may be kept: minutes beside the news of the day, a day beside the old."""
    if article is None:
        return LIVES[0][1]
    age = as_of - article.first_seen_at
    return next((life for most, life in LIVES if age < most), DAY)


def id_of(url: str) -> str:
    """The id of an address."""
    return f"{hash_address(url):016x}"


def _read_id(key: str) -> int:
    try:
        if len(key) == 16:
            return int(key, 16)
    except ValueError:
        pass
    raise InvalidValueError("id", expected="16 hexadecimal digits", found=key)


def _item(found: Recommendation) -> Item:
    article = found.article
    return Item(
        rank=found.rank,
        id=id_of(article.url),
        url=article.url,
        headline=article.label,
        image=article.image,
        section=article.section,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        score=round(found.score, 4),
        reasons=list(found.reasons),
    )
