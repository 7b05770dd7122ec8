"""Answers in the site's own process: the store beside the site, the archive that follows it, a bundle.

A thread opens the archive and follows the store, so that no page waits for that: pages ask the newest edition
that is ready. Every process of a site has its own; they share the files of the archive.
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
from recsys.integrations.answers import NOTHING, Answer, build_headline
from recsys.integrations.batch_splitting import Refusal, send_in_parts
from recsys.integrations.django.conf import Config
from recsys.integrations.django.database_overrides import DatabaseOverrides, Decisions
from recsys.integrations.site_clock import clock
from recsys.request import Pin, Request, Rules
from recsys.store import Store

if TYPE_CHECKING:  # it loads scikit-learn, which the thread does and a command of manage.py never
    from recsys.live import LiveRecommender, ServingSnapshot

POLL = 0.5
"""Seconds after which every process has seen what another one told, decided or trained."""
PATIENCE = 0.045
"""Seconds that a page waits while the archive is being opened."""
LIFE = 60.0
"""Seconds for which an answer is taken as it is; news grows old."""
MOST_ANSWERS = 5_000
KEPT_READY = 50
"""Pages asked for last whose answers are made anew behind the pages when something changed."""
WRITER_WAIT = 3.0
"""Seconds that who saves an object waits for other processes that write."""
_KEPT_AFTER = 200  # editions
_AGAIN_AFTER = 5.0  # seconds, when the archive could not be opened
_LOG = logging.getLogger("recsys.integrations")

Key = tuple[str, int]
"""An address, and how many headlines."""


@dataclass(frozen=True)
class Ready:
    """What is answered from: an edition, and what was decided when it was made."""

    number: int
    """Of a process, rising; answers remember it instead of the archive."""
    snapshot: ServingSnapshot
    decisions: Decisions

    def request(self, url: str, k: int) -> Request:
        """What is asked beside an address."""
        base = self.snapshot.request
        rules = base.rules or Rules()
        pinned = (*self.decisions.pins(url), *rules.pinned)
        return replace(base, k=k, rules=replace(rules, pinned=_once(pinned)))

    def ask(self, url: str, draft: Callable[[], Article | None], k: int, now: datetime) -> Answer:
        """Headlines beside a stored article, or beside what is no article yet by its text."""
        corpus, recommender = self.snapshot.corpus, self.snapshot.recommender
        request = self.request(url, k)
        if url in corpus.row_of:
            return _answer(recommender.recommend(url, now, request))
        article = draft()
        return NOTHING if article is None else _answer(recommender.recommend(article, now, request))


class LocalBackend:
    """The recommender of this process."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._forget()

    def _forget(self) -> None:
        self._process = os.getpid()
        self._ready: Ready | None = None
        self._thread: threading.Thread | None = None
        self._starting, self._asking = threading.Lock(), threading.Lock()
        self._opened, self._wake, self._stopped = threading.Event(), threading.Event(), threading.Event()
        self._answers: OrderedDict[Key, tuple[int, float, Answer]] = OrderedDict()
        self._held: Store | None = None

    @property
    def _store(self) -> Store:
        """The store of this process, opened when it is used first: connections are not shared by a fork."""
        if self._process != os.getpid():
            self._forget()
        with self._starting:
            if self._held is None:
                self._held = Store.open(self._config.store, wait=WRITER_WAIT)
            return self._held

    def start(self) -> None:
        """Open the archive behind this call. A process that was forked begins anew."""
        if self._process != os.getpid():
            self._forget()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="recsys", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread, and close the store."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10)
        if self._held is not None:
            self._held.close()

    def notice(self) -> None:
        """Look for what changed now, and not when the thread would."""
        self._wake.set()

    def related(self, url: str, draft: Callable[[], Article | None], k: int, now: datetime) -> Answer:
        """Headlines beside an address: remembered, or made in 3 ms; nothing while the archive is opened."""
        self.start()
        ready = self._ready
        if ready is None:
            self._opened.wait(PATIENCE)
            ready = self._ready
        if ready is None:
            return NOTHING
        found = self._answers.get((url, k))
        if found is not None and found[0] == ready.number and time.monotonic() < found[1]:
            return found[2]
        try:
            return self._ask(ready, (url, k), draft, now)
        except RecsysError as error:
            _LOG.warning("nothing to show beside %s: %s", url, error)
            return NOTHING

    def tell(self, pages: Sequence[Page], *, patience: float = 0.0) -> list[Refusal]:  # noqa: ARG002
        """Store stories and the links of their texts; those that the store refuses."""
        now = clock()
        refused = send_in_parts(pages, lambda some: self._store.add_all(some, now=now))
        return [Refusal(page.article.url, str(error)) for page, error in refused if page.article is not None]

    def withdraw(self, url: str, now: datetime, *, patience: float = 0.0) -> None:  # noqa: ARG002
        """Take a story out of every list."""
        with suppress(InputError):  # an address that the store does not take is in no list of it
            self._store.unpublish(url, now, now=now)

    def _ask(self, ready: Ready, key: Key, draft: Callable[[], Article | None], now: datetime) -> Answer:
        """One question at a time: they all compute, and would only share a core."""
        with self._asking:
            answer = ready.ask(key[0], draft, key[1], now)
            if key[0] in ready.snapshot.corpus.row_of:  # a draft is another at every look
                self._answers[key] = (ready.number, time.monotonic() + LIFE, answer)
                self._answers.move_to_end(key)
                while len(self._answers) > MOST_ANSWERS:
                    self._answers.popitem(last=False)
        return answer

    def _follow(self) -> None:
        """What the thread does: open, then look for what changed until the process ends."""
        apps.ready_event.wait()
        live: LiveRecommender[DatabaseOverrides] | None = None
        overrides = DatabaseOverrides()
        while not self._stopped.is_set():
            self._wake.clear()
            pause = POLL
            try:
                if live is None:
                    live = self._open(overrides)
                elif live.follow():
                    self._take(live, overrides)
            except (RecsysError, DatabaseError) as error:
                _LOG.warning("what is shown stays as it is: %s", error)
                pause = _AGAIN_AFTER
            finally:
                close_old_connections()
            self._wake.wait(pause)

    def _open(self, overrides: DatabaseOverrides) -> LiveRecommender[DatabaseOverrides]:
        from recsys.live import LiveRecommender

        live = LiveRecommender(self._store, self._config.models, self._config.rules, overrides)
        self._take(live, overrides)
        self._opened.set()
        live.save()
        return live

    def _take(self, live: LiveRecommender[DatabaseOverrides], overrides: DatabaseOverrides) -> None:
        """Answer from what is new, after one question: the first of an edition takes longest."""
        number = 0 if self._ready is None else self._ready.number + 1
        ready, corpus = Ready(number, live.snapshot, overrides.decisions), live.snapshot.corpus
        if corpus.size:
            newest = corpus.shown(corpus.size - 1).url
            live.snapshot.recommender.recommend(newest, clock(), live.snapshot.request)
        self._ready = ready
        if live.unsaved >= _KEPT_AFTER:
            live.save()
        for key in list(reversed(list(self._answers)))[:KEPT_READY]:
            if self._wake.is_set() or self._stopped.is_set():
                return  # something newer is there
            self._ask(ready, key, lambda: None, clock())
            time.sleep(0)  # pages go first


def _answer(found: Sequence[Recommendation]) -> Answer:
    return Answer(tuple(each for one in found if (each := build_headline(one)) is not None))


def _once(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """Each story pinned once, where it was first: what is decided for one list wins."""
    found: dict[str, Pin] = {}
    for pin in pins:
        found.setdefault(pin.url, pin)
    return tuple(found.values())
