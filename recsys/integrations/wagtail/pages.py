"""What a page type inherits to be an article, and how its pages become articles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.html import escape
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.rich_text import expand_db_html

from recsys.integrations.answers import Headline
from recsys.integrations.django.adapters import Adapter
from recsys.integrations.django.backends import related_to


class RelatedHeadlinesMixin:
    """Pages of this type are articles: `class ArticlePage(RelatedHeadlinesMixin, Page)`.

    They are recommended and have `related_headlines`. What a page type knows better it says by overriding
    a method.
    """

    def recsys_body(self) -> str:
        """Its text, as HTML: all rich texts, streams and texts that the page type adds to a page."""
        return "\n".join(filter(None, map(self._said_in, _own_fields(type(self)))))

    def recsys_section(self) -> str | None:
        """Where it belongs: the title of its parent, unless that is the front page."""
        parent: Any = self.get_parent()  # type: ignore[attr-defined]
        return None if parent is None or parent.depth <= 2 else str(parent.title)

    def recsys_tags(self) -> list[str]:
        """Its tags; those of a field `tags` where there is one."""
        tags = getattr(self, "tags", None)
        return [] if tags is None or not hasattr(tags, "all") else [str(tag) for tag in tags.all()]

    def recsys_image(self) -> str | None:
        """The address of a picture, such as `self.photo.get_rendition("fill-288x216").full_url`; none."""
        return None

    @property
    def related_headlines(self) -> tuple[Headline, ...]:
        """What to show beside it: `{% for each in page.related_headlines %}`."""
        return related_to(self).headlines

    def _said_in(self, field: Any) -> str:
        value = getattr(self, field.attname, None)
        if not value:
            return ""
        if isinstance(field, RichTextField):
            return str(expand_db_html(value))
        return str(value) if isinstance(field, StreamField) else f"<p>{escape(value)}</p>"


class PageAdapter(Adapter):
    """A page that has the mixin. One that only some visitors may see is no article."""

    url = "full_url"
    headline = "title"
    body = "recsys_body"
    published_at = "first_published_at"
    section = "recsys_section"
    tags = "recsys_tags"
    language = "locale.language_code"
    image = "recsys_image"
    is_public = "live"

    def is_shown(self, instance: Any, now: datetime) -> bool:
        """Live, and for everybody."""
        return super().is_shown(instance, now) and not instance.get_view_restrictions().exists()


def page_types() -> list[type[Any]]:
    """The page types that have the mixin."""
    found = [model for model in _below(RelatedHeadlinesMixin) if issubclass(model, Page)]
    return [model for model in found if not model._meta.abstract]


def _below(kind: type[Any]) -> list[type[Any]]:
    return [each for child in kind.__subclasses__() for each in (child, *_below(child))]


def _own_fields(model: type[Any]) -> list[Any]:
    """Fields with text that a page type has beyond those of every page."""
    everybody = {field.name for field in Page._meta.get_fields()}
    texts = (RichTextField, StreamField, models.TextField)
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in everybody and isinstance(field, texts)
    ]
