"""Answers for a page: headlines ready to be rendered, and the token to report impressions with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from recsys.documents import canonical_url
from recsys.domain import MAX_HEADLINE, Recommendation, parse_time
from recsys.errors import InvalidValueError

MAX_HEADLINES = 100
"""Headlines in one answer."""
MAX_TOKEN = 60_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Headline:
    """A story to show. `url` and `image` are always http(s) URLs."""

    url: str
    label: str
    published_at: datetime | None = None
    image: str | None = None
    section: str | None = None
    position: int | None = None
    """Its position in the list of the token, if that differs from its position on the page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Headlines, best first."""

    headlines: tuple[Headline, ...] = ()
    token: str | None = None
    """The token for the widget's events; None if events are not reported."""

    def without(self, hidden: frozenset[str]) -> Answer:
        """Return the answer without some URLs; the others remember their positions."""
        if not any(each.url in hidden for each in self.headlines):
            return self
        remaining = [
            replace(each, position=each.position or position)
            for position, each in enumerate(self.headlines, start=1)
            if each.url not in hidden
        ]
        return replace(self, headlines=tuple(remaining))

    def pinned(self, pins: Sequence[tuple[int, Headline]], k: int) -> Answer:
        """Return the answer with pins (position from 1, headline); with any, events are not reported."""
        pinned_urls = {headline.url for _, headline in pins}
        headlines = [each for each in self.headlines if each.url not in pinned_urls]
        for position, headline in sorted(pins, key=lambda pin: pin[0]):
            headlines.insert(position - 1, headline)
        return replace(self, headlines=tuple(headlines[:k]), token=None if pins else self.token)

    def first(self, k: int) -> Answer:
        """Return the answer with its first headlines."""
        return replace(self, headlines=self.headlines[:k])


EMPTY = Answer()


def build_headline(recommendation: Recommendation) -> Headline | None:
    """Return the headline of a recommendation; None if its URL is not on the web, or if it is not related."""
    article = recommendation.article
    if recommendation.fill is not None or not article.url.startswith(("http://", "https://")):
        return None
    return Headline(article.url, article.label, article.published_at, article.image, article.section)


def read_answer(body: object) -> Answer:
    """Read the JSON that a service sent, without trusting it; InvalidValueError if it is not an answer.

    Items with an invalid URL or headline are skipped, and so are those that only fill places: a CMS has one
    heading for all of them.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("items"), list):
        raise InvalidValueError("answer", expected="an object with items", found=body)
    headlines = (
        _read_headline(each, position) for position, each in enumerate(body["items"][:MAX_HEADLINES], start=1)
    )
    return Answer(tuple(each for each in headlines if each is not None), _read_token(body.get("token")))


def _read_token(token: object) -> str | None:
    is_valid = isinstance(token, str) and len(token) <= MAX_TOKEN and _TOKEN.fullmatch(token)
    return str(token) if is_valid else None


def _read_headline(item: object, position: int) -> Headline | None:
    if not isinstance(item, Mapping) or item.get("fill") is not None:
        return None
    url, label, image, section = (item.get(name) for name in ("url", "headline", "image", "section"))
    address = _address(url)
    if address is None or not isinstance(label, str) or not 0 < len(label.strip()) <= MAX_HEADLINE:
        return None
    try:
        published = parse_time(item["published_at"], "published_at") if item.get("published_at") else None
    except InvalidValueError:
        published = None
    section_name = section if isinstance(section, str) else None
    return Headline(address, label, published, _address(image), section_name, position)


def _address(value: object) -> str | None:
    return canonical_url(value) if isinstance(value, str) else None
