"""Patterns of addresses, to detect crawler traps: calendars, pagination, session ids.

A pattern whose pages keep having no story is stopped, except for a try now and then.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import unquote, urlsplit

from recsys.crawl.frontier_patterns import Pattern
from recsys.domain import Article

MISSES = 20
"""Pages without a story, on balance, after which a pattern is stopped."""
VARIANT_MISSES = 3
"""The same for addresses that differ only in query values and have at most one story: session ids."""
MAX_DEPTH = 3
"""Links from a front page, feed or sitemap to an article that may be fetched."""
_STORY_CREDIT = 4  # pages without a story that one story outweighs
_MAX_CREDIT = 20  # pages
_FIRST_PAUSE = timedelta(hours=1)
_LONGEST_PAUSE = timedelta(days=7)
_MAX_SEGMENTS = 20
_MAX_REPEATS = 2  # of one name in a path
_SHOWN_SEGMENTS = 8
_SHOWN_NAMES = 8  # of a query
_MIN_TEXT = 400  # characters of a page without a declared date that is taken for a story
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W_]+")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_CODES = re.compile(r"[a-zA-Z0-9]{8,}+")


def path_pattern(url: str) -> str:
    """The pattern of an address, such as `example.org/news/N/N/*?page`.

    Numbers become `N`, slugs and codes `*`, repeated segments one; of a query only the names count.
    """
    parts = urlsplit(url)
    segments = [_fold_segment(each) for each in unquote(parts.path).split("/") if each]
    shown = [segment for segment, _ in groupby(segments)]
    path = "/".join(shown[:_SHOWN_SEGMENTS]) + ("/…" if len(shown) > _SHOWN_SEGMENTS else "")
    return f"{_DIGITS.sub('N', parts.netloc)}/{path}{_query_names(parts.query)}"


def query_variant(url: str) -> str | None:
    """The group of addresses that differ from this one in query values alone; None without a query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}{_query_names(parts.query)}" if parts.query else None


def is_looping(url: str) -> bool:
    """Whether a path repeats itself, as wrongly resolved relative links make it: `/a/b/a/b/a/b`."""
    segments = [each for each in urlsplit(url).path.split("/") if each]
    names = [each for each in segments if not each.isdigit()]
    return len(segments) > _MAX_SEGMENTS or any(names.count(each) > _MAX_REPEATS for each in names)


def story_digest(article: Article | None) -> str | None:
    """A digest of the story on a page; None for a page without one.

    A story has a headline, and either a declared date or some text. Without a date, digits are ignored, so
    that the days of a calendar are one page.
    """
    if article is None or not article.headline:
        return None
    text = f"{article.headline} {article.body or ''}"[:20_000]
    if article.published_at is None:
        if _weight(article.body or "") < _MIN_TEXT:
            return None
        text = _NOT_LETTERS.sub(" ", text).casefold()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def count_page(pattern: Pattern, now: datetime, *, is_story: bool) -> Pattern:
    """The pattern after one more of its pages was fetched for the first time."""
    if is_story:
        credit = 0 if _is_variant(pattern) and not pattern.stories else _MAX_CREDIT
        misses = max(min(pattern.misses, _limit(pattern)) - _STORY_CREDIT, -credit)
        return replace(
            pattern,
            fetched=pattern.fetched + 1,
            stories=pattern.stories + 1,
            misses=misses,
            stops=0,
            stopped_until=None,
        )
    counted = replace(pattern, fetched=pattern.fetched + 1, misses=pattern.misses + 1)
    if counted.misses < _limit(pattern):
        return counted
    pause: timedelta = min(_FIRST_PAUSE * int(2 ** min(pattern.stops, 10)), _LONGEST_PAUSE)
    return replace(counted, stops=pattern.stops + 1, stopped_until=now + pause)


def _limit(pattern: Pattern) -> int:
    """The misses that stop a pattern; a program that has shown two stories, by query, may show them all."""
    return VARIANT_MISSES if _is_variant(pattern) and pattern.stories < 2 else MISSES


def _is_variant(pattern: Pattern) -> bool:
    return "://" in pattern.pattern


def _fold_segment(segment: str) -> str:
    stem, dot, ending = segment.rpartition(".")
    stem, ending = (stem, dot + ending) if dot and len(ending) <= 5 else (segment, "")
    is_slug = len(_WORDS.findall(stem)) >= 4 or len(stem) >= 24 or _has_code(stem)
    return ("*" if is_slug else _DIGITS.sub("N", stem)) + ending


def _has_code(text: str) -> bool:
    """Whether a text contains letters and digits mixed, as in an identifier."""
    return not all(run.isalpha() or run.isdigit() for run in _CODES.findall(text))


def _query_names(query: str) -> str:
    names = sorted({_DIGITS.sub("N", part.partition("=")[0])[:30] for part in query.split("&") if part})
    return f"?{'&'.join(names[:_SHOWN_NAMES])}" if names else ""


def _weight(text: str) -> int:
    """The number of characters, those of scripts without spaces counted three times."""
    return len(text) + 2 * sum(each > "\u3000" for each in text)
