"""The list as a block of a stream."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from recsys.integrations.django.templatetags.recsys import show


class RelatedHeadlinesBlock(blocks.StructBlock):
    """The headlines beside the page that the stream is on; nothing outside of a page."""

    heading = blocks.CharBlock(required=False, max_length=100, help_text=_("Empty: the heading of the site."))
    number = blocks.IntegerBlock(default=5, min_value=1, max_value=20, label=_("Headlines at most"))

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """The list beside the page being shown."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        page = (parent_context or {}).get("page")
        name = f"recsys-related-{secrets.token_hex(4)}"  # a page may have several
        return context | show(page, k=value.get("number"), heading=value.get("heading"), name=name)

    class Meta:
        template = "recsys/related.html"
        icon = "list-ul"
        label = _("Related stories")
