"""Publish, change, unpublish, delete: Django says it, we note it."""

from __future__ import annotations

from typing import Any

from django.core.signals import request_started
from django.db.models.signals import post_delete, post_save
from django.test.signals import setting_changed

from recsys.integrations.django.adapters import adapter_of, forget_adapters
from recsys.integrations.django.backends import active_backend, forget_answers
from recsys.integrations.django.conf import NAME, config
from recsys.integrations.django.models import Block, Pin
from recsys.integrations.django.sync import note_gone, note_saved, tell_later
from recsys.integrations.site_clock import clock


def connect() -> None:
    """Listen to the site."""
    post_save.connect(saved, dispatch_uid="recsys.saved")
    post_delete.connect(deleted, dispatch_uid="recsys.deleted")
    request_started.connect(begin, dispatch_uid="recsys.begin")
    setting_changed.connect(settings_changed, dispatch_uid="recsys.config.settings")


def saved(*, instance: Any, raw: bool = False, **_: object) -> None:
    """An object was saved; `raw` is a fixture being loaded, which says nothing of what belongs to it."""
    if raw:
        return
    if isinstance(instance, Pin | Block):
        decided()
        return
    adapter = adapter_of(instance)
    if adapter is not None and note_saved(adapter, [instance], clock())[1]:
        tell_later()


def deleted(*, instance: Any, **_: object) -> None:
    """An object was deleted."""
    if isinstance(instance, Pin | Block):
        decided()
        return
    adapter = adapter_of(instance)
    if adapter is not None and note_gone(adapter, [instance.pk], clock()):
        tell_later()


def decided() -> None:
    """Editors pinned, blocked or released something."""
    if config().is_on:
        active_backend().notice()


def begin(**_: object) -> None:
    """The first request of a process opens the archive, behind it; where it was not opened at the start."""
    if config().is_on:
        active_backend().start()


def settings_changed(*, setting: str, **_: object) -> None:
    """Tests set other settings."""
    if setting == NAME:
        forget_answers()
        forget_adapters()
