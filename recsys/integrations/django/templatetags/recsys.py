"""`{% load recsys %}`: the related headlines of an article, and the script that reports impressions."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext

from recsys.integrations.django.backends import related_to
from recsys.integrations.django.conf import config

register = template.Library()
_COUNTER = "recsys_lists"


@register.inclusion_tag("recsys/related.html", takes_context=True)
def related_headlines(
    context: Any, article: Any, k: int | None = None, heading: str | None = None
) -> dict[str, Any]:
    """Render the section with the related headlines of an article, or nothing if there are none."""
    number = context.render_context.get(_COUNTER, 0) + 1
    context.render_context[_COUNTER] = number
    return show(article, k=k, heading=heading, name=f"recsys-related-{number}")


@register.simple_tag
def related_articles(article: Any, k: int | None = None) -> Any:
    """Return the headlines, for a custom template: `{% related_articles page as stories %}`."""
    return related_to(article, k).headlines


@register.simple_tag
def recsys_script() -> str:
    """Render the script tag of the widget, which reports views and clicks; empty in-process."""
    service = public_url()
    return format_html('<script src="{}/v1/widget.js" defer></script>', service) if service else ""


def show(article: Any, *, k: int | None, heading: str | None, name: str) -> dict[str, Any]:
    """Return the context of the template `recsys/related.html`."""
    answer = related_to(article, k)
    service = public_url()
    return {
        "answer": answer,
        "events": f"{service}/v1/events" if service and answer.token else None,
        "heading": heading or config().heading or gettext("Related stories"),
        "name": name,
    }


def public_url() -> str:
    """Return the URL at which browsers reach the service, or ''."""
    settings = config()
    return settings.url or "" if settings.public_url is None else settings.public_url
