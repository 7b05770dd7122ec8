"""The desk in Django's admin: stories are searched, pinned and blocked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from recsys.integrations.django.models import Block, Pin, Story


@admin.register(Story)
class StoryAdmin(admin.ModelAdmin):
    """What was told of the site's stories; nobody changes it by hand."""

    list_display: ClassVar = ["headline", "url", "published_at", "is_shown", "is_pending", "problem"]
    list_filter: ClassVar = ["is_shown", "is_pending", ("problem", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["headline", "url"]

    def has_add_permission(self, request: Any) -> bool:  # noqa: ARG002
        """Stories are told by the site."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """The same."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """The same."""
        return False


@admin.register(Pin)
class PinAdmin(admin.ModelAdmin):
    """Stories on a place of one list, or of all."""

    list_display: ClassVar = ["story", "position", "beside", "until"]
    autocomplete_fields: ClassVar = ["story", "beside"]
    search_fields: ClassVar = ["story__headline", "story__url", "beside__headline"]


@admin.register(Block)
class BlockAdmin(admin.ModelAdmin):
    """Stories that are never shown."""

    list_display: ClassVar = ["story"]
    autocomplete_fields: ClassVar = ["story"]
    search_fields: ClassVar = ["story__headline", "story__url"]
