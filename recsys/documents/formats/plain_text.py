"""Text captures: pages copied as plain text, with lists as headings followed by bulleted headlines.

The article's body is the photo caption, if one is above the dateline, and the paragraphs below it, a line
each. A headline is only taken where it is unambiguous (`_split_headline`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from recsys.documents.html.charset import decode_text
from recsys.documents.html.dates import PrintedTime, parse_dateline
from recsys.documents.lists.headings import Heading, parse_heading
from recsys.documents.source import LOCAL_SITE, AsShown, Source
from recsys.documents.streams import Pieces, join_pieces
from recsys.domain import Article, ListItem, Page, RankedList
from recsys.errors import InvalidValueError, ReadError
from recsys.text import normalise, one_line

_BULLET = re.compile(
    r"(?:(?P<number>[0-9０-９]{1,3})(?:[.)](?=\s|$)|[．）、])|[-–*](?=\s|$)|[•‣▪●■◆・·])\s*+(?P<rest>.*)"
)
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’」』)）]*+$")
_LONGEST_HEADLINE = 200  # characters
_SHORTEST_TEXT = 40  # characters; shorter lines without a dateline are labels, no article


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of lines that belong to no list."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Bullets:
    """A heading with its headlines, each with its printed number."""

    heading: Heading
    items: tuple[tuple[int | None, str], ...]


def read_capture(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """The page in a text capture."""
    data = join_pieces(pieces, source)
    if not data.strip():
        raise source.error("a document", AsShown("nothing but spaces"))
    yield parse_capture(decode_text(data, source), source)


def parse_capture(text: str, source: Source) -> Page:
    """The article and the lists of a text capture; ReadError if it has neither a dateline nor a list."""
    lines = [clean for line in text.splitlines() if (clean := one_line(line))]
    parts = _split_parts(lines)
    blocks = [part for part in parts if isinstance(part, _Block)]
    bullets = [part for part in parts if isinstance(part, _Bullets)]
    try:
        article, warnings = _build_article(blocks, bool(bullets), source)
        lists = tuple(_build_list(part, article, source) for part in bullets)
    except InvalidValueError as error:
        raise source.refusal(error) from None
    if article is None and not lists:
        raise source.no_page(
            "a page: HTML, interchange records or text with a dateline or lists", _start(lines)
        )
    return Page(article, lists, warnings)


def _start(lines: list[str]) -> object:
    return lines[0] if lines else AsShown("an empty document")


def _split_parts(lines: list[str]) -> list[_Block | _Bullets]:
    """Splits lines into lists (headings that announce one, with bullets after them) and blocks."""
    parts: list[_Block | _Bullets] = []
    plain: list[str] = []
    at = 0
    while at < len(lines):
        heading = (
            parse_heading(lines[at]) if at + 1 < len(lines) and _BULLET.fullmatch(lines[at + 1]) else None
        )
        items, after = _take_items(lines, at + 1) if heading else ((), at)
        if heading is None or not items:
            plain.append(lines[at])
            at += 1
            continue
        parts += [_Block(tuple(plain))] if plain else []
        parts.append(_Bullets(heading, items))
        plain, at = [], after
    return parts + ([_Block(tuple(plain))] if plain else [])


def _take_items(lines: list[str], at: int) -> tuple[tuple[tuple[int | None, str], ...], int]:
    """The bulleted headlines from a line on, and the next line. A bullet may be on a line of its own."""
    items: list[tuple[int | None, str]] = []
    while at < len(lines) and (bullet := _BULLET.fullmatch(lines[at])):
        number = int(bullet["number"]) if bullet["number"] else None
        headline, at = bullet["rest"], at + 1
        if not headline and at < len(lines) and not _BULLET.fullmatch(lines[at]):
            headline, at = lines[at], at + 1
        if headline:
            items.append((number, headline))
    return tuple(items), at


def _build_list(part: _Bullets, article: Article | None, source: Source) -> RankedList:
    """The list; positions are the printed numbers if they increase, else the order."""
    numbers = [number or 0 for number, _ in part.items]
    if not (numbers[0] and all(earlier < later for earlier, later in pairwise(numbers))):
        numbers = list(range(1, len(part.items) + 1))
    return RankedList(
        site=source.site or LOCAL_SITE,
        kind=part.heading.kind,
        title=part.heading.title,
        scope=part.heading.scope,
        observed_at=source.observed_at,
        page_url=article.url if article else None,
        items=tuple(
            ListItem(position, headline) for position, (_, headline) in zip(numbers, part.items, strict=True)
        ),
    )


def _build_article(
    blocks: list[_Block], has_lists: bool, source: Source
) -> tuple[Article | None, tuple[str, ...]]:
    """The article in the block with a dateline, else in the first block of text beside lists."""
    for block in blocks:
        for at, line in enumerate(block.lines):
            if found := parse_dateline(line):
                return _dated_article(block, at, found, source), found.warnings
    for block in blocks if has_lists else ():
        if any(len(line) >= _SHORTEST_TEXT for line in block.lines):
            return _article(None, block.lines, None, source), ("the text has no dateline",)
    return None, ()


def _dated_article(block: _Block, at: int, printed: PrintedTime, source: Source) -> Article | None:
    headline, captions = _split_headline(block.lines[:at])
    return _article(headline, captions + block.lines[at + 1 :], printed, source)


def _article(
    headline: str | None, paragraphs: tuple[str, ...], printed: PrintedTime | None, source: Source
) -> Article | None:
    if headline is None and not paragraphs:
        return None
    body = "\n".join(paragraphs) or None
    digest = hashlib.sha256(normalise(body or headline or "").encode()).hexdigest()
    return Article(
        site=source.site or LOCAL_SITE,
        url=f"urn:recsys:text:{digest[:16]}",
        first_seen_at=source.observed_at,
        headline=headline,
        body=body,
        published_at=printed.moment if printed else None,
    )


def _split_headline(above: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The headline among the lines above the dateline, and the captions.

    A headline is the first line if it ends no sentence and the next one does (which is the caption), or a
    single line in title case. Anything else may be a caption or a credit, and stays text.
    """
    if not above or len(above[0]) > _LONGEST_HEADLINE or _SENTENCE_END.search(above[0]):
        return None, above
    has_caption = len(above) > 1 and bool(_SENTENCE_END.search(above[1]))
    if has_caption or (len(above) == 1 and _in_title_case(above[0])):
        return above[0], above[1:]
    return None, above


def _in_title_case(line: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_][\w'’-]*", line) if len(word) > 3]
    return len(words) >= 4 and all(word[0].isupper() for word in words)
