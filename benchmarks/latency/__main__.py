"""How long a recommendation takes: ours over its whole path, peers' retrieval alone, on archives of any size.

    make bench-setup
    python -m benchmarks.latency --articles 10000,100000,1000000 --json latency.json --plot latency.svg

An archive of ten years is made of the sentences of --data (benchmarks/latency/corpus.py says how) and
ingested, and everybody is asked the same: beside the newest articles, and beside as many of the last tenth at
random. All run in one process and on one thread, by turns. Of a peer only the retrieval counts, its query
tokenised beforehand; ours reads the article, finds candidates, computes features, scores and applies the
rules. A peer that is not installed is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.latency import ours
from benchmarks.latency.corpus import Corpus, Plan, load_sources
from benchmarks.latency.exact import check, weigh_exactly
from benchmarks.latency.given import Texts, choose_queries, collect
from benchmarks.latency.peers import PEERS, build_peers
from benchmarks.latency.plot import draw_latency
from benchmarks.latency.report import Size, assemble, describe_machine, print_tables
from benchmarks.latency.timing import SystemInfo, summarise, time_all
from recsys.corpus import Corpus as NewsCorpus

DATA = Path("../shared/data/bbc")
MOST_LISTS = 100_000
CHECKED = 50
"""Queries of which the candidates are held against exact TF-IDF."""
INGESTED = "ingested.json"
"""Written into the folder of an archive when all of it is there: what its ingest took."""


def main(argv: Sequence[str] | None = None) -> None:
    """Make, ask, print; or say what is missing."""
    given = _parse(argv)
    if not given.data.exists():
        print(f"{given.data} does not exist, nothing was measured: --data names other texts", file=sys.stderr)
        return
    sources = load_sources(given.data)
    machine = describe_machine()
    with tempfile.TemporaryDirectory() as temporary, threadpool_limits(1):
        work = given.work or Path(temporary)
        sizes = [measure(Corpus(sources, plan), work, given) for plan in _plans(given)]
    print_tables(sizes, machine)
    if given.json is not None:
        text = json.dumps(assemble(sizes, machine), indent=1)
        given.json.write_text(f"{text}\n", encoding="utf-8")
    if given.plot is not None:
        given.plot.write_text(draw_latency(sizes), encoding="utf-8")


def measure(corpus: Corpus, work: Path, given: argparse.Namespace) -> Size:
    """Everything about one size."""
    folder = work / corpus.name
    ingested = prepare(corpus, folder)
    texts = collect(corpus.articles(), choose_queries(corpus.plan.articles, given.queries))
    mine, archive = ours.build(folder, texts.queries)
    tell(f"recsys: built and opened in {mine.facts['build_s']} s")
    peers, missing = build_peers(texts, given.peers, tell)
    size: Size = {
        "articles": len(texts.texts),
        "window_articles": len(texts.texts) - texts.first,
        "lists": ingested["lists"],
        "queries": len(texts.asked),
        "missing": missing,
        **ask_all([mine, *peers], len(texts.asked)),
    }
    del peers
    size["check"] = _check(corpus, archive, texts)
    size["recsys"] |= {"ingest_per_s": ingested["per_s"], "reused": ingested["reused"]}
    size["recsys"] |= ours.measure_opening(folder, texts.queries[0])
    size["recsys"]["arrival_ms"] = ours.measure_arrival(folder, texts.queries[0])
    return size


def ask_all(contestants: Sequence[SystemInfo], queries: int) -> dict[str, dict[str, object]]:
    """Latencies by contestant and window, and what else is known of each."""
    tell(f"asking {', '.join(each.name for each in contestants)}")
    found: dict[str, dict[str, object]] = {each.name: {**each.facts} for each in contestants}
    for (name, window), took in time_all(contestants, queries).items():
        found[name][window] = summarise(took)
    return found


def tell(what: str) -> None:
    """A line about what is going on."""
    print(f"  {what}", file=sys.stderr, flush=True)


def prepare(corpus: Corpus, folder: Path) -> dict[str, object]:
    """The store of a corpus, made unless an earlier run left it there; how fast it was made."""
    path = folder / INGESTED
    if path.exists():
        tell(f"reusing {folder}")
        return {**json.loads(path.read_bytes()), "reused": True}
    made = ours.ingest(corpus, folder, tell)
    found = {**asdict(made), "per_s": round(made.articles / made.seconds, 1)}
    path.write_text(json.dumps(found), encoding="utf-8")
    return {**found, "reused": False}


def _check(corpus: Corpus, archive: NewsCorpus, texts: Texts) -> dict[str, object]:
    tell("comparing with exact TF-IDF")
    return check(archive, weigh_exactly(corpus.articles()), texts.queries[:CHECKED], texts.asked[:CHECKED])


def _plans(given: argparse.Namespace) -> list[Plan]:
    counts = sorted({int(number) for part in given.articles for number in part.split(",")})
    return [
        Plan(
            count,
            min(count // 10, MOST_LISTS) if given.lists is None else given.lists,
            given.per_day,
            given.seed,
        )
        for count in counts
    ]


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("--articles", action="append", required=True, help="how many, or several sizes: 10000,100000")
    add("--data", type=Path, default=DATA, help="a folder of interchange files, or a text file (corpus.py)")
    add("--lists", type=int, help="how many lists; a tenth of the articles and at most 100,000 if not given")
    add(
        "--per-day",
        type=float,
        help="articles a day, for windows of one size; ten years are filled if not given",
    )
    add("--queries", type=int, default=300, help="how many, for everybody (default 300)")
    add("--peers", nargs="*", choices=list(PEERS), default=list(PEERS), help="which (default all)")
    add("--seed", type=int, default=0, help="of the corpus")
    add("--work", type=Path, help="a folder that keeps the archives for the next run")
    add("--json", type=Path, help="a file for every figure")
    add("--plot", type=Path, help="a file for the figure, SVG")
    return made.parse_args(argv)


if __name__ == "__main__":
    main()
