"""What a new process needs until its first answer: started by `benchmarks.latency`, prints one JSON object.

The imports are done before the clock runs; the pages of the files are as warm as the system keeps them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.latency.corpus import END
from benchmarks.latency.ours import WINDOWS, open_corpus, store_in
from benchmarks.latency.timing import K, peak_memory_mb, shared_memory_mb
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store

AFTERWARDS = 20
"""Further questions before the memory is read, so that pages that are only needed now and then are there."""


def main(folder: Path, url: str) -> None:
    """Open, answer, say how long it took."""
    with Store.open(store_in(folder), create=False) as store:
        stored = store.article(url)
    if stored is None:
        raise SystemExit(f"{url} is not in {folder}")
    began = time.perf_counter()
    archive = open_corpus(folder, END)
    opened = time.perf_counter()
    recommender = Recommender(archive, LogisticRanker(prior=load_pretrained_weights()))
    recommender.recommend(stored.article, END, Request(k=K))
    answered = time.perf_counter()
    for _ in range(AFTERWARDS):
        for window in WINDOWS.values():
            recommender.recommend(stored.article, END, Request(k=K, window=window))
    figures = {
        "open_s": round(opened - began, 4),
        "open_first_answer_s": round(answered - began, 4),
        "rss_mb": peak_memory_mb(),
        "pss_mb": shared_memory_mb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    with threadpool_limits(1):
        main(Path(sys.argv[1]), sys.argv[2])
