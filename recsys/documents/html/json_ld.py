"""Metadata in JSON-LD (schema.org), tolerant of broken JSON."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import cast

from lxml.html import HtmlElement

from recsys.documents.html.metadata import Metadata, clean, split_keywords
from recsys.text import headline_key

_TYPES = """Article NewsArticle AdvertiserContentArticle AnalysisNewsArticle AskPublicNewsArticle
    BackgroundNewsArticle OpinionNewsArticle ReportageNewsArticle ReviewNewsArticle Report SatiricalArticle
    ScholarlyArticle TechArticle SocialMediaPosting BlogPosting LiveBlogPosting"""
ARTICLE_TYPES = frozenset(_TYPES.split())
LISTING_TYPES = frozenset(
    "CollectionPage SearchResultsPage ProfilePage AboutPage ContactPage CheckoutPage".split()
)
"""Types of pages that are no article."""
_PAGE_TYPES = frozenset("WebPage ItemPage MedicalWebPage ClaimReview Recipe VideoObject".split())
# Objects under these keys are about another article, or none.
_OTHERS = """itemListElement comment review isRelatedTo citation mentions about hasPart isPartOf publisher
    author liveBlogUpdate relatedLink video image"""
_ELSEWHERE = frozenset(_OTHERS.split())
_MAX_NODES = 20_000  # values visited; no labelled page has more than a few hundred
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|(?:(?://|/\*)\s*+)?+\]\]>(?:\s*+\*/)?|;)\s*+$"
)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


def read_json_ld(tree: HtmlElement) -> Metadata:
    """The metadata of the page's first article object, least nested first, and of what is around it."""
    scripts = tree.xpath("//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]")
    documents = [found for script in scripts if (found := _parse(script.text or "")) is not None]
    articles = [node for node in _nodes(documents, ARTICLE_TYPES) if _is_headed(node)]
    article = _metadata_of(articles[0]) if articles else Metadata()
    kinds = Metadata(kinds=tuple(_kinds_of(articles)))
    return article.or_else(kinds).or_else(_metadata_around(documents))


def _parse(text: str) -> object:
    """The JSON in a script element; None if it cannot be repaired."""
    bare = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip()
    for attempt in (bare, _TRAILING_COMMA.sub(r"\1", bare)):
        try:
            return cast(object, json.loads(attempt, strict=False))
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(documents: list[object], types: frozenset[str]) -> Iterator[dict[str, object]]:
    """Objects of some types, breadth first, except those that belong to another article."""
    waiting, visited = deque(documents), 0
    while waiting and visited < _MAX_NODES:
        node, visited = waiting.popleft(), visited + 1
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if _types(node) & types:
                yield node
            waiting.extend(value for key, value in node.items() if key not in _ELSEWHERE)


def _kinds_of(articles: list[dict[str, object]]) -> Iterator[str]:
    """The type of each article; one that is described twice counts once."""
    known: set[str] = set()
    for node in articles:
        headline = headline_key(" ".join(_texts(node.get("headline") or node.get("name"))[:1]))
        if headline not in known:
            known.add(headline)
            yield next(iter(sorted(_types(node) & ARTICLE_TYPES)))


def _is_headed(node: dict[str, object]) -> bool:
    return bool(node.get("headline") or node.get("name"))


def _metadata_around(documents: list[object]) -> Metadata:
    """The metadata in the objects around an article: the web page, and the breadcrumb trail."""
    pages = list(_nodes(documents, _PAGE_TYPES))
    listings = _nodes(documents, LISTING_TYPES)
    trails = (_trail(node) for node in _nodes(documents, frozenset(("BreadcrumbList",))))
    return Metadata(
        published=tuple(text for node in pages for text in _texts(node.get("datePublished"))),
        sections=next((trail[:1] for trail in trails if trail), ()),
        languages=tuple(text for node in pages for text in _texts(node.get("inLanguage"))),
        images=tuple(text for node in pages for text in _images(node)),
        kinds=tuple(sorted(kind for node in listings for kind in _types(node) & LISTING_TYPES)),
    )


def _trail(node: dict[str, object]) -> tuple[str, ...]:
    """The sections of a breadcrumb trail: the steps between the front page and the article."""
    steps = node.get("itemListElement")
    names = []
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            item = step.get("item")
            named = item if isinstance(item, dict) and item.get("name") else step
            names += [clean(text) for text in _texts(named.get("name"))[:1]]
    return tuple(name for name in names[1:-1] if name)


def _images(node: dict[str, object]) -> tuple[str, ...]:
    """The addresses of an object's images, which may be texts or objects, one or several."""
    value = node.get("image") or node.get("thumbnailUrl")
    values = value if isinstance(value, list) else [value]
    found = [each.get("url") or each.get("contentUrl") if isinstance(each, dict) else each for each in values]
    return tuple(each for each in found if isinstance(each, str))


def _types(node: dict[str, object]) -> set[str]:
    return {name.rpartition("/")[2].rpartition(":")[2] for name in _texts(node.get("@type"))}


def _metadata_of(node: dict[str, object]) -> Metadata:
    page = node.get("mainEntityOfPage")
    address = page.get("@id") or page.get("url") if isinstance(page, dict) else page
    keywords = _texts(node.get("keywords"))
    return Metadata(
        headlines=tuple(
            filter(None, (clean(text) for key in ("headline", "name") for text in _texts(node.get(key))[:1]))
        ),
        published=tuple(_texts(node.get("datePublished")) + _texts(node.get("dateCreated"))),
        sections=tuple(filter(None, map(clean, _texts(node.get("articleSection"))[:1]))),
        tags=split_keywords(keywords),
        languages=tuple(_texts(node.get("inLanguage"))),
        images=_images(node),
        urls=tuple(text for text in (*_texts(node.get("url")), *_texts(address)) if "/" in text),
    )


def _texts(value: object) -> list[str]:
    """The texts of a value that may be one, a list of them, or an object with a name."""
    values = value if isinstance(value, list) else [value]
    named = [each.get("name") if isinstance(each, dict) else each for each in values]
    return [each for each in named if isinstance(each, str) and each.strip()]
