"""What Django's own signals do not tell of pages: they move, get another address, are closed off."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from recsys.integrations.django.adapters import each_adapter
from recsys.integrations.django.sync import note_saved, tell_later
from recsys.integrations.site_clock import clock
from recsys.integrations.wagtail.pages import PageAdapter


def connect() -> None:
    """Listen to the pages."""
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(changed, dispatch_uid="recsys.wagtail.changed")
    for signal in (post_save, post_delete):
        signal.connect(restricted, sender=PageViewRestriction, dispatch_uid="recsys.wagtail.restricted")


def changed(*, instance: Any, **_: object) -> None:
    """A page, and with it what lies below, has another address or another state."""
    look_again(instance)


def restricted(*, instance: Any, **_: object) -> None:
    """A page was closed off, or opened."""
    look_again(instance.page)


def look_again(page: Page) -> None:
    """Note what a page and everything below it are now."""
    now, notes = clock(), 0
    for adapter in each_adapter():
        if isinstance(adapter, PageAdapter):
            found = adapter.objects().filter(path__startswith=page.path, depth__gte=page.depth)
            _, noted, _ = note_saved(adapter, list(found), now)
            notes += noted
    if notes:
        tell_later()
