"""Repeated records: siblings with one headline each, the structure that lists have on every site.

A group is found top-down: if the children of an element look alike and each has exactly one story at the
same path within (its column), they are items. So an author, a section or a share price that every item links
to as well is not taken for the headline, and what surrounds a list is no part of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean as mean

from recsys.documents.html.flat_dom import FlatDom
from recsys.documents.lists.story_links import Anchor, described_by, reads_like_headline, title_of

_FITTING = 0.6  # of the siblings have one story in the column
_NESTED = 0.34  # of the siblings have several: they are lists themselves
_DEPTH = 12  # levels of the path from an item to its link that are compared
_SEVERAL = 3
_LONG = 70  # characters; a longer text is no better as a headline
_TITLED = 40  # the weight of being a title, in characters
_LEADING = 20  # the weight of a story's address, in characters
_WORDED = 45  # the weight of a link that may be a story

_STATES = frozenset("first last odd even active left right current selected visible hidden alt".split())

Path = tuple[str, ...]
Placed = tuple[Path, Anchor]


@dataclass(frozen=True, slots=True)
class Item:
    """A story as a part of a page: the elements from `start` up to `end`, its address and its headline."""

    start: int
    end: int
    anchor: Anchor
    group: int
    """The element whose children are the items of the group; -1 for a single link."""

    @property
    def url(self) -> str:
        return self.anchor.url

    @property
    def text(self) -> str:
        return self.anchor.text


def find_items(dom: FlatDom, anchors: Sequence[Anchor]) -> list[Item]:
    """The stories of a page in document order, those of a group with its number."""
    found = _Finder(dom, anchors).find()
    return sorted(found, key=lambda item: item.start)


class _Finder:
    """The links of a page, and the elements that contain them, as a tree."""

    def __init__(self, dom: FlatDom, anchors: Sequence[Anchor]) -> None:
        self._dom = dom
        self._anchors = anchors
        self._nodes = [anchor.node for anchor in anchors]
        self._kids: dict[int, list[int]] = {}
        seen: set[int] = set()
        for node in self._nodes:
            while node not in seen:
                seen.add(node)
                if (above := dom.parents[node]) < 0:
                    break
                self._kids.setdefault(above, []).append(node)
                node = above  # noqa: PLW2901

    def find(self) -> Iterator[Item]:
        waiting = [0] if self._nodes else []
        while waiting:
            node = waiting.pop()
            kids = self._kids.get(node, [])
            if len({anchor.url for anchor in self._within(node)}) == 1:
                yield from self._alone(node)
            elif len(kids) < 2:
                waiting.extend(kids)
            else:
                rest = set(kids)
                for run in self._runs(kids):
                    items = list(self._items_of(run, node))
                    yield from items
                    rest.difference_update(item.start for item in items)
                waiting.extend(rest)

    def _within(self, node: int) -> Sequence[Anchor]:
        begin = bisect_left(self._nodes, node)
        return self._anchors[begin : bisect_left(self._nodes, self._dom.ends[node])]

    def _alone(self, node: int) -> Iterator[Item]:
        if anchor := self._best(self._within(node), node):
            yield Item(node, self._dom.ends[node], anchor, -1)

    def _runs(self, kids: Sequence[int]) -> list[list[int]]:
        """The siblings that may be the items of one list, by tag."""
        by_tag: dict[str, list[int]] = {}
        for kid in kids:
            by_tag.setdefault(self._dom.tags[kid], []).append(kid)
        return [run for run in by_tag.values() if len(run) >= 2]

    def _items_of(self, run: Sequence[int], group: int) -> Iterator[Item]:
        """The siblings as items; none if they are something else."""
        placed = {kid: [(self._path(anchor, kid), anchor) for anchor in self._within(kid)] for kid in run}
        column = _find_column(placed)
        if column is None:
            return
        for kid, links in placed.items():
            if _is_nested(links):
                continue
            inside = {anchor.url for path, anchor in links if path == column}
            urls = inside or {anchor.url for _, anchor in links if anchor.is_story}
            if len(urls) == 1 and (
                anchor := self._best([each for _, each in links if each.url in urls], kid)
            ):
                yield Item(kid, self._dom.ends[kid], anchor, group)

    def _path(self, anchor: Anchor, kid: int) -> Path:
        """The tags from a sibling down to the link, and the classes of the last two."""
        node, path = anchor.node, list[str]()
        while node > kid and len(path) < _DEPTH:
            path.append(self._dom.tags[node])
            node = self._dom.parents[node]
        parent = self._dom.parents[anchor.node]
        path.append(_first_word(self._dom.classes(anchor.node)))
        if anchor.node > kid:
            path.append(_first_word(self._dom.classes(parent)) if parent > kid else "")
        return tuple(path)

    def _best(self, anchors: Iterable[Anchor], node: int) -> Anchor | None:
        """The link with most of a story's text: the titled one, else the first with text."""
        known = list(anchors)
        titled = [each for each in known if each.is_titled and each.text]
        worded = titled or [each for each in known if each.reads] or [each for each in known if each.text]
        if worded:
            return worded[0]
        first = known[0]
        text = title_of(self._dom, node, self._dom.ends[node]) or described_by(self._dom, first.node)
        return (
            Anchor(first.node, first.url, text, True, reads_like_headline(text), first.leads)
            if text
            else None
        )


def _is_nested(links: Iterable[Placed]) -> bool:
    """Whether a sibling has several stories at one path: it is a list itself."""
    urls: dict[Path, set[str]] = {}
    for path, anchor in links:
        if anchor.reads:
            urls.setdefault(path, set()).add(anchor.url)
    return any(len(found) >= _SEVERAL for found in urls.values())


def _find_column(placed: Mapping[int, Sequence[Placed]]) -> Path | None:
    """The path within the siblings at which each has its story; None if they are no items."""
    if sum(map(_is_nested, placed.values())) > _NESTED * len(placed):
        return None
    urls: dict[Path, Counter[int]] = {}
    worth: dict[Path, list[float]] = {}
    for kid, links in placed.items():
        for path, url in dict.fromkeys((path, anchor.url) for path, anchor in links):
            urls.setdefault(path, Counter())[kid] += bool(url)
        for path, anchor in links:
            worth.setdefault(path, []).append(_weigh(anchor))
    best: Path | None = None
    for path, counts in urls.items():
        several = sum(count > 1 for count in counts.values())
        if several > _NESTED * len(placed) and max(worth[path]) > _WORDED:
            return None
        is_column = len(counts) - several >= max(2, _FITTING * len(placed))
        if is_column and (best is None or mean(worth[path]) > mean(worth[best])):
            best = path
    return best


def _weigh(anchor: Anchor) -> float:
    """How much a link resembles a headline."""
    return min(len(anchor.text), _LONG) + _TITLED * anchor.is_titled + _LEADING * anchor.leads


@lru_cache(maxsize=4096)
def _first_word(classes: str) -> str:
    """The first class that describes an element, without generated numbers."""
    return next((word for word in classes.split() if word not in _STATES), "").rstrip("0123456789-_")
