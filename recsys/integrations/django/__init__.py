"""The Django app: add `"recsys.integrations.django"` to INSTALLED_APPS, and its settings as RECSYS."""

from __future__ import annotations


def warm() -> None:
    """Start loading in the background, so that no page waits for it: for `wsgi.py` or a start hook."""
    from recsys.integrations.django.backends import active_backend

    active_backend().start()
