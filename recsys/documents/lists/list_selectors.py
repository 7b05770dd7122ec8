"""List selectors: the lists of a site as its newsroom defines them, instead of those that are detected.

They are in a table of recsys.toml:

    [sites."example.org"]
    lists = [
      { selector = "//aside[@id='top-ten']", kind = "popular", title = "Top ten" },
      { selector = "//div[@class='partners']", kind = "none" },
    ]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from recsys.documents.html.flat_dom import FlatDom, Span
from recsys.documents.lists.repeated_records import Item
from recsys.documents.lists.story_links import Anchor
from recsys.domain import Kind
from recsys.errors import InvalidValueError, SettingsError, shorten

NO_LIST = "none"
_LISTS = "lists"
PROFILE_KEYS = (_LISTS,)
"""The keys of a site that describe its pages."""
_KINDS = (*(str(kind) for kind in Kind if kind not in (Kind.SERVED, Kind.INLINE)), NO_LIST)
_FIELDS = ("selector", "kind", "title", "scope")
_NOTHING = etree.fromstring("<html/>")


@dataclass(frozen=True, slots=True)
class ListRule:
    """The items of a list: the headline links in the elements that an XPath expression selects.

    `kind` is None for elements that are no list. `title` is the printed heading; it selects nothing.
    """

    selector: str
    kind: Kind | None
    title: str | None = None
    scope: str | None = None

    def __post_init__(self) -> None:
        expected = "an XPath expression that selects elements"
        try:
            found = etree.XPath(self.selector)(_NOTHING)
        except (etree.XPathError, ValueError):
            raise InvalidValueError("selector", expected=expected, found=self.selector) from None
        if not isinstance(found, list):
            raise InvalidValueError("selector", expected=expected, found=self.selector)


@dataclass(frozen=True, slots=True)
class Profile:
    """The list selectors of one site."""

    lists: tuple[ListRule, ...] = ()


Profiles = Mapping[str, Profile]
"""By site, as in `Article.site`: the host without `www.`."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a rule selects on a page: the elements, and the items in them, each address once."""

    rule: ListRule
    parts: tuple[Span, ...]
    items: tuple[Item, ...] = field(default=())


def read_profiles(table: object, *, where: str, others: Sequence[str] = ()) -> dict[str, Profile]:
    """The selectors in a table of sites; `others` are the keys of a site that are read elsewhere.

    SettingsError names the site, the rule and what was expected, also for unknown keys.
    """
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where}: expected a table of sites, found {shorten(table)}")
    found = {}
    for site, entries in table.items():
        here = f'{where}."{site}"'
        if not isinstance(entries, Mapping):
            raise SettingsError(f"{here}: expected a table, found {shorten(entries)}")
        for key in entries:
            if key not in (_LISTS, *others):
                raise SettingsError(
                    f"{here}.{key}: unknown key, expected one of {', '.join((_LISTS, *others))}"
                )
        rules = entries.get(_LISTS, [])
        if not isinstance(rules, list):
            raise SettingsError(f"{here}.{_LISTS}: expected a list of tables, found {shorten(rules)}")
        found[site] = Profile(
            tuple(
                _read_rule(rule, f"{here}.{_LISTS}[{number}]") for number, rule in enumerate(rules, start=1)
            )
        )
    return found


def _read_rule(table: object, where: str) -> ListRule:
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where}: expected a table with selector and kind, found {shorten(table)}")
    for key, value in table.items():
        if key not in _FIELDS:
            raise SettingsError(f"{where}.{key}: unknown key, expected one of {', '.join(_FIELDS)}")
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"{where}.{key}: expected text, found {shorten(value)}")
    for key in _FIELDS[:2]:
        if key not in table:
            raise SettingsError(f"{where}.{key}: expected one, found none")
    if table["kind"] not in _KINDS:
        raise SettingsError(
            f"{where}.kind: expected one of {', '.join(_KINDS)}, found {shorten(table['kind'])}"
        )
    kind = None if table["kind"] == NO_LIST else Kind(table["kind"])
    try:
        return ListRule(table["selector"], kind, table.get("title"), table.get("scope"))
    except InvalidValueError as error:
        raise SettingsError(f"{where}.{error}") from None


def apply_profile(
    profile: Profile, tree: HtmlElement, dom: FlatDom, items: Sequence[Item], anchors: Sequence[Anchor]
) -> Iterator[Ruled]:
    """What each rule selects on a page, even if it is nothing."""
    numbers = {element: number for number, element in enumerate(dom.elements)}
    for rule in profile.lists:
        try:
            selected = etree.XPath(rule.selector)(tree)
        except etree.XPathError:  # an error that only this page causes, such as a number in place of elements
            selected = []
        found = sorted(
            numbers[each] for each in selected if isinstance(each, HtmlElement) and each in numbers
        )
        parts = tuple((number, dom.ends[number]) for number in found)
        chosen = [item for part in parts for item in _items_in(part, items, anchors)]
        unique = {item.url: item for item in reversed(chosen)}
        yield Ruled(rule, parts, tuple(sorted(unique.values(), key=lambda item: item.start)))


def _items_in(part: Span, items: Sequence[Item], anchors: Sequence[Anchor]) -> list[Item]:
    """The stories in a part of a page; if it has no structure, its links with text."""
    start, end = part
    known = [item for item in items if start <= item.anchor.node < end]
    stories = [item for item in known if item.anchor.is_story]
    return (
        stories
        or known
        or [
            Item(anchor.node, anchor.node + 1, anchor, -1)
            for anchor in anchors
            if start <= anchor.node < end and anchor.text
        ]
    )
