"""What a page shows: headlines ready to be written into it, and where what was shown is reported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from recsys.documents import canonical_url
from recsys.domain import MAX_HEADLINE, Recommendation, parse_time
from recsys.errors import InvalidValueError

MOST = 100
"""Headlines in one answer."""
LONGEST_TOKEN = 60_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Headline:
    """A story to show. `url` and `image` are http(s) addresses, and nothing else ever."""

    url: str
    label: str
    published_at: datetime | None = None
    image: str | None = None
    section: str | None = None
    position: int | None = None
    """Its place in the answer that a token is about, where that is another than its place on the page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Headlines, the best first."""

    headlines: tuple[Headline, ...] = ()
    token: str | None = None
    """What a widget reports with; None where nothing is reported."""

    def without(self, hidden: frozenset[str]) -> Answer:
        """What is left when some addresses must not be shown; each knows the place it had."""
        if not any(each.url in hidden for each in self.headlines):
            return self
        kept = [
            replace(each, position=each.position or place)
            for place, each in enumerate(self.headlines, start=1)
            if each.url not in hidden
        ]
        return replace(self, headlines=tuple(kept))

    def pinned(self, pins: Sequence[tuple[int, Headline]], k: int) -> Answer:
        """With stories put on their places, from 1; then it is not the answer's list, and is not reported."""
        chosen = {headline.url for _, headline in pins}
        rest = [each for each in self.headlines if each.url not in chosen]
        for place, headline in sorted(pins, key=lambda pin: pin[0]):
            rest.insert(place - 1, headline)
        return replace(self, headlines=tuple(rest[:k]), token=None if pins else self.token)

    def first(self, k: int) -> Answer:
        """The first headlines of it."""
        return replace(self, headlines=self.headlines[:k])


NOTHING = Answer()


def build_headline(found: Recommendation) -> Headline | None:
    """A recommendation as a page shows it; None for a story that no reader can be sent to."""
    article = found.article
    if not article.url.startswith(("http://", "https://")):
        return None
    return Headline(article.url, article.label, article.published_at, article.image, article.section)


def read_answer(told: object) -> Answer:
    """The answer of a service, whatever it sent: InvalidValueError for what is none.

    A story with a field that cannot be is left out.
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("items"), list):
        raise InvalidValueError("answer", expected="an object with items", found=told)
    found = (_read_headline(each, place) for place, each in enumerate(told["items"][:MOST], start=1))
    return Answer(tuple(each for each in found if each is not None), _read_token(told.get("token")))


def _read_token(told: object) -> str | None:
    is_one = isinstance(told, str) and len(told) <= LONGEST_TOKEN and _TOKEN.fullmatch(told)
    return str(told) if is_one else None


def _read_headline(told: object, place: int) -> Headline | None:
    if not isinstance(told, Mapping):
        return None
    url, label, image, section = (told.get(name) for name in ("url", "headline", "image", "section"))
    address = _address(url)
    if address is None or not isinstance(label, str) or not 0 < len(label.strip()) <= MAX_HEADLINE:
        return None
    try:
        published = parse_time(told["published_at"], "published_at") if told.get("published_at") else None
    except InvalidValueError:
        published = None
    named = section if isinstance(section, str) else None
    return Headline(address, label, published, _address(image), named, place)


def _address(told: object) -> str | None:
    return canonical_url(told) if isinstance(told, str) else None
