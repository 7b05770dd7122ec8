"""Handlers of Wagtail's signals: pages that move, change their URL or become restricted."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from recsys.integrations.django.adapters import each_adapter
from recsys.integrations.django.conf import clock
from recsys.integrations.django.sync import record_saved, send_on_commit
from recsys.integrations.wagtail.pages import PageAdapter


def connect() -> None:
    """Connect the handlers."""
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(changed, dispatch_uid="recsys.wagtail.changed")
    for signal in (post_save, post_delete):
        signal.connect(restricted, sender=PageViewRestriction, dispatch_uid="recsys.wagtail.restricted")


def changed(*, instance: Any, **_: object) -> None:
    """Handle a page whose URL or state changed, with its descendants."""
    record_subtree(instance)


def restricted(*, instance: Any, **_: object) -> None:
    """Handle a page whose view restrictions changed."""
    record_subtree(instance.page)


def record_subtree(page: Page) -> None:
    """Record the state of a page and its descendants."""
    now, changes = clock(), 0
    for adapter in each_adapter():
        if isinstance(adapter, PageAdapter):
            pages = adapter.objects().filter(path__startswith=page.path, depth__gte=page.depth)
            _, changed, _ = record_saved(adapter, list(pages), now)
            changes += changed
    if changes:
        send_on_commit()
