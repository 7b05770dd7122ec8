"""Batch recommendations: for many stored articles, in order, on several cores."""

from __future__ import annotations

import gc
import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import ClassVar, TypeVar
from uuid import uuid4

import numpy as np
from joblib import Parallel, cpu_count, delayed
from joblib.externals.loky.process_executor import BrokenProcessPool

from recsys.corpus import open_corpus
from recsys.domain import Article, Recommendation, to_microseconds
from recsys.errors import BatchError, RecsysError
from recsys.ranking import Ranker
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store

CHUNK = 16
"""Articles in one task: some 0.2 s of work, against which its overhead of 1 ms is negligible."""
WINDOW = 64
"""Tasks for each process before all their results are passed on: at most this many results are held, however
slowly they are consumed. At the end of a window a core waits for half a task, 1 % of the time."""
WORTH = 256
"""Articles for each process by default: some 5 s of work, against 2 s for starting a process and opening the
corpus."""

T = TypeVar("T")
Convert = Callable[[Article, Sequence[Recommendation]], T]


@dataclass(frozen=True, slots=True)
class Batch:
    """The settings shared by all articles of a batch. Small: each process opens the corpus for itself."""

    store: str
    """A path or database URL that is valid in every process: an absolute path."""
    as_of: datetime
    ranker: Ranker = field(compare=False)
    request: Request = field(default_factory=Request)
    id: str = field(default_factory=lambda: uuid4().hex)
    """Distinguishes it from a later batch on the same store, which may have more articles by then."""

    def find_articles(self, since: datetime | None = None) -> list[str]:
        """The addresses of the articles known before the moment, in order of first_seen_at.

        With `since` only those first seen then or later.
        """
        with self._open() as recommender:
            corpus = recommender.corpus
            known = corpus.named_at < to_microseconds(self.as_of)
            if since is not None:
                known &= corpus.first_seen >= to_microseconds(since)
            return [corpus.shown(row).url for row in np.flatnonzero(known).tolist()]

    def recommend(self, urls: Sequence[str], convert: Convert[T], *, jobs: int | None = None) -> Iterator[T]:
        """The result of `convert` for each article and its recommendations, in the order of `urls`.

        `jobs` is the number of processes; None for one on every core as far as that is worthwhile, 1 for this
        process. `convert` is called in the process that recommends, so that little data is transferred.
        BatchError names the article that failed.
        """
        chunks = [urls[at : at + CHUNK] for at in range(0, len(urls), CHUNK)]
        jobs = min(jobs or cpu_count(), len(chunks) if jobs else len(urls) // WORTH)
        return self._distribute(chunks, convert, jobs) if jobs > 1 else self._recommend_here(urls, convert)

    def _open(self) -> Recommender:
        store = Store.open(self.store, create=False)
        try:
            return Recommender(open_corpus(store, self.as_of), self.ranker, store=store)
        except BaseException:
            store.close()
            raise

    def _recommend_here(self, urls: Sequence[str], convert: Convert[T]) -> Iterator[T]:
        if urls:
            with self._open() as recommender:
                for url in urls:
                    yield _recommend(self, recommender, url, convert)

    def _distribute(self, chunks: Sequence[Sequence[str]], convert: Convert[T], jobs: int) -> Iterator[T]:
        window = WINDOW * jobs
        try:
            for at in range(0, len(chunks), window):
                tasks = (
                    delayed(_Worker.recommend)(self, chunk, convert) for chunk in chunks[at : at + window]
                )
                parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator")  # processes are reused
                with _closing(parallel(tasks)) as results:
                    yield from chain.from_iterable(results)
        except BrokenProcessPool:
            raise BatchError(
                f"one of {jobs} processes ended early, perhaps for lack of memory: use fewer jobs"
            ) from None


@contextmanager
def _closing(results: Generator[list[T], None, None]) -> Iterator[Iterator[list[T]]]:
    """Close results that may not be consumed to the end, without joblib's warning about that."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.close()


def _recommend(batch: Batch, recommender: Recommender, url: str, convert: Convert[T]) -> T:
    try:
        article = recommender.corpus.article(url)
        return convert(article, recommender.recommend(article, batch.as_of, batch.request))
    except RecsysError as error:
        raise BatchError(f"{url}: {error}") from error
    except Exception as error:
        error.add_note(f"while recommending for {url}")
        raise


class _Worker:
    """The state of a joblib process between the tasks of a batch; joblib has no place for it."""

    _opened: ClassVar[tuple[Batch, Recommender] | None] = None

    @classmethod
    def recommend(cls, batch: Batch, urls: Sequence[str], convert: Convert[T]) -> list[T]:
        """The results for some articles, with the corpus opened once for each batch."""
        if threading.current_thread() is threading.main_thread():
            # Ctrl-C reaches all processes. A worker that died of it while sending a result would leave the
            # first process waiting for the rest; the first process ends the workers.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if cls._opened is None or cls._opened[0] != batch:
            if cls._opened is not None:
                cls._opened[1].close()
            cls._opened = (batch, batch._open())
            # joblib collects garbage every second: with a corpus of 18,000 articles that takes 0.08 s.
            gc.freeze()
        return [_recommend(batch, cls._opened[1], url, convert) for url in urls]
