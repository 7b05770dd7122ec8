"""How an object of a site becomes an article."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import islice
from typing import Any, ClassVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from django.utils import timezone
from django.utils.module_loading import import_string

from recsys.documents import canonical_url, site_of
from recsys.documents.html.html_text import read_fragment
from recsys.documents.html.link_rules import inline_items
from recsys.domain import MAX_HEADLINE, Article, Kind, Page, RankedList, check_time
from recsys.errors import InvalidValueError
from recsys.integrations.django.conf import NAME, config
from recsys.text import one_line

MAX_TAGS = 100
MAX_NAME = 2_000
"""Characters of a tag, a section or an address."""
MAX_LANGUAGE = 35
"""Characters of a language tag (RFC 5646, 4.4.1). All three are what a service takes (docs/http.md)."""

Source = str | Callable[[Any], Any] | None
"""Where a field comes from: the name of an attribute or method, with dots (`"section.name"`); a function of
the object; or None, it has none."""


@dataclass(frozen=True, slots=True)
class Described:
    """What an object says, as text; what it lacks is None."""

    url: str
    headline: str | None = None
    html: str | None = None
    published_at: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    image: str | None = None


class Adapter:
    """Describes the objects of one model. A subclass says where the fields are, or overrides `describe`."""

    url: ClassVar[Source] = "get_absolute_url"
    headline: ClassVar[Source] = "title"
    body: ClassVar[Source] = "body"
    """Text or HTML; the links in it teach what belongs together."""
    published_at: ClassVar[Source] = "published_at"
    section: ClassVar[Source] = None
    tags: ClassVar[Source] = None
    """Texts, or what `str` makes texts of; a manager is asked for `all()`."""
    language: ClassVar[Source] = None
    image: ClassVar[Source] = None
    """An address, or a field with a `url`."""
    is_public: ClassVar[Source] = None
    """Whether readers can see it; None: whoever is published is public."""

    def __init__(self, model: type[Any]) -> None:
        self.model = model

    @property
    def label(self) -> str:
        """The model's name: `news.article`."""
        return str(self.model._meta.label_lower)

    def objects(self, keys: Iterable[object] | None = None) -> Any:
        """A queryset of those with some primary keys, or of all. Override it to select what is related."""
        found = self.model._default_manager.all()
        return found if keys is None else found.filter(pk__in=list(keys))

    def address(self, instance: Any) -> str | None:
        """The canonical address of an object; None when it has none that a reader could be sent to."""
        told = _read(instance, self.url)
        return None if not told else canonical_url(str(told), config().site_url)

    def is_shown(self, instance: Any, now: datetime) -> bool:
        """Whether readers can see it at a moment."""
        published = _moment(_read(instance, self.published_at))
        public = True if self.is_public is None else bool(_read(instance, self.is_public))
        return public and (published is None or published <= now)

    def describe(self, instance: Any, url: str) -> Described:
        """What an object says."""
        return Described(
            url,
            headline=_text(_read(instance, self.headline)),
            html=_text(_read(instance, self.body)),
            published_at=_moment(_read(instance, self.published_at)),
            section=_text(_read(instance, self.section)),
            tags=tuple(_texts(_read(instance, self.tags))),
            language=_text(_read(instance, self.language)),
            image=_image(_read(instance, self.image)),
        )

    def page(self, instance: Any, seen_at: datetime, *, draft: bool = False) -> Page | None:
        """The article and the links of its text, as seen at a moment.

        None for what has no address or says nothing, and, unless it is a draft, for what readers cannot see.
        InvalidValueError for a field that an article cannot have.
        """
        url = self.address(instance)
        if url is None or not (draft or self.is_shown(instance, seen_at)):
            return None
        return build_page(self.describe(instance, url), seen_at)


def build_page(told: Described, seen_at: datetime) -> Page | None:
    """What was described, as a page of the store; None when it is neither headline nor text.

    What is longer than a store or a service takes is cut: headline, text, section and tags; a language or the
    address of a picture that is too long to be one is left out.
    """
    body = read_fragment(_storable(told.html or ""))
    headline = _cut(told.headline, MAX_HEADLINE)
    if headline is None and body.text is None:
        return None
    article = Article(
        site=site_of(told.url),
        url=told.url,
        first_seen_at=seen_at,
        headline=headline,
        body=body.text,
        published_at=told.published_at,
        section=_cut(told.section, MAX_NAME),
        tags=_cut_tags(told.tags),
        language=_storable(told.language) if told.language and len(told.language) <= MAX_LANGUAGE else None,
        image=_image_address(told.image, config().site_url or told.url),
    )
    items = inline_items(body.links, told.url, article.site)
    lists = (RankedList(article.site, Kind.INLINE, seen_at, items, page_url=told.url),) if items else ()
    return Page(article, lists)


def adapters() -> dict[type[Any], Adapter]:
    """The models that are articles. ImproperlyConfigured for one that RECSYS names and nobody knows."""
    if not config().is_on:
        return {}
    named = {_model(label): told for label, told in config().articles.items()}
    found = {model: kind(model) for model, kind in _registered.items()}
    return found | {model: _build(model, told) for model, told in named.items()}


def register(model: type[Any], kind: type[Adapter]) -> None:
    """Objects of a model are articles, unless RECSYS says how."""
    _registered[model] = kind
    _adapters.cache_clear()


def adapter_of(instance: Any) -> Adapter | None:
    """The adapter of an object's model; None for what is no article."""
    return _adapters().get(type(instance))


def adapter_for(label: str) -> Adapter | None:
    """The adapter of a model by its name."""
    return next((each for each in _adapters().values() if each.label == label), None)


def each_adapter() -> Iterator[Adapter]:
    """All of them."""
    yield from _adapters().values()


_registered: dict[type[Any], type[Adapter]] = {}
_adapters = cache(adapters)


def forget_adapters() -> None:
    """Read the settings anew when they are asked for next."""
    config.cache_clear()
    _adapters.cache_clear()


def _model(label: str) -> type[Any]:
    try:
        model: type[Any] = apps.get_model(label)
    except (LookupError, ValueError):
        raise ImproperlyConfigured(f"{NAME}['ARTICLES']: there is no model {label!r}") from None
    return model


def _build(model: type[Any], told: object) -> Adapter:
    """An adapter of a class, of the path of one, or of a dictionary of its fields."""
    where = f"{NAME}['ARTICLES'][{model._meta.label!r}]"
    kind = import_string(told) if isinstance(told, str) else told
    if isinstance(kind, Mapping):
        known = set(Adapter.__annotations__)
        if unknown := sorted(set(kind) - known):
            raise ImproperlyConfigured(f"{where}: unknown {unknown[0]!r}, expected some of {sorted(known)}")
        sources = {name: staticmethod(each) if callable(each) else each for name, each in kind.items()}
        kind = type("FieldsAdapter", (Adapter,), sources)
    if not isinstance(kind, type) or not issubclass(kind, Adapter):
        raise ImproperlyConfigured(f"{where}: expected a dictionary of fields or a subclass of Adapter")
    return kind(model)


def _read(instance: Any, source: object) -> Any:
    """What a source says of an object; None where something on the way is missing."""
    if source is None or source == "":
        return None
    if callable(source):
        return source(instance)
    found = instance
    for name in str(source).split("."):
        try:
            found = getattr(found, name)
        except ObjectDoesNotExist:
            return None
        if callable(found) and not hasattr(found, "all"):
            found = found()
        if found is None:
            return None
    return found


def _text(told: Any) -> str | None:
    text = "" if told is None else _storable(str(told)).strip()
    return text or None


def _texts(told: Any) -> list[str]:
    found = told.all() if hasattr(told, "all") else told
    each = [found] if isinstance(found, str) else list(found or ())
    return [text for one in each if (text := _text(one))]


def _image(told: Any) -> str | None:
    if not told:
        return None
    try:
        return _text(getattr(told, "url", told))
    except ValueError:  # a field without a file
        return None


def _storable(text: str) -> str:
    """The text as every database and UTF-8 can hold it: without NUL, and without half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _cut(text: str | None, most: int) -> str | None:
    """The beginning of a text in one line; None where nothing is left."""
    return one_line(_storable((text or "")[:most])) or None


def _cut_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The first tags, each once."""
    found = dict.fromkeys(cut for tag in tags if (cut := _cut(tag, MAX_NAME)))
    return tuple(islice(found, MAX_TAGS))


def _image_address(told: str | None, base: str) -> str | None:
    """The address of a picture; None for one that is none, or too long to be stored."""
    address = None if told is None else canonical_url(_storable(told), base)
    return address if address is not None and len(address) <= MAX_NAME else None


def _moment(told: Any) -> datetime | None:
    """A time with a zone; a date is its beginning, a time without a zone is of the site's."""
    if told is None:
        return None
    if not isinstance(told, datetime):
        if not isinstance(told, date):
            raise InvalidValueError("published_at", expected="a time or a date", found=told)
        told = datetime.combine(told, time())
    try:
        zoned = timezone.make_aware(told) if timezone.is_naive(told) else told
        check_time("published_at", zoned)
        moment: datetime = zoned.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar do not exist in every zone
        raise InvalidValueError("published_at", expected="a year from 1900 to 2200", found=told) from None
    return moment
