"""Signal handlers: record published, changed, unpublished and deleted objects."""

from __future__ import annotations

from typing import Any

from django.core.signals import request_started
from django.db.models.signals import post_delete, post_save
from django.test.signals import setting_changed

from recsys.integrations.django.adapters import adapter_of, reset_adapters
from recsys.integrations.django.backends import active_backend, reset_backend
from recsys.integrations.django.conf import NAME, clock, config
from recsys.integrations.django.models import Block, Pin
from recsys.integrations.django.sync import record_removed, record_saved, send_on_commit


def connect() -> None:
    """Connect the handlers."""
    post_save.connect(saved, dispatch_uid="recsys.saved")
    post_delete.connect(deleted, dispatch_uid="recsys.deleted")
    request_started.connect(begin, dispatch_uid="recsys.begin")
    setting_changed.connect(settings_changed, dispatch_uid="recsys.config.settings")


def saved(*, instance: Any, raw: bool = False, **_: object) -> None:
    """Handle a saved object; not while fixtures are being loaded (`raw`), whose related objects may be
    missing.
    """
    if raw:
        return
    if isinstance(instance, Pin | Block):
        overrides_changed()
        return
    adapter = adapter_of(instance)
    if adapter is not None and record_saved(adapter, [instance], clock())[1]:
        send_on_commit()


def deleted(*, instance: Any, **_: object) -> None:
    """Handle a deleted object."""
    if isinstance(instance, Pin | Block):
        overrides_changed()
        return
    adapter = adapter_of(instance)
    if adapter is not None and record_removed(adapter, [instance.pk], clock()):
        send_on_commit()


def overrides_changed() -> None:
    """Make the backend look for changed overrides."""
    if config().is_on:
        active_backend().wake()


def begin(**_: object) -> None:
    """Start loading in the background at the first request, unless it was started before."""
    if config().is_on:
        active_backend().start()


def settings_changed(*, setting: str, **_: object) -> None:
    """Discard the backend and adapters when a test changes the settings."""
    if setting == NAME:
        reset_backend()
        reset_adapters()
