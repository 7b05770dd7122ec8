"""The mixin for page types that are articles, and their adapter."""

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

    They are recommended and have `related_headlines`. A page type can override the methods.
    """

    def recsys_body(self) -> str:
        """Return the text as HTML: all rich text, stream and text fields of the page type."""
        return "\n".join(filter(None, map(self._field_html, _own_fields(type(self)))))

    def recsys_section(self) -> str | None:
        """Return the section: the title of the parent page, unless that is the home page."""
        parent: Any = self.get_parent()  # type: ignore[attr-defined]
        return None if parent is None or parent.depth <= 2 else str(parent.title)

    def recsys_tags(self) -> list[str]:
        """Return the tags of the field `tags`, if there is one."""
        tags = getattr(self, "tags", None)
        return [] if tags is None or not hasattr(tags, "all") else [str(tag) for tag in tags.all()]

    def recsys_image(self) -> str | None:
        """Return the URL of an image, such as `self.photo.get_rendition("fill-288x216").full_url`; by default
        none.
        """
        return None

    @property
    def related_headlines(self) -> tuple[Headline, ...]:
        """The related headlines: `{% for each in page.related_headlines %}`."""
        return related_to(self).headlines

    def _field_html(self, field: Any) -> str:
        value = getattr(self, field.attname, None)
        if not value:
            return ""
        if isinstance(field, RichTextField):
            return str(expand_db_html(value))
        return str(value) if isinstance(field, StreamField) else f"<p>{escape(value)}</p>"


class PageAdapter(Adapter):
    """The adapter of pages with the mixin. Pages with view restrictions are not articles."""

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
        """Whether the page is live and has no view restrictions."""
        return super().is_shown(instance, now) and not instance.get_view_restrictions().exists()


def page_types() -> list[type[Any]]:
    """Return the page types that have the mixin."""
    models = [model for model in _subclasses(RelatedHeadlinesMixin) if issubclass(model, Page)]
    return [model for model in models if not model._meta.abstract]


def _subclasses(kind: type[Any]) -> list[type[Any]]:
    return [each for child in kind.__subclasses__() for each in (child, *_subclasses(child))]


def _own_fields(model: type[Any]) -> list[Any]:
    """Return the text fields that a page type adds to those of Page."""
    common = {field.name for field in Page._meta.get_fields()}
    text_fields = (RichTextField, StreamField, models.TextField)
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in common and isinstance(field, text_fields)
    ]
