"""Links that may be headlines: their addresses, and which part of their text is the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.html.link_rules import is_place, looks_like_story
from recsys.documents.html.metadata import clean
from recsys.documents.urls import canonical_url

MAX_LINKS = 4_000  # the labelled page with the most has 1,300

TITLE_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TITLE_CLASS = re.compile(
    r"(?<![a-z])(?:title|headline|titel|titulo|titulos|titre|titolo|heading|überschrift|rubrik)(?![a-z])"
    r"|(?:Title|Headline|Heading)(?![a-z])|(?<![a-z])(?:article|post|entry|item|card|story|news)[_-]?title"
)
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_SHARING = re.compile(
    r"(?:facebook\.com/share|twitter\.com/(?:intent|share)|/share\b|whatsapp\.com|pinterest\.|/print/?$)"
)
_MORE = re.compile(  # texts of links to the whole list
    r"^\W*+(?:(?:view|see|show|browse|load|read|get|explore) (?:all|more|the full|the latest)\b"
    r"|more (?:from|in|on)\b|all (?:news|stories|articles|posts)\b"
    r"|alle .{0,40}(?:anzeigen|ansehen|lesen|zeigen)\b|zur [üu]bersicht"
    r"|(?:mehr|weitere) .{0,40}(?:anzeigen|laden|nachrichten|artikel)$"
    r"|ver (?:m[áa]s|tod[oa]s)|vea? m[áa]s|leer m[áa]s|voir (?:tou[st]|plus)|tou(?:s|tes) les|ver mais"
    r"|vedi (?:tutt|altr)|leggi tutt|bekijk (?:alle|meer)|visa (?:alla|fler)|se (?:alle|flere)|n[äa]yt[äa]"
    r"|もっと(?:見る|読む)|一覧(?:へ|を見る|はこちら)?|더 ?보기|更多|查看(?:更多|全部))",
    re.IGNORECASE,
)
_MIN_CHARACTERS = 20  # a shorter text is like a headline only if it has four words
_MIN_CJK = 9
_ALONE_CHARACTERS = 8  # the least that a title or the text of a picture has


_INLINE_DEPTH = 3
_INLINE = frozenset("p em strong b i span blockquote".split())


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link. `reads`: its text is as long as a headline; `leads`: its address is that of a story."""

    node: int
    url: str
    text: str
    is_titled: bool
    reads: bool
    leads: bool

    @property
    def is_story(self) -> bool:
        return self.reads or self.leads


def find_anchors(dom: FlatDom, base: str | None) -> list[Anchor]:
    """The links to pages in document order, except share buttons and links in sentences."""
    found: list[Anchor] = []
    paragraphs = _Paragraphs(dom)
    for node, tag in enumerate(dom.tags):
        if tag != "a" or paragraphs.hold(node):
            continue
        if (anchor := _parse_anchor(dom, node, base)) is not None:
            found.append(anchor)
            if len(found) >= MAX_LINKS:
                break
    return found


def reads_like_headline(text: str) -> bool:
    """Whether a text is as long as a headline."""
    if _CJK.search(text):
        return len(text) >= _MIN_CJK
    words = len(text.split())
    return (len(text) >= _MIN_CHARACTERS and words > 1) or words >= 4


def text_weight(text: str) -> float:
    """The length of a text in Latin letters: a Chinese character counts as two and a half."""
    return len(text) + 1.5 * len(_CJK.findall(text))


def reads_like_sentence(text: str) -> bool:
    """Whether a text is too long for a heading, so that it is a headline with the same words."""
    return len(text) > 15 if _CJK.search(text) else len(text) > 40 or len(text.split()) > 5


def is_title(dom: FlatDom, node: int) -> bool:
    """Whether an element is a title by its tag or its class."""
    return dom.tags[node] in TITLE_TAGS or _is_title_class(dom.classes(node))


@lru_cache(maxsize=4096)
def _is_title_class(classes: str) -> bool:
    return bool(_TITLE_CLASS.search(classes))


def _parse_anchor(dom: FlatDom, node: int, base: str | None) -> Anchor | None:
    href = (dom.attributes[node].get("href") or "").strip()
    if not href or href[0] == "#" or href[:11].lower() == "javascript:":
        return None
    url = canonical_url(href, base)
    if url is None or _SHARING.search(url):
        return None
    inner = _title_within(dom, node)
    text = dom.text(node if inner is None else inner)
    if _MORE.match(text):
        return None
    is_titled = inner is not None or _is_under_title(dom, node)
    place = is_place(url)
    return Anchor(node, url, text, is_titled, not place and reads_like_headline(text), looks_like_story(url))


def _title_within(dom: FlatDom, node: int) -> int | None:
    """The longest title in a link; text above it is a kicker."""
    inner = range(node + 1, dom.ends[node])
    titles = [each for each in inner if is_title(dom, each) and dom.size(each) >= _ALONE_CHARACTERS]
    tagged = [each for each in titles if dom.tags[each] in TITLE_TAGS] or titles
    return max(tagged, key=dom.size) if tagged else None


def _is_under_title(dom: FlatDom, node: int) -> bool:
    above = dom.parents[node]
    higher = dom.parents[above] if above >= 0 else -1
    return any(each >= 0 and is_title(dom, each) for each in (node, above, higher))


class _Paragraphs:
    """Finds the paragraphs that have more text than their links."""

    def __init__(self, dom: FlatDom) -> None:
        self._dom = dom
        self._known: dict[int, bool] = {}

    def hold(self, node: int) -> bool:
        """Whether a link is part of a sentence."""
        for depth, above in enumerate(self._dom.ancestors(node)):
            if depth > _INLINE_DEPTH or self._dom.tags[above] not in _INLINE:
                return False
            if self._dom.tags[above] in ("p", "blockquote"):
                return self._says_more(above)
        return False

    def _says_more(self, paragraph: int) -> bool:
        if paragraph not in self._known:
            dom = self._dom
            inside = range(paragraph, dom.ends[paragraph])
            linked = sum(dom.size(each) for each in inside if dom.tags[each] == "a")
            self._known[paragraph] = dom.size(paragraph) > 2 * linked + _ALONE_CHARACTERS
        return self._known[paragraph]


def title_of(dom: FlatDom, start: int, end: int) -> str:
    """The headline in a part of a page whose link is a picture; empty if there is none."""
    titles: Iterator[int] = (each for each in range(start, end) if is_title(dom, each))
    return next((text for each in titles if len(text := dom.text(each)) >= _ALONE_CHARACTERS), "")


def described_by(dom: FlatDom, node: int) -> str:
    """The label, title or alternative text of a link without text, or of the picture in it."""
    for each in range(node, dom.ends[node]):
        element = dom.attributes[each]
        if text := clean(element.get("aria-label") or element.get("title") or element.get("alt") or ""):
            return text
    return ""
