"""WordPress exports (WXR 1.0 to 1.2, Tools > Export): every published post as an article, in bounded memory.

Comments, users and custom fields are not read: they contain names, addresses and passwords.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from lxml import etree

from recsys.documents.html.charset import bom_encoding, declared_encoding
from recsys.documents.html.dates import PrintedTime, parse_declared_time
from recsys.documents.html.html_text import plain_text, plain_title
from recsys.documents.html.metadata import clean, language_code
from recsys.documents.source import LOCAL_SITE, AsShown, Source
from recsys.documents.streams import Pieces
from recsys.documents.urls import canonical_url, site_of
from recsys.documents.xml import DECLARATION, declares_entities, root_name
from recsys.domain import Article, Page
from recsys.errors import InvalidValueError, ReadError

_NAMESPACE = re.compile(rb"xmlns:wp\s*=\s*[\"']https?://wordpress\.org/export/")
_TAG = re.compile(r"\{(?:https?://wordpress\.org/export/[^}]*|(?P<space>[^}]*))\}(?P<name>.+)")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# WordPress's own shortcodes; what is in brackets is an instruction, not text.
_SHORTCODE = re.compile(
    r"\[/?(?:caption|wp_caption|gallery|playlist|audio|video|embed)(?:\s[^\[\]\n]{0,2000})?/?\]"
)
_MAX_TAGS = 50
_MAX_POST = 16 * 2**20  # characters from the end of one post to that of the next, with all comments
_END = 256  # characters in which a complete export ends


def is_wxr(start: bytes) -> bool:
    """Whether a document begins as a WordPress export does."""
    return root_name(start) == "rss" and bool(_NAMESPACE.search(start))


def read_wxr(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """A Page for every published post, first seen when it was published, or now if it is scheduled; a
    ReadError for each bad one.

    Drafts, pages, attachments and posts with a password are skipped. If the XML is broken, the rest is lost,
    which is an error too.
    """
    parser = etree.XMLPullParser(
        events=("end",),
        recover=True,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    posts, end, held = _Posts(source), "", 0
    try:
        for text in _decode(pieces):
            if isinstance(text, ReadError):
                yield text
                return
            parser.feed(text.encode())
            count = posts.count
            yield from posts.read(parser)
            end = (end + text)[-_END:]
            held = held + len(text) if posts.count == count else 0
            if held > _MAX_POST:
                found = AsShown("a longer one")
                yield source.error(f"a post of at most {_MAX_POST:,} characters", found, line=posts.line)
                return
        parser.close()
        if "</rss" in end:  # else this is the post in which the XML breaks off, half read
            yield from posts.read(parser)
    except etree.XMLSyntaxError as error:
        yield source.error("whole XML", AsShown(str(error)[:80]))
        return
    if posts.stopped is not None:
        yield posts.stopped
    elif "</rss" not in end:
        yield source.error("a whole export", AsShown("one that breaks off"), line=posts.line)


def _decode(pieces: Pieces) -> Iterator[str | ReadError]:
    """The text without characters that XML forbids, which WordPress exports if a post has them."""
    first = next(pieces, b"")
    if isinstance(first, ReadError):
        yield first
        return
    mark = bom_encoding(first)
    encoding = mark[0] if mark else declared_encoding(first) or "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    is_start = True
    for piece in chain([first[mark[1] if mark else 0 :]], pieces):
        if isinstance(piece, ReadError):
            yield piece
            return
        text = _UNSTORABLE.sub(" ", decoder.decode(piece))
        yield DECLARATION.sub("", text) if is_start else text
        is_start = False


@dataclass(slots=True)
class _Channel:
    """The fields of the whole site."""

    base: str | None = None
    language: str | None = None


class _Posts:
    """Builds posts as their elements end, and frees them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._channel = _Channel()
        self.stopped: ReadError | None = None
        self.line = 1
        self.count = 0

    def read(self, parser: etree.XMLPullParser) -> Iterator[Page | ReadError]:
        """The posts that ended since the last call."""
        for _, element in parser.read_events():
            if self.stopped is not None:
                return
            name = _name(element)
            if declares_entities(element):
                self.stopped = self._source.error("XML without entities of its own", AsShown("<!ENTITY"))
                return
            self.line = int(element.sourceline or self.line)
            parent = element.getparent()
            if name == "item":
                self.count += 1
                yield from self._read_item(element)
            if parent is not None and _name(parent) == "channel":
                self._note(name, (element.text or "").strip())
                _let_go(element)

    def _note(self, name: str, text: str) -> None:
        if name in ("link", "base_blog_url"):
            self._channel.base = canonical_url(text) or self._channel.base
        elif name == "language":
            self._channel.language = language_code(text)

    def _read_item(self, item: etree._Element) -> Iterator[Page | ReadError]:
        said = {_name(child): (child.text or "").strip() for child in reversed(item)}
        is_public = said.get("status") == "publish" and not said.get("post_password")
        if said.get("post_type", "post") != "post" or not is_public:
            return
        line, number = int(item.sourceline or 0) or 1, clean(said.get("post_id", ""))[:20]
        place = f"post {number}" if number else "post"
        try:
            published = _published_at(said)
            article = self._build(item, said, published.moment, line, place)
            warnings = tuple(f"{self._source.name}:{line}: {place}: {each}" for each in published.warnings)
            yield Page(article, warnings=warnings)
        except InvalidValueError as error:
            field = f"{place}: {error.field}"
            yield self._source.error(error.expected, AsShown(error.found), line=line, field=field)
        except ReadError as error:
            yield error

    def _build(
        self,
        item: etree._Element,
        said: dict[str, str],
        published_at: datetime | None,
        line: int,
        place: str,
    ) -> Article:
        source, base = self._source, self._channel.base
        url = canonical_url(said["link"], base) if said.get("link") else None
        if url is None:
            found = said.get("link") or AsShown("none")
            raise source.error("the address of the post", found, line=line, field=f"{place}: link")
        if published_at is None:
            found = said.get("post_date_gmt") or said.get("pubDate") or AsShown("none")
            raise source.error("when it was published", found, line=line, field=f"{place}: post_date_gmt")
        categories = list(_terms(item, "category"))
        tags = [*_terms(item, "post_tag"), *categories[1:]]
        return Article(
            site=source.site or site_of(base or url) or LOCAL_SITE,
            url=url,
            first_seen_at=min(published_at, source.hints.read_at or published_at),  # it may be scheduled
            headline=plain_title(said.get("title", "")) or None,
            body=plain_text(_SHORTCODE.sub(" ", said.get("content:encoded", ""))),
            published_at=published_at,
            section=next(iter(categories), None),
            tags=tuple(dict.fromkeys(tags))[:_MAX_TAGS],
            language=self._channel.language,
        )


def _name(element: etree._Element) -> str:
    """The local name; `content:encoded` and `excerpt:encoded` keep their prefix."""
    found = _TAG.fullmatch(str(element.tag))
    if found is None:
        return str(element.tag)
    return f"content:{found['name']}" if found["space"] == _CONTENT else _other(found)


def _other(found: re.Match[str]) -> str:
    return found["name"] if found["space"] is None else f"{found['space']} {found['name']}"


def _let_go(item: etree._Element) -> None:
    """Frees a post and everything before it."""
    item.clear()
    parent = item.getparent()
    while parent is not None and item.getprevious() is not None:
        del parent[0]


def _published_at(said: dict[str, str]) -> PrintedTime:
    """The time in `post_date_gmt`, else `pubDate`, else `post_date`, whose zone is unknown.

    The first two may be a zero date in a post that was scheduled or imported.
    """
    in_utc = _parse_database_time(said.get("post_date_gmt", ""))
    if in_utc is not None:
        return PrintedTime(in_utc)
    mailed = parse_declared_time(said["pubDate"]) if said.get("pubDate") else PrintedTime(None)
    if mailed.moment is not None and mailed.moment != _ZERO:
        return PrintedTime(mailed.moment)
    local = _parse_database_time(said.get("post_date", ""))
    if local is None:
        return PrintedTime(None)
    return PrintedTime(local, (f"post_date {said['post_date']!r} has no zone; UTC is assumed",))


def _parse_database_time(text: str) -> datetime | None:
    """A time in WordPress's database format, taken as UTC; None for no time and for a zero date."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return None if moment == _ZERO else moment


_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
"""How PHP prints no time: MySQL's 0000-00-00 00:00:00 is no date, and is printed as the year -0001."""


def _terms(item: etree._Element, domain: str) -> Iterator[str]:
    for child in item:
        if child.tag == "category" and child.get("domain") == domain and (text := clean(child.text or "")):
            yield text
