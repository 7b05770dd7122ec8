"""The Django app: `"recsys.contrib.django"` in INSTALLED_APPS, what it works with in RECSYS."""

from __future__ import annotations


def warm() -> None:
    """Open the archive behind this call, so that no page waits for it: for `wsgi.py` or a start hook."""
    from recsys.contrib.django.answers import recommending

    recommending().start()
