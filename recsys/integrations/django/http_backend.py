"""The backend over HTTP; the site's own overrides are applied here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from recsys.documents import article_record
from recsys.domain import Article, Page, RankedList, format_time
from recsys.errors import RequestRefusedError
from recsys.integrations.answers import MAX_HEADLINES, Answer
from recsys.integrations.batch_splitting import Refusal
from recsys.integrations.client import ServiceClient
from recsys.integrations.django.conf import Config
from recsys.integrations.django.database_overrides import blocked_urls, hidden_urls, pinned_headlines


class HttpBackend:
    """The service at RECSYS['URL']."""

    def __init__(self, config: Config) -> None:
        assert config.url is not None
        self._client = ServiceClient(config.url, config.key)

    def start(self) -> None:
        """Do nothing; there is nothing to load."""

    def wake(self) -> None:
        """Do nothing; overrides are looked up for every page."""

    def related(self, url: str, draft: Callable[[], Article | None], k: int, now: datetime) -> Answer:  # noqa: ARG002
        """Return the service's headlines for a URL without hidden stories, with the pins inserted."""
        blocked = blocked_urls()
        answer = self._client.related(
            url=url, k=min(k, MAX_HEADLINES), **({"exclude": blocked} if blocked else {})
        )
        hidden = hidden_urls(each.url for each in answer.headlines)
        return answer.without(hidden | {url}).pinned(pinned_headlines(url, now), k)

    def send(self, pages: Sequence[Page], *, patience: float = 0.0) -> list[Refusal]:
        """Store stories and the links in their texts, and return those that the service refuses."""
        articles = [page.article for page in pages if page.article is not None]
        lists = [each for page in pages for each in page.lists]
        write_all = partial(self._client.write_all, patience=patience)
        refused_articles = write_all("PUT", "/v1/articles", "articles", list(map(_article, articles)))
        refused_lists = write_all("POST", "/v1/lists", "lists", list(map(_list, lists)))
        return [
            *(Refusal(articles[index].url, str(error)) for index, error in refused_articles),
            *(Refusal(lists[index].page_url or "", f"its links: {error}") for index, error in refused_lists),
        ]

    def withdraw(self, url: str, now: datetime, *, patience: float = 0.0) -> None:  # noqa: ARG002
        """Withdraw a story from all lists, as of now on the service."""
        with suppress(RequestRefusedError):  # a URL that the service refuses is in none of its lists
            self._client.write("DELETE", f"/v1/articles?{urlencode({'url': url})}", patience=patience)


def _article(article: Article) -> dict[str, object]:
    record = article_record(article)
    return {name: value for name, value in record.items() if name != "type" and value not in (None, [])}


def _list(ranked: RankedList) -> dict[str, object]:
    return {
        "kind": str(ranked.kind),
        "site": ranked.site,
        "observed_at": format_time(ranked.observed_at),
        "page_url": ranked.page_url,
        "items": [
            {"position": item.position, "headline": item.headline, "url": item.url} for item in ranked.items
        ],
    }
