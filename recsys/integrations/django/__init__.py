"""The Django app: `"recsys.integrations.django"` in INSTALLED_APPS, what it works with in RECSYS."""

from __future__ import annotations


def warm() -> None:
    """Open the archive behind this call, so that no page waits for it: for `wsgi.py` or a start hook."""
    from recsys.integrations.django.backends import active_backend

    active_backend().start()
