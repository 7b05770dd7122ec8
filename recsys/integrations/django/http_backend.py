"""Answers of a service over HTTP; what editors of the site decided is applied to them here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from recsys.documents import article_record
from recsys.domain import Article, Page, RankedList, format_time
from recsys.errors import RequestRefusedError
from recsys.integrations.answers import MOST, Answer
from recsys.integrations.batch_splitting import Refusal
from recsys.integrations.client import Remote
from recsys.integrations.django.conf import Config
from recsys.integrations.django.database_overrides import blocked, hidden_of, pins_of


class HttpBackend:
    """The service that RECSYS names."""

    def __init__(self, config: Config) -> None:
        assert config.url is not None
        self._remote = Remote(config.url, config.key)

    def start(self) -> None:
        """There is nothing to open."""

    def notice(self) -> None:
        """What was decided is looked up for every page."""

    def related(self, url: str, draft: Callable[[], Article | None], k: int, now: datetime) -> Answer:  # noqa: ARG002
        """Headlines beside an address that the service knows, without what must not be shown, pins first."""
        never = blocked()
        found = self._remote.related(url=url, k=min(k, MOST), **({"exclude": never} if never else {}))
        hidden = hidden_of(each.url for each in found.headlines)
        return found.without(hidden | {url}).pinned(pins_of(url, now), k)

    def tell(self, pages: Sequence[Page], *, patience: float = 0.0) -> list[Refusal]:
        """Store stories and the links of their texts; those that the service refuses."""
        articles = [page.article for page in pages if page.article is not None]
        lists = [each for page in pages for each in page.lists]
        put_all = partial(self._remote.put_all, patience=patience)
        refused_articles = put_all("PUT", "/v1/articles", "articles", list(map(_article, articles)))
        refused_lists = put_all("POST", "/v1/lists", "lists", list(map(_list, lists)))
        return [
            *(Refusal(articles[index].url, str(error)) for index, error in refused_articles),
            *(Refusal(lists[index].page_url or "", f"its links: {error}") for index, error in refused_lists),
        ]

    def withdraw(self, url: str, now: datetime, *, patience: float = 0.0) -> None:  # noqa: ARG002
        """Take a story out of every list; the service notes when."""
        with suppress(RequestRefusedError):  # an address that it does not take is in no list of it
            self._remote.put("DELETE", f"/v1/articles?{urlencode({'url': url})}", patience=patience)


def _article(article: Article) -> dict[str, object]:
    told = article_record(article)
    return {name: value for name, value in told.items() if name != "type" and value not in (None, [])}


def _list(told: RankedList) -> dict[str, object]:
    return {
        "kind": str(told.kind),
        "site": told.site,
        "observed_at": format_time(told.observed_at),
        "page_url": told.page_url,
        "items": [
            {"position": item.position, "headline": item.headline, "url": item.url} for item in told.items
        ],
    }
