"""Recommendations beside many articles of an archive, in order, on several cores."""

from __future__ import annotations

import gc
import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import TypeVar
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
"""Articles of one task: some 0.2 s of work, beside which handing it over (1 ms) does not count."""
WINDOW = 64
"""Tasks for each process between two pauses in which all answers are handed on: so many are held at most,
however slowly they are taken. At the end of a window a core waits for half a task, 1 % of the time."""
WORTH = 256
"""Articles from which another process is worth its start, unless somebody says how many there are to be: some
5 s of work against 2 s, and the opening of the archive."""

T = TypeVar("T")
Make = Callable[[Article, Sequence[Recommendation]], T]


@dataclass(frozen=True, slots=True)
class Batch:
    """What every article of a batch is asked with. Small: each process opens the archive for itself."""

    store: str
    """A path or database URL that means the same in every process: an absolute path."""
    as_of: datetime
    ranker: Ranker = field(compare=False)
    request: Request = field(default_factory=Request)
    number: str = field(default_factory=lambda: uuid4().hex)
    """Tells it from a later batch about the same store, which may hold more by then."""

    def find_articles(self, since: datetime | None = None) -> list[str]:
        """Addresses of what was known before the moment by a page or a headline, the first seen first.

        With `since` only those first seen then or later.
        """
        corpus = _open(self).corpus
        known = corpus.named_at < to_microseconds(self.as_of)
        if since is not None:
            known &= corpus.first_seen >= to_microseconds(since)
        return [corpus.shown(row).url for row in np.flatnonzero(known).tolist()]

    def recommend(self, urls: Sequence[str], make: Make[T], *, jobs: int | None = None) -> Iterator[T]:
        """What `make` makes of each article and its recommendations, in the order of `urls`.

        `jobs` is the number of processes, None for one on every core as far as that is worth it; 1 is this
        process. `make` is called where the answer is found, so that little travels. BatchError names the
        article at which it ended.
        """
        chunks = [urls[at : at + CHUNK] for at in range(0, len(urls), CHUNK)]
        jobs = min(jobs or cpu_count(), len(chunks) if jobs else len(urls) // WORTH)
        if jobs <= 1:
            return chain.from_iterable(_answer(self, chunk, make) for chunk in chunks)
        _open.cache_clear()  # this process needs its archive no more, the others have their own
        return self._distribute(chunks, make, jobs)

    def _distribute(self, chunks: Sequence[Sequence[str]], make: Make[T], jobs: int) -> Iterator[T]:
        window = WINDOW * jobs
        try:
            for at in range(0, len(chunks), window):
                tasks = (delayed(_answer_apart)(self, chunk, make) for chunk in chunks[at : at + window])
                parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator")  # the processes stay
                with _closing(parallel(tasks)) as answers:
                    yield from chain.from_iterable(answers)
        except BrokenProcessPool:
            raise BatchError(
                f"one of {jobs} processes ended early, perhaps for want of memory: fewer jobs need less"
            ) from None


@contextmanager
def _closing(answers: Generator[list[T], None, None]) -> Iterator[Iterator[list[T]]]:
    """Answers that nobody may want any more: joblib would warn that some were found in vain."""
    try:
        yield answers
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers.close()


@lru_cache(maxsize=1)
def _open(batch: Batch) -> Recommender:
    """The recommender of a batch, opened once in every process."""
    with Store.open(batch.store, create=False) as store:
        corpus = open_corpus(store, batch.as_of)
    return Recommender(corpus, batch.ranker)


def _answer(batch: Batch, urls: Sequence[str], make: Make[T]) -> list[T]:
    recommender, made = _open(batch), []
    for url in urls:
        try:
            article = recommender.corpus.article(url)
            made.append(make(article, recommender.recommend(article, batch.as_of, batch.request)))
        except RecsysError as error:
            raise BatchError(f"{url}: {error}") from error
        except Exception as error:
            error.add_note(f"beside {url}")
            raise
    return made


def _answer_apart(batch: Batch, urls: Sequence[str], make: Make[T]) -> list[T]:
    """The same in a process of joblib's, made fit for it when it opens its archive."""
    if threading.current_thread() is threading.main_thread():
        # Ctrl-C reaches all of them. One that died of it amid an answer would leave the first process waiting
        # for the other half; that one ends them.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    opened_before = _open.cache_info().misses
    _open(batch)
    if _open.cache_info().misses > opened_before:
        # joblib looks for garbage each second: through an archive of 18,000 articles that takes 0.08 s.
        gc.freeze()
    return _answer(batch, urls, make)
