"""The backend of this site, in-process or over HTTP, and the recommendations for a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from recsys.documents import canonical_url
from recsys.domain import Article, Page
from recsys.errors import InputError
from recsys.integrations.answers import EMPTY, Answer
from recsys.integrations.batch_splitting import Refusal
from recsys.integrations.django.adapters import Adapter, adapter_of
from recsys.integrations.django.conf import clock, config
from recsys.integrations.django.http_backend import HttpBackend
from recsys.integrations.django.local_backend import LocalBackend

Draft = Callable[[], Article | None]
"""Builds the article of an object that is not stored yet."""


class Backend(Protocol):
    """What recommends stories, and receives new and changed ones."""

    def start(self) -> None:
        """Start loading in the background; further calls do nothing."""

    def wake(self) -> None:
        """Look for changes of stories and overrides now."""

    def related(self, url: str, draft: Draft, k: int, now: datetime) -> Answer:
        """Return headlines for a URL. Never blocks for long, and raises no RecsysError."""

    def send(self, pages: Sequence[Page], *, patience: float = 0.0) -> list[Refusal]:
        """Store stories, and return those that are invalid. RecsysError for temporary failures.

        A busy service is retried for `patience` seconds per request; 0 while a user waits.
        """

    def withdraw(self, url: str, now: datetime, *, patience: float = 0.0) -> None:
        """Withdraw a story from all lists; RecsysError for temporary failures."""


@cache
def active_backend() -> Backend:
    """Return the backend of this process."""
    settings = config()
    return HttpBackend(settings) if settings.is_remote else LocalBackend(settings)


def reset_backend() -> None:
    """Stop the backend; the next use starts one with the current settings."""
    if active_backend.cache_info().currsize:
        backend = active_backend()
        if isinstance(backend, LocalBackend):
            backend.stop()
    active_backend.cache_clear()


def related_to(article: Any, k: int | None = None) -> Answer:
    """Return headlines for an object of the site or a URL; EMPTY if there are none."""
    settings = config()
    if not settings.is_on or article in (None, ""):
        return EMPTY
    k = settings.rules.k if k is None else k
    if isinstance(article, str):
        url = canonical_url(article, settings.site_url)
        return EMPTY if url is None else active_backend().related(url, lambda: None, k, clock())
    if adapter_of(article) is None:
        article = getattr(article, "specific", article)  # a Wagtail page of the base class
    adapter = adapter_of(article)
    url = None if adapter is None else adapter.address(article)
    if adapter is None or url is None:
        return EMPTY
    now = clock()
    return active_backend().related(url, lambda: _draft(adapter, article, now), k, now)


def _draft(adapter: Adapter, instance: Any, now: datetime) -> Article | None:
    try:
        page = adapter.page(instance, now, draft=True)
    except InputError:
        return None
    return None if page is None else page.article
