"""Strangers with the public routes alone try to teach a model that the worst story is the best.

The attack as it succeeded once: from one address, lists of a hundred headlines of all times, and clicks on
their lower halves, each with a view of its own. Then one that does what a widget would, and more.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recsys.corpus import Corpus
from recsys.domain import Kind, Page
from recsys.ranking import LogisticRanker
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store
from recsys.training import Trained, train
from tests.newsroom import END, address, newsroom
from tests.serve.hosting import Place, fill
from tests.serve.in_process import InProcess, ask, clicked, gather, in_process, shown

POSTS = 640
STORIES = (60, 63, 66, 68, 71)
"""Beside these the lists must not change."""
SEVERAL = tuple(f"198.51.100.{n}" for n in range(1, 6))


def recent(pages: Sequence[Page], now: datetime) -> Iterator[Page]:
    """The newsroom as if its last story had appeared three hours ago."""
    later = now - END - timedelta(hours=1)
    for page in pages:
        article = page.article and replace(page.article, first_seen_at=page.article.first_seen_at + later)
        lists = tuple(replace(each, observed_at=each.observed_at + later) for each in page.lists)
        yield Page(article, lists)


@dataclass(frozen=True)
class Site:
    """A newsroom, and what training makes of it before anybody attacks."""

    place: Place
    until: datetime
    before: Trained
    first_three: dict[int, list[str]]


WHICH = ("with related boxes", "with most-read lists alone")


@pytest.fixture(scope="module", params=WHICH)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    now = datetime.now(UTC)
    pages = list(recent(newsroom(), now))
    if request.param == WHICH[1]:
        pages = [page for page in pages if not any(each.kind is Kind.RELATED for each in page.lists)]
    place, until = fill(tmp_path_factory.mktemp("site"), pages), now + timedelta(hours=2)
    with Store.open(place.store) as store:
        corpus, before = learnt(store, until)
    return Site(place, until, before, first_three(corpus, before.ranker, until))


@pytest.fixture
def attacked(site: Site, tmp_path: Path) -> Place:
    """A copy that is attacked."""
    shutil.copytree(site.place.folder, tmp_path / "attacked")
    return Place(tmp_path / "attacked")


async def attack(service: InProcess, clients: Sequence[str], params: dict[str, object]) -> int:
    """So many posts, each of a new view beside the next story; how many events counted."""
    counted = 0
    for client in clients:
        async with service.client(client) as bad:
            # an address that is believed would be one more client for each post
            bad.headers["x-forwarded-for"] = f"203.0.113.{secrets.randbelow(250)}"
            lists = [await ask(bad, url=address(n), **params) for n in range(12, 72)]
            posts = [lists[n % len(lists)] for n in range(POSTS // len(clients))]
            counted += sum(await gather([post(bad, answer) for answer in posts]))
    return counted


async def post(client: Any, answer: dict[str, Any]) -> int:
    """Report a view that was shown, and clicks on its lower half, the lowest first."""
    token, size = answer["token"], len(answer["items"])
    if token is None:
        return 0
    view = secrets.token_hex(16)
    clicks = [clicked(token, view, place) for place in range(size, size // 2, -1)]
    answered = await client.post("/v1/events", json={"events": [shown(token, view), *clicks[:49]]})
    return int(answered.json().get("counted", 0))


def learnt(store: Store, until: datetime) -> tuple[Corpus, Trained]:
    """The corpus of the store, and a model trained on it."""
    corpus = Corpus.load(store, until)
    return corpus, train(corpus, until=until, impressions=store.impressions.read(before=until))


def first_three(corpus: Corpus, ranker: LogisticRanker, as_of: datetime) -> dict[int, list[str]]:
    recommender = Recommender(corpus, ranker)
    return {
        story: [each.article.url for each in recommender.recommend(address(story), as_of, Request(k=3))]
        for story in STORIES
    }


ATTACKS: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "long lists of all times": (("192.0.2.1",), {"k": 100, "window": "all"}),
    "what a widget asks": (("192.0.2.1",), {"k": 20}),
    "what a widget asks, from five addresses": (SEVERAL, {"k": 20}),
    "popular stories beside the article": (SEVERAL, {"k": 20, "dial": 1}),
}


@pytest.mark.attack
@pytest.mark.parametrize("how", ATTACKS)
def test_clicks_of_strangers_do_not_change_the_first_three(site: Site, attacked: Place, how: str):
    async def run() -> int:
        async with in_process(attacked) as service:
            return await attack(service, *ATTACKS[how])

    counted = asyncio.run(run())
    assert (counted == 0) == (how == "long lists of all times")
    with Store.open(attacked.store) as store:
        corpus, after = learnt(store, site.until)
    assert ("served" in after.report.contexts) == (counted > 0)
    assert after.report.click_weight < 0.02
    assert first_three(corpus, after.ranker, site.until) == site.first_three
