"""Ours: the archive built and opened, asked over the whole path, and the arrival of a new article.

`open_corpus` and `let_arrive` are the only places that know how an archive lies on disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from json import loads
from pathlib import Path

import recsys.corpus
from benchmarks.latency.corpus import END, Corpus
from benchmarks.latency.given import WINDOW
from benchmarks.latency.timing import Built, K, SystemInfo, disk_mb
from recsys.corpus import Corpus as NewsCorpus
from recsys.corpus import CorpusFollower
from recsys.domain import Article, Page, Recommendation
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store

NAME = "recsys"
WINDOWS: dict[str, timedelta | None] = {"window_90d": WINDOW, "archive": None}
ROOT = Path(__file__).parents[2]
PORTION = 20_000
"""Pages that are made ready before the clock of the ingest runs on."""
ARRIVES_AFTER = timedelta(minutes=1)


def store_in(folder: Path) -> Path:
    """Where the store lies in the folder of an archive; whatever belongs to it lies beside it."""
    return folder / "recsys.db"


# --- how an archive lies on disk: to be changed together with recsys.corpus -------------------------------


def build_archive(folder: Path) -> None:
    """Makes every article of the store ready, and keeps that beside it; done already it does nothing."""
    with Store.open(store_in(folder)) as store:
        CorpusFollower(store, store.index_folder).save()


def open_corpus(folder: Path, as_of: datetime) -> NewsCorpus:
    """The corpus of a folder as of a moment; its store stays open until the process ends."""
    return recsys.corpus.open_corpus(Store.open(store_in(folder)), as_of)


@contextmanager
def arriving(folder: Path, as_of: datetime) -> Iterator[Callable[[Article], NewsCorpus]]:
    """An archive that is being asked, and what stores an article and gives the archive with it."""
    with Store.open(store_in(folder)) as store:
        follower = CorpusFollower(store, store.index_folder)
        follower.corpus()

        def arrive(article: Article) -> NewsCorpus:
            store.add(Page(article))
            return follower.corpus(as_of)

        yield arrive


# -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ingested:
    """What putting the pages into the store took, the making of the pages not counted."""

    articles: int
    lists: int
    seconds: float


def ingest(corpus: Corpus, folder: Path, tell: Callable[[str], None]) -> Ingested:
    """Every page of the corpus into a new store."""
    articles, lists, seconds, waiting = 0, 0, 0.0, corpus.pages()
    with Store.open(store_in(folder)) as store:
        while portion := list(islice(waiting, PORTION)):
            began = time.perf_counter()
            counts = store.add_all(portion)
            seconds += time.perf_counter() - began
            articles, lists = articles + counts.articles_new, lists + counts.lists_new
            tell(f"ingested {articles:,} of {corpus.plan.articles:,} articles in {seconds:.0f} s")
    return Ingested(articles, lists, seconds)


def build(folder: Path, queries: Sequence[Article]) -> tuple[SystemInfo, NewsCorpus]:
    """Ours over the whole path: candidates, features, scores, rules; no explanation."""
    with Built() as built:
        build_archive(folder)
    archive = open_corpus(folder, END)
    recommender = Recommender(archive, LogisticRanker(prior=load_pretrained_weights()))

    def ask_in(window: timedelta | None) -> Callable[[int], list[Recommendation]]:
        request = Request(k=K, window=window)
        return lambda number: recommender.recommend(queries[number], END, request)

    asks = {name: ask_in(window) for name, window in WINDOWS.items()}
    facts = {"build_s": built.seconds, "disk_mb": round(disk_mb(folder), 1)}
    return SystemInfo(NAME, asks, facts), archive


def measure_opening(folder: Path, query: Article) -> dict[str, object]:
    """Open and first answer in a new process, and what memory it needs."""
    command = [sys.executable, "-m", "benchmarks.latency.opening", str(folder.resolve()), query.url]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT)
    took = time.perf_counter() - began
    return {**loads(done.stdout), "process_s": round(took, 3)}


def measure_arrival(folder: Path, like: Article) -> float:
    """Milliseconds from the arrival of a new story until it has been asked beside and can be a candidate.

    The store is a copy, so that the archive of the folder stays as it was planned.
    """
    copied = folder.with_name(f".arrival-{folder.name}")
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(folder, copied)
    late = END + ARRIVES_AFTER
    new = replace(like, url=f"{like.url}-new", headline=f"New: {like.label}", first_seen_at=END)
    ranker = LogisticRanker(prior=load_pretrained_weights())
    try:
        with arriving(copied, late) as arrive:
            began = time.perf_counter()
            recommender = Recommender(arrive(new), ranker)
            beside = recommender.recommend(new, late, Request(k=K))
            took = time.perf_counter() - began
            recommender.explain(like, new, late)  # UnknownArticleError if it could not be a candidate
    finally:
        shutil.rmtree(copied, ignore_errors=True)
    if not beside:
        raise RuntimeError("the article that arrived got no recommendation")
    return round(took * 1000, 2)
