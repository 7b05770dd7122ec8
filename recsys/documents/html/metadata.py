"""Metadata of an article in Open Graph, meta elements, microdata, `<time>` and titles."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, fields

from lxml.html import HtmlElement

from recsys.domain import MAX_HEADLINE
from recsys.text import one_line

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_VAGUE_TIMES = frozenset(("date", "last-modified", "dc.date", "dcterms.created"))
"""Names of times that pages other than articles have too."""
_LANGUAGE = re.compile(r"^([A-Za-z]{2,3})(?:[-_]|$)")
_MAX_TAGS = 50

# Names of `property`, `name` or `itemprop` by field, the most reliable first.
_META: dict[str, tuple[str, ...]] = {
    "headlines": ("og:title", "twitter:title", "dc.title", "sailthru.title", "parsely-title"),
    "published": (
        "article:published_time", "og:published_time", "datepublished", "date.published", "dc.date.issued",
        "dcterms.created", "dc.date", "pubdate", "publishdate", "publish-date", "sailthru.date",
        "parsely-pub-date", "article.published", "cxenseparse:recs:publishtime", "date", "last-modified",
    ),
    "sections": (
        "article:section", "articlesection", "section", "parsely-section", "cxenseparse:recs:section",
    ),
    "tags": ("article:tag", "news_keywords", "parsely-tags", "keywords"),
    "languages": ("og:locale", "content-language", "dc.language", "language"),
    "urls": ("og:url", "twitter:url"),
    "names": ("og:site_name", "application-name", "apple-mobile-web-app-title", "publisher"),
    "images": ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"),
    "kinds": ("og:type",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """Candidates for the fields of an article, the most reliable first."""

    headlines: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    """The text of `<h1>` elements."""
    names: tuple[str, ...] = ()
    """Names of the site."""
    published: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """What the page says it is: the type of each article and web page in JSON-LD, then that of Open Graph."""

    def or_else(self, other: Metadata) -> Metadata:
        """The candidates of both, these first; the other's tags only if these have none."""
        joined = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        return Metadata(**joined | {"tags": self.tags or other.tags})


def read_meta(tree: HtmlElement) -> Metadata:
    """The metadata in meta elements."""
    said: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = (
            meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        )
        if content := clean(meta.get("content") or ""):
            said.setdefault(name.strip().lower(), []).append(content)
    found = {
        fact: tuple(text for name in names for text in said.get(name, ())) for fact, names in _META.items()
    }
    first_tags = next((said[name] for name in _META["tags"] if name in said), [])
    return Metadata(**found | {"tags": split_keywords(first_tags)})


def declares_publication(tree: HtmlElement) -> bool:
    """Whether a page says of itself when it was published, in a meta element or once in microdata."""
    names = frozenset(_META["published"]) - _VAGUE_TIMES
    metas = ((meta.get("property") or meta.get("name") or "").strip().lower() for meta in tree.iter("meta"))
    return any(name in names for name in metas) or len(tree.xpath("//*[@itemprop='datePublished']")) == 1


def read_markup(tree: HtmlElement) -> Metadata:
    """The metadata in links, headings, `<time>` and microdata."""
    canonical = [link.get("href") for link in tree.xpath("//link[@rel='canonical'][@href]")]
    times = (
        tree.xpath("//*[@itemprop='datePublished']")
        + tree.xpath("//time[@pubdate]")
        + tree.xpath("//article//time")
    )
    times += tree.xpath("//time")
    return Metadata(
        headlines=tuple(filter(None, (clean(text_of(found)) for found in tree.xpath("//h1 | //title")))),
        printed=tuple(filter(None, (clean(text_of(found)) for found in tree.iter("h1")))),
        published=tuple(
            filter(
                None, (clean(each.get("datetime") or each.get("content") or text_of(each)) for each in times)
            )
        ),
        sections=tuple(
            filter(
                None,
                (
                    clean(text_of(each))
                    for each in tree.xpath("//*[@itemprop='articleSection'][not(@content)]")
                ),
            )
        ),
        languages=tuple(filter(None, (tree.get("lang"), tree.get("xml:lang")))),
        urls=tuple(canonical),
    )


def text_of(element: HtmlElement) -> str:
    """All text in an element, as it is in the source."""
    return "".join(element.itertext(with_tail=False))


def clean(text: str) -> str:
    """Text as a reader sees it, on one line: no entities or control characters, cut at 2,000 characters."""
    short = text[: 4 * MAX_HEADLINE]
    if "&" in short:
        short = html.unescape(short)
    if not short.isprintable():
        short = _UNSTORABLE.sub("", short).replace("\x85", " ")
    return one_line(short)[:MAX_HEADLINE].strip()


def split_keywords(texts: list[str]) -> tuple[str, ...]:
    """Tags from lists of keywords, separated by commas or semicolons; each once."""
    parts = [clean(part) for text in texts for part in re.split(r"[,;，、]", text[: 4 * MAX_HEADLINE])]
    return tuple(dict.fromkeys(part for part in parts if part))[:_MAX_TAGS]


def language_code(text: str) -> str | None:
    """The language of a tag: `en` of `en-GB`."""
    found = _LANGUAGE.match(text.strip())
    return found[1].lower() if found else None
