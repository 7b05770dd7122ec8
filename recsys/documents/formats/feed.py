"""Feeds: RSS 2.0 and its predecessors, RSS 1.0 (RDF) and Atom; a bad entry is an error.

The names of a field in each format are a table (`_FIELDS`). A namespace is recognised by its address, or by
its usual prefix if a feed forgot to declare it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from recsys.documents.html.charset import decode_html
from recsys.documents.html.dates import PrintedTime, parse_declared_time
from recsys.documents.html.html_text import plain_text, plain_title
from recsys.documents.html.metadata import clean, language_code, split_keywords
from recsys.documents.source import LOCAL_SITE, AsShown, Source
from recsys.documents.streams import Pieces, join_pieces
from recsys.documents.urls import canonical_url, site_of
from recsys.documents.xml import parse_xml, root_name
from recsys.domain import Article, Kind, ListItem, Page, RankedList
from recsys.errors import InvalidValueError, ReadError

MAX_ENTRIES = 10_000  # of one feed; those of news sites have 10 to 200

_PREFIXES = {
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ROOTS = frozenset({"rss", "feed", f"{_RDF}RDF", "rdf:RDF"})

# Elements of an entry by field, the most reliable first.
_FIELDS: dict[str, tuple[str, ...]] = {
    "headline": ("title", "dc:title", "media:title"),
    "published": (
        "pubDate",
        "published",
        "issued",
        "dc:date",
        "dcterms:issued",
        "dcterms:created",
        "updated",
    ),
    "changed": ("updated", "modified", "dcterms:modified"),
    "text": ("content:encoded", "content"),
    "summary": ("description", "summary", "media:description"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed.

    `text` is the whole story if the feed has it (`content:encoded`, Atom's `content`), `summary` anything
    shorter; both are plain text, a paragraph a line. `line` is the line of the entry in the file.
    """

    line: int
    url: str
    headline: str
    published_at: datetime | None = None
    changed_at: datetime | None = None
    text: str | None = None
    summary: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its entries in order, and the errors of those that could not be read.

    `url` is the page it belongs to, `language` a code such as `en`.
    """

    title: str | None
    url: str | None
    language: str | None
    entries: tuple[Entry, ...]
    problems: tuple[ReadError, ...] = ()
    warnings: tuple[str, ...] = ()


def is_feed(start: bytes) -> bool:
    """Whether a document begins as RSS, RDF or Atom does."""
    return root_name(start) in ("rss", "feed", "rdf:rdf")


def parse_feed(data: bytes, source: Source, *, base: str | None = None) -> Feed:
    """The feed in a document of any encoding; `base` is its address, for relative links.

    ReadError for anything else, and for a feed that declares entities, as entity bombs do and no feed needs.
    An entry without a link or a headline is one of the `problems`.
    """
    text, warnings = decode_html(data, source)
    root = parse_xml(text, source)
    name = _name(root)
    if name not in _ROOTS and root.tag not in _ROOTS:
        raise source.error("a feed (RSS or Atom)", AsShown(f"<{name}>"))
    about = next((each for each in root if _name(each) == "channel"), root)
    url = _link(about, base) or base
    language = next(filter(None, map(language_code, _languages(root, about))), None)
    entries: list[Entry] = []
    problems: list[ReadError] = []
    for number, element in enumerate(_entries(root), start=1):
        if number > MAX_ENTRIES:
            problems.append(
                source.error(f"a feed of at most {MAX_ENTRIES:,} entries", AsShown("a longer one"))
            )
            break
        try:
            entry, said = _read_entry(element, number, url, source)
        except ReadError as error:
            problems.append(error)
        else:
            entries.append(entry)
            warnings += said
    title = plain_title(_text(about, ("title",)) or "") or None
    return Feed(title, url, language, tuple(entries), tuple(problems), warnings)


def read_feed(pieces: Pieces, source: Source) -> Iterator[Page | ReadError]:
    """A Page for each entry, errors for bad ones, and a last Page with all of them as a `latest` list.

    All were seen when the feed was saved. An article gets a body only if the feed has the whole text: a
    summary must not replace a known text.
    """
    feed = parse_feed(join_pieces(pieces, source), source)
    yield from feed.problems
    site = source.site or site_of(feed.url or "") or None
    for entry in feed.entries:
        try:
            yield Page(_build_article(entry, site, feed.language, source))
        except InvalidValueError as error:
            yield source.refusal(error, line=entry.line)
    if feed.entries:
        items = tuple(ListItem(place, each.headline, each.url) for place, each in enumerate(feed.entries, 1))
        shown = RankedList(
            site or site_of(feed.entries[0].url) or LOCAL_SITE,
            Kind.LATEST,
            source.observed_at,
            items,
            title=feed.title,
        )
        yield Page(lists=(shown,), warnings=feed.warnings)
    elif not feed.problems:
        raise source.error("a feed with entries", AsShown("none"))


def _name(element: etree._Element) -> str:
    """`dc:date`, or the bare name of an element of the feed formats themselves."""
    tag = str(element.tag)
    if not tag.startswith("{"):
        return tag
    space, _, local = tag[1:].partition("}")
    return f"{_PREFIXES[space]}{local}" if space in _PREFIXES else tag


def _entries(root: etree._Element) -> Iterator[etree._Element]:
    return (each for each in root.iter() if isinstance(each.tag, str) and _name(each) in ("item", "entry"))


def _languages(*elements: etree._Element) -> Iterator[str]:
    for element in elements:
        yield element.get(f"{_XML}lang") or ""
        yield _text(element, ("language", "dc:language")) or ""


def _text(element: etree._Element, names: tuple[str, ...]) -> str | None:
    """The content of the first child with one of the names, in their order, including markup."""
    said = {}
    for child in reversed(element):
        said[_name(child)] = child
    for name in names:
        if name in said and (text := _content(said[name]).strip()):
            return text
    return None


def _content(element: etree._Element) -> str:
    """Text including markup: Atom's `type="xhtml"` has its HTML as elements."""
    inner = (etree.tostring(child, encoding="unicode") for child in element)
    return (element.text or "") + "".join(inner) if len(element) else element.text or ""


def _link(element: etree._Element, base: str | None) -> str | None:
    """The canonical address of the page that a feed or an entry links to."""
    base = canonical_url(element.get(f"{_XML}base") or "", base) or base
    by_name = [(_name(child), child) for child in element]
    texts = [child.text for name, child in by_name if name == "feedburner:origLink"]
    for name, child in by_name:
        if name == "link" and child.get("href") and child.get("rel", "alternate") == "alternate":
            texts.append(child.get("href"))
        elif name == "link" and not child.get("href"):
            texts.append(child.text)
    texts += [
        child.text
        for name, child in by_name
        if (name == "guid" and child.get("isPermaLink", "true").lower() != "false" and _is_web(child.text))
        or (name == "id" and _is_web(child.text))
    ]
    present = (text.strip() for text in texts if text and text.strip())
    return next(filter(None, (canonical_url(text, base) for text in present)), None)


def _is_web(text: str | None) -> bool:
    return (text or "").strip().startswith(("http://", "https://"))


def _read_entry(
    element: etree._Element, number: int, base: str | None, source: Source
) -> tuple[Entry, tuple[str, ...]]:
    """The entry and warnings about assumptions; ReadError names the element by line and number."""
    line, place = int(element.sourceline or 0) or 1, f"entry {number}"
    url = _link(element, base)
    if url is None:
        found = AsShown("none") if (shown := _text(element, ("link", "id", "guid"))) is None else shown
        raise source.error("the address of a story", found, line=line, field=f"{place}: link")
    headline = plain_title(_text(element, _FIELDS["headline"]) or "")
    if not headline:
        raise source.error("a headline", AsShown("none"), line=line, field=f"{place}: title")
    published, changed = (_time(element, _FIELDS[field]) for field in ("published", "changed"))
    text, summary = (_text(element, _FIELDS[field]) for field in ("text", "summary"))
    entry = Entry(
        line=line,
        url=url,
        headline=headline,
        published_at=published.moment,
        changed_at=changed.moment,
        text=plain_text(text) if text else None,
        summary=plain_text(summary) if summary else None,
        tags=split_keywords(list(_categories(element))),
        image=_image(element, url),
    )
    return entry, tuple(f"{source.name}:{line}: {each}" for each in published.warnings)


def _time(element: etree._Element, names: tuple[str, ...]) -> PrintedTime:
    text = _text(element, names)
    return PrintedTime(None) if text is None else parse_declared_time(text)


def _categories(element: etree._Element) -> Iterator[str]:
    for child in element:
        if _name(child) in ("category", "dc:subject", "media:keywords"):
            yield clean(child.get("label") or child.get("term") or child.text or "")


def _image(element: etree._Element, base: str) -> str | None:
    """The first picture: in Media RSS (alone or in a group), or an enclosure with an image type."""
    for child in element.iter():
        if not isinstance(child.tag, str):
            continue
        name, kind = _name(child), child.get("type") or ""
        is_picture = name == "media:thumbnail" or (
            name in ("media:content", "enclosure")
            and (kind.startswith("image/") or child.get("medium") == "image")
        )
        if is_picture and (address := canonical_url(child.get("url") or "", base)):
            return address
    return None


def _build_article(entry: Entry, site: str | None, language: str | None, source: Source) -> Article:
    return Article(
        site=site or site_of(entry.url) or LOCAL_SITE,
        url=entry.url,
        first_seen_at=source.observed_at,
        headline=entry.headline,
        body=entry.text,
        published_at=entry.published_at,
        tags=entry.tags,
        language=language,
        image=entry.image,
    )
