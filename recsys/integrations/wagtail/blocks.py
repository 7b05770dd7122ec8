"""A StreamField block with the related headlines."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from recsys.integrations.django.templatetags.recsys import show


class RelatedHeadlinesBlock(blocks.StructBlock):
    """The related headlines of the page that contains the block; empty outside of a page."""

    heading = blocks.CharBlock(
        required=False, max_length=100, help_text=_("Leave empty for the default heading.")
    )
    number = blocks.IntegerBlock(default=5, min_value=1, max_value=20, label=_("Maximum number of headlines"))

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Return the context with the headlines of the current page."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        page = (parent_context or {}).get("page")
        name = f"recsys-related-{secrets.token_hex(4)}"  # a page may have several
        return context | show(page, k=value.get("number"), heading=value.get("heading"), name=name)

    class Meta:
        template = "recsys/related.html"
        icon = "list-ul"
        label = _("Related stories")
