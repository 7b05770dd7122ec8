"""One training in a process of its own: started by `benchmarks.training`, prints one JSON object.

The imports are done before the clock runs. Memory is the most that the process has had, in all and before
the archive was open.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.latency.corpus import END
from benchmarks.latency.ours import store_in
from benchmarks.latency.timing import peak_memory_mb
from recsys.config.settings import parse_size
from recsys.corpus import open_corpus
from recsys.ranking.model_files import load_latest, save_bundle
from recsys.store import Store
from recsys.training import train

_STARTED, _STARTED_CPU = time.perf_counter(), time.process_time()
_PHASES: dict[str, float] = {}


def main(folder: Path, memory: str) -> None:
    """Open the archive, train from the last weights of the folder if there are any, say what it took."""
    models = folder / "models"
    latest = load_latest(models)
    with Store.open(store_in(folder), create=False) as store:
        corpus = open_corpus(store, END, first_texts=True)
    opened, opened_cpu, opened_mb = time.perf_counter(), time.process_time(), peak_memory_mb()
    trained = train(corpus, until=END, warm_start=latest, memory=parse_size(memory), progress=_note)
    ended = time.perf_counter()
    figures = {
        "articles": corpus.size,
        "contexts": dict(trained.report.contexts),
        "refit": latest is not None,
        "open_s": round(opened - _STARTED, 2),
        "open_cpu_s": round(opened_cpu - _STARTED_CPU, 2),
        "open_mb": opened_mb,
        "contexts_s": round(_PHASES.get("contexts", opened) - opened, 2),
        "train_s": round(ended - opened, 2),
        "train_cpu_s": round(time.process_time() - opened_cpu, 2),
        "peak_mb": peak_memory_mb(),
    }
    save_bundle(trained.ranker.weights_, trained.report.manifest("trained"), models)
    print(json.dumps(figures))


def _note(phase: str, done: int, total: int) -> None:
    """When the last of a phase was done; now and then, how far it is."""
    _PHASES[phase] = time.perf_counter()
    if done % 1_000 == 0:
        took = time.perf_counter() - _STARTED
        print(f"  {phase}: {done:,} of {total:,} after {took:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
