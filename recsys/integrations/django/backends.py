"""Who answers on this site, in-process or over HTTP, and what a page asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from recsys.documents import canonical_url
from recsys.domain import Article, Page
from recsys.errors import InputError
from recsys.integrations.answers import NOTHING, Answer
from recsys.integrations.batch_splitting import Refusal
from recsys.integrations.django.adapters import Adapter, adapter_of
from recsys.integrations.django.conf import config
from recsys.integrations.django.http_backend import HttpBackend
from recsys.integrations.django.local_backend import LocalBackend
from recsys.integrations.site_clock import clock

Draft = Callable[[], Article | None]
"""Makes the article of an object, where nobody knows its address yet."""


class Backend(Protocol):
    """What answers pages, and hears what becomes of stories."""

    def start(self) -> None:
        """Get ready behind this call; again changes nothing."""

    def notice(self) -> None:
        """Something was told or decided: what pages show follows soon."""

    def related(self, url: str, draft: Draft, k: int, now: datetime) -> Answer:
        """Headlines beside an address. Never waits long, and raises nothing of ours."""

    def tell(self, pages: Sequence[Page], *, patience: float = 0.0) -> list[Refusal]:
        """Store stories; those that can never be taken as they are. RecsysError when it failed for now.

        What is busy is waited for, `patience` seconds in all of a request: none while somebody waits.
        """

    def withdraw(self, url: str, now: datetime, *, patience: float = 0.0) -> None:
        """Take a story out of every list; RecsysError when that failed for now."""


@cache
def active_backend() -> Backend:
    """The one of this process."""
    found = config()
    return HttpBackend(found) if found.is_remote else LocalBackend(found)


def forget_answers() -> None:
    """End what answers; the next who asks gets another, by the settings of then."""
    if active_backend.cache_info().currsize:
        found = active_backend()
        if isinstance(found, LocalBackend):
            found.stop()
    active_backend.cache_clear()


def related_to(article: Any, k: int | None = None) -> Answer:
    """Headlines beside an object of the site or an address; nothing where there is nothing to show."""
    found = config()
    if not found.is_on or article in (None, ""):
        return NOTHING
    wanted = found.rules.k if k is None else k
    if isinstance(article, str):
        url = canonical_url(article, found.site_url)
        return NOTHING if url is None else active_backend().related(url, lambda: None, wanted, clock())
    if adapter_of(article) is None:
        article = getattr(article, "specific", article)  # a page of Wagtail that is not of its type yet
    adapter = adapter_of(article)
    url = None if adapter is None else adapter.address(article)
    if adapter is None or url is None:
        return NOTHING
    now = clock()
    return active_backend().related(url, lambda: _draft(adapter, article, now), wanted, now)


def _draft(adapter: Adapter, instance: Any, now: datetime) -> Article | None:
    try:
        page = adapter.page(instance, now, draft=True)
    except InputError:
        return None
    return None if page is None else page.article
