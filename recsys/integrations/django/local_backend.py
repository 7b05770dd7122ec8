"""The in-process backend: a store next to the site, the corpus that follows it, and a model.

A thread loads the corpus and follows the store, so that no page waits for it: pages use the latest snapshot.
Every process of a site has its own thread; they share the index files on disk.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import close_old_connections
from django.db.utils import Error as DatabaseError

from recsys.domain import Article, Page, Recommendation
from recsys.errors import InputError, RecsysError
from recsys.integrations.answers import EMPTY, Answer, build_headline
from recsys.integrations.batch_splitting import Refusal, send_with_bisection
from recsys.integrations.django.conf import Config, clock
from recsys.integrations.django.database_overrides import DatabaseOverrides, SiteOverrides
from recsys.request import Pin, Request, Rules
from recsys.store import Store

if TYPE_CHECKING:  # it imports scikit-learn, which only the thread should do
    from recsys.live import LiveRecommender, ServingSnapshot

POLL = 0.5
"""Seconds until every process sees stories, overrides or models of another one."""
PATIENCE = 0.045
"""Seconds that a page waits while the corpus is being loaded."""
LIFETIME = 60.0
"""Seconds for which an answer is cached."""
MAX_CACHED = 5_000
PREWARMED = 50
"""How many of the most recently requested answers are recomputed in the background after a change."""
WRITER_WAIT = 3.0
"""Seconds that saving an object waits for other writers."""
_SAVE_AFTER = 200  # snapshots
_RETRY_AFTER = 5.0  # seconds
_LOG = logging.getLogger("recsys.integrations")

Key = tuple[str, int]
"""A URL and the number of headlines."""


@dataclass(frozen=True)
class SiteSnapshot:
    """A serving snapshot with the overrides of that moment."""

    number: int
    """Increasing within a process; cached answers refer to it instead of the snapshot."""
    snapshot: ServingSnapshot
    overrides: SiteOverrides

    def request(self, url: str, k: int) -> Request:
        """Return the request for a URL."""
        base = self.snapshot.request
        rules = base.rules or Rules()
        pinned = (*self.overrides.pins(url), *rules.pinned)
        return replace(base, k=k, rules=replace(rules, pinned=_unique(pinned)))

    def recommend(self, url: str, draft: Callable[[], Article | None], k: int, now: datetime) -> Answer:
        """Return headlines for a stored article, or for the text of a draft."""
        corpus, recommender = self.snapshot.corpus, self.snapshot.recommender
        request = self.request(url, k)
        if url in corpus.row_of:
            return _answer(recommender.recommend(url, now, request))
        article = draft()
        return EMPTY if article is None else _answer(recommender.recommend(article, now, request))


class LocalBackend:
    """The recommender of this process, with its thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._ready: SiteSnapshot | None = None
        self._thread: threading.Thread | None = None
        self._starting, self._computing = threading.Lock(), threading.Lock()
        self._opened, self._wake, self._stopped = threading.Event(), threading.Event(), threading.Event()
        self._answers: OrderedDict[Key, tuple[int, float, Answer]] = OrderedDict()
        self._open_store: Store | None = None

    def _store(self) -> Store:
        """Open the store on first use; a forked process opens its own, since connections cannot be shared."""
        if self._process != os.getpid():
            self._reset()
        with self._starting:
            if self._open_store is None:
                self._open_store = Store.open(self._config.store, wait=WRITER_WAIT)
            return self._open_store

    def start(self) -> None:
        """Start loading in the background. A forked process starts its own thread."""
        if self._process != os.getpid():
            self._reset()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="recsys", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread and close the store."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10)
        if self._open_store is not None:
            self._open_store.close()

    def wake(self) -> None:
        """Look for changes now instead of at the next poll."""
        self._wake.set()

    def related(self, url: str, draft: Callable[[], Article | None], k: int, now: datetime) -> Answer:
        """Return headlines for a URL, cached or computed in about 3 ms; EMPTY during loading."""
        self.start()
        ready = self._ready
        if ready is None:
            self._opened.wait(PATIENCE)
            ready = self._ready
        if ready is None:
            return EMPTY
        cached = self._answers.get((url, k))
        if cached is not None and cached[0] == ready.number and time.monotonic() < cached[1]:
            return cached[2]
        try:
            return self._recommend(ready, (url, k), draft, now)
        except RecsysError as error:
            _LOG.warning("no recommendations for %s: %s", url, error)
            return EMPTY

    def send(self, pages: Sequence[Page], *, patience: float = 0.0) -> list[Refusal]:  # noqa: ARG002
        """Store stories and the links in their texts, and return those that the store refuses."""
        now = clock()
        refused = send_with_bisection(pages, lambda batch: self._store().add_all(batch, now=now))
        return [Refusal(page.article.url, str(error)) for page, error in refused if page.article is not None]

    def withdraw(self, url: str, now: datetime, *, patience: float = 0.0) -> None:  # noqa: ARG002
        """Withdraw a story from all lists."""
        with suppress(InputError):  # a URL that the store refuses is in none of its lists
            self._store().unpublish(url, now, now=now)

    def _recommend(
        self, ready: SiteSnapshot, key: Key, draft: Callable[[], Article | None], now: datetime
    ) -> Answer:
        """Compute one answer at a time: they are CPU-bound and would only share a core."""
        with self._computing:
            answer = ready.recommend(key[0], draft, key[1], now)
            if key[0] in ready.snapshot.corpus.row_of:  # a draft may change between two requests
                self._answers[key] = (ready.number, time.monotonic() + LIFETIME, answer)
                self._answers.move_to_end(key)
                while len(self._answers) > MAX_CACHED:
                    self._answers.popitem(last=False)
        return answer

    def _follow(self) -> None:
        """Run the thread: load, then look for changes until the process ends."""
        apps.ready_event.wait()
        live: LiveRecommender[DatabaseOverrides] | None = None
        overrides = DatabaseOverrides()
        while not self._stopped.is_set():
            self._wake.clear()
            pause = POLL
            try:
                if live is None:
                    live = self._load(overrides)
                elif live.follow():
                    self._switch(live, overrides)
            except (RecsysError, DatabaseError) as error:
                _LOG.warning("recommendations are not updated: %s", error)
                pause = _RETRY_AFTER
            finally:
                close_old_connections()
            self._wake.wait(pause)

    def _load(self, overrides: DatabaseOverrides) -> LiveRecommender[DatabaseOverrides]:
        from recsys.live import LiveRecommender

        live = LiveRecommender(self._store(), self._config.models, self._config.rules, overrides)
        self._switch(live, overrides)
        self._opened.set()
        live.save()
        return live

    def _switch(self, live: LiveRecommender[DatabaseOverrides], overrides: DatabaseOverrides) -> None:
        """Switch to the new snapshot, after one query: the first one of a snapshot takes longest."""
        number = 0 if self._ready is None else self._ready.number + 1
        ready, corpus = SiteSnapshot(number, live.snapshot, overrides.current), live.snapshot.corpus
        if corpus.size:
            newest = corpus.shown(corpus.size - 1).url
            live.snapshot.recommender.recommend(newest, clock(), live.snapshot.request)
        self._ready = ready
        if live.unsaved >= _SAVE_AFTER:
            live.save()
        for key in list(reversed(list(self._answers)))[:PREWARMED]:
            if self._wake.is_set() or self._stopped.is_set():
                return  # there is something newer
            self._recommend(ready, key, lambda: None, clock())
            time.sleep(0)  # pages go first


def _answer(recommendations: Sequence[Recommendation]) -> Answer:
    headlines = map(build_headline, recommendations)
    return Answer(tuple(each for each in headlines if each is not None))


def _unique(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return the first pin of each story: those for one list win."""
    by_url: dict[str, Pin] = {}
    for pin in pins:
        by_url.setdefault(pin.url, pin)
    return tuple(by_url.values())
