"""Adapters: how the objects of a site become articles."""

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
"""Characters of a language tag (RFC 5646, 4.4.1). The service has the same three limits (docs/http.md)."""

Source = str | Callable[[Any], Any] | None
"""Where a field comes from: the dotted name of an attribute or method (`"section.name"`), a function of the
object, or None if there is none."""


@dataclass(frozen=True, slots=True)
class ArticleFields:
    """The fields of an object as text; None for missing ones."""

    url: str
    headline: str | None = None
    html: str | None = None
    published_at: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    image: str | None = None


class Adapter:
    """Reads the objects of one model. A subclass names the sources of the fields, or overrides `describe`."""

    url: ClassVar[Source] = "get_absolute_url"
    headline: ClassVar[Source] = "title"
    body: ClassVar[Source] = "body"
    """Text or HTML; its links are used for training."""
    published_at: ClassVar[Source] = "published_at"
    section: ClassVar[Source] = None
    tags: ClassVar[Source] = None
    """Strings, objects that `str` converts, or a manager with `all()`."""
    language: ClassVar[Source] = None
    image: ClassVar[Source] = None
    """A URL, or a field with a `url`."""
    is_public: ClassVar[Source] = None
    """Whether readers can see it; with None, everything that is published is public."""

    def __init__(self, model: type[Any]) -> None:
        self.model = model

    @property
    def label(self) -> str:
        """The label of the model: `news.article`."""
        return str(self.model._meta.label_lower)

    def objects(self, keys: Iterable[object] | None = None) -> Any:
        """Return a queryset of the objects with these primary keys, or of all. Override it to use
        select_related.
        """
        objects = self.model._default_manager.all()
        return objects if keys is None else objects.filter(pk__in=list(keys))

    def address(self, instance: Any) -> str | None:
        """Return the canonical URL of an object, or None if it has none on the web."""
        url = _read(instance, self.url)
        return None if not url else canonical_url(str(url), config().site_url)

    def is_shown(self, instance: Any, now: datetime) -> bool:
        """Whether readers can see an object at a moment."""
        published = _moment(_read(instance, self.published_at))
        public = True if self.is_public is None else bool(_read(instance, self.is_public))
        return public and (published is None or published <= now)

    def describe(self, instance: Any, url: str) -> ArticleFields:
        """Return the fields of an object."""
        return ArticleFields(
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
        """Return the article and the links in its text, as of a moment.

        None if it has no URL or no content, and, unless `draft` is set, if readers cannot see it.
        InvalidValueError for an invalid field value.
        """
        url = self.address(instance)
        if url is None or not (draft or self.is_shown(instance, seen_at)):
            return None
        return build_page(self.describe(instance, url), seen_at)


def build_page(fields: ArticleFields, seen_at: datetime) -> Page | None:
    """Return the page of an article; None if it has neither a headline nor text.

    Headline, text, section and tags are truncated to what the store and the service accept; a language or an
    image URL that is too long is dropped.
    """
    body = read_fragment(_storable(fields.html or ""))
    headline = _cut(fields.headline, MAX_HEADLINE)
    if headline is None and body.text is None:
        return None
    article = Article(
        site=site_of(fields.url),
        url=fields.url,
        first_seen_at=seen_at,
        headline=headline,
        body=body.text,
        published_at=fields.published_at,
        section=_cut(fields.section, MAX_NAME),
        tags=_cut_tags(fields.tags),
        language=_storable(fields.language)
        if fields.language and len(fields.language) <= MAX_LANGUAGE
        else None,
        image=_image_address(fields.image, config().site_url or fields.url),
    )
    items = inline_items(body.links, fields.url, article.site)
    lists = (RankedList(article.site, Kind.INLINE, seen_at, items, page_url=fields.url),) if items else ()
    return Page(article, lists)


def adapters() -> dict[type[Any], Adapter]:
    """Return the adapters by model. ImproperlyConfigured if RECSYS names an unknown model."""
    if not config().is_on:
        return {}
    configured = {_model(label): spec for label, spec in config().articles.items()}
    registered = {model: kind(model) for model, kind in _registered.items()}
    return registered | {model: _build(model, spec) for model, spec in configured.items()}


def register(model: type[Any], kind: type[Adapter]) -> None:
    """Register the adapter class of a model; one in RECSYS takes precedence."""
    _registered[model] = kind
    _adapters.cache_clear()


def adapter_of(instance: Any) -> Adapter | None:
    """Return the adapter of an object's model, or None if it is not an article."""
    return _adapters().get(type(instance))


def adapter_for(label: str) -> Adapter | None:
    """Return the adapter of a model by its label."""
    return next((each for each in _adapters().values() if each.label == label), None)


def each_adapter() -> Iterator[Adapter]:
    """Yield all adapters."""
    yield from _adapters().values()


_registered: dict[type[Any], type[Adapter]] = {}
_adapters = cache(adapters)


def reset_adapters() -> None:
    """Discard cached adapters and settings."""
    config.cache_clear()
    _adapters.cache_clear()


def _model(label: str) -> type[Any]:
    try:
        model: type[Any] = apps.get_model(label)
    except (LookupError, ValueError):
        raise ImproperlyConfigured(f"{NAME}['ARTICLES']: unknown model {label!r}") from None
    return model


def _build(model: type[Any], spec: object) -> Adapter:
    """Return the adapter given as a class, its import path, or a dictionary of fields."""
    where = f"{NAME}['ARTICLES'][{model._meta.label!r}]"
    kind = import_string(spec) if isinstance(spec, str) else spec
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
    """Return the value of a source for an object; None if anything on the path is missing."""
    if source is None or source == "":
        return None
    if callable(source):
        return source(instance)
    value = instance
    for name in str(source).split("."):
        try:
            value = getattr(value, name)
        except ObjectDoesNotExist:
            return None
        if callable(value) and not hasattr(value, "all"):
            value = value()
        if value is None:
            return None
    return value


def _text(value: Any) -> str | None:
    text = "" if value is None else _storable(str(value)).strip()
    return text or None


def _texts(value: Any) -> list[str]:
    values = value.all() if hasattr(value, "all") else value
    items = [values] if isinstance(values, str) else list(values or ())
    return [text for item in items if (text := _text(item))]


def _image(value: Any) -> str | None:
    if not value:
        return None
    try:
        return _text(getattr(value, "url", value))
    except ValueError:  # a field without a file
        return None


def _storable(text: str) -> str:
    """Return the text as every database can store it: without NUL and without lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _cut(text: str | None, most: int) -> str | None:
    """Return the beginning of a text on one line; None if it is empty."""
    return one_line(_storable((text or "")[:most])) or None


def _cut_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the first tags, without repetitions."""
    unique = dict.fromkeys(cut for tag in tags if (cut := _cut(tag, MAX_NAME)))
    return tuple(islice(unique, MAX_TAGS))


def _image_address(url: str | None, base: str) -> str | None:
    """Return the URL of an image; None if it is invalid or too long to store."""
    address = None if url is None else canonical_url(_storable(url), base)
    return address if address is not None and len(address) <= MAX_NAME else None


def _moment(value: Any) -> datetime | None:
    """Return a time in UTC; a date starts at midnight, a naive time is in the site's time zone."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise InvalidValueError("published_at", expected="a time or a date", found=value)
        value = datetime.combine(value, time())
    try:
        aware = timezone.make_aware(value) if timezone.is_naive(value) else value
        check_time("published_at", aware)
        moment: datetime = aware.astimezone(UTC)
    except OverflowError:  # the first and last day of the calendar do not exist in every time zone
        raise InvalidValueError("published_at", expected="a year from 1900 to 2200", found=value) from None
    return moment
