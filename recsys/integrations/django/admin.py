"""Django's admin: search stories, pin and block them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from recsys.integrations.django.models import Block, Pin, Story


@admin.register(Story)
class StoryAdmin(admin.ModelAdmin):
    """The known stories of the site; read-only."""

    list_display: ClassVar = ["headline", "url", "published_at", "is_shown", "is_pending", "problem"]
    list_filter: ClassVar = ["is_shown", "is_pending", ("problem", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["headline", "url"]

    def has_add_permission(self, request: Any) -> bool:  # noqa: ARG002
        """No: stories come from the site's own objects."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """No: stories come from the site's own objects."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """No: stories come from the site's own objects."""
        return False


@admin.register(Pin)
class PinAdmin(admin.ModelAdmin):
    """Pinned stories, in one list or in all."""

    list_display: ClassVar = ["story", "position", "beside", "until"]
    autocomplete_fields: ClassVar = ["story", "beside"]
    search_fields: ClassVar = ["story__headline", "story__url", "beside__headline"]


@admin.register(Block)
class BlockAdmin(admin.ModelAdmin):
    """Blocked stories."""

    list_display: ClassVar = ["story"]
    autocomplete_fields: ClassVar = ["story"]
    search_fields: ClassVar = ["story__headline", "story__url"]
