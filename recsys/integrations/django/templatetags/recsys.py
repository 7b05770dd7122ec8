"""`{% load recsys %}`: the list beside an article, and the script that reports what was shown."""

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
    """The section with the headlines beside an article, or nothing at all when there are none."""
    number = context.render_context.get(_COUNTER, 0) + 1
    context.render_context[_COUNTER] = number
    return show(article, k=k, heading=heading, name=f"recsys-related-{number}")


@register.simple_tag
def related_articles(article: Any, k: int | None = None) -> Any:
    """The headlines themselves, for a template of one's own: `{% related_articles page as stories %}`."""
    return related_to(article, k).headlines


@register.simple_tag
def recsys_script() -> str:
    """The widget's script, which reports what was shown and clicked; nothing in-process."""
    service = public_url()
    return format_html('<script src="{}/v1/widget.js" defer></script>', service) if service else ""


def show(article: Any, *, k: int | None, heading: str | None, name: str) -> dict[str, Any]:
    """What the template `recsys/related.html` is rendered with."""
    answer = related_to(article, k)
    service = public_url()
    return {
        "answer": answer,
        "events": f"{service}/v1/events" if service and answer.token else None,
        "heading": heading or config().heading or gettext("Related stories"),
        "name": name,
    }


def public_url() -> str:
    """Where browsers reach the service; empty where they do not."""
    found = config()
    return found.url or "" if found.public_url is None else found.public_url
