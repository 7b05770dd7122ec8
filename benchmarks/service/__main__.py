"""How many questions a second the HTTP service answers, beside a FastAPI route that computes nothing.

    python -m benchmarks.service ../shared/data/bbc --json service.json
    python -m benchmarks.service data/recsys.db --mixed 5 --json mixed.json --plot mixed.svg

DATA is a folder in the interchange format, which is ingested, or a store, which is copied: nothing is written
to what is there. wrk asks over so many connections: the bare route with a body as large as an answer, an
answer from the cache, and answers beside other articles each time, which no cache holds. Both servers have as
many processes. With --mixed everything is asked for minutes while 50 articles a second are stored and the
model changes twice.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from benchmarks.latency.report import describe_machine
from benchmarks.service.load import Measured, ask_anew, ask_same
from benchmarks.service.mixed import mix
from benchmarks.service.plot import draw_memory
from benchmarks.service.servers import Server, serve_bare, serve_recsys
from recsys.store import Store

MOST_URLS = 5_000
LONGEST_RUN = 600
"""Seconds and minutes that can be asked for, so that a slip does not measure for days."""


def main(argv: Sequence[str] | None = None) -> None:
    """Serve, ask, print; or say what is missing."""
    given = _parse(argv)
    for missing, is_there in (("wrk", shutil.which("wrk")), (str(given.data), given.data.exists())):
        if not is_there:
            print(f"{missing} is not there, nothing was measured", file=sys.stderr)
            return
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        store = prepare(given.data, work)
        urls = newest(store)
        figures: dict[str, Any] = {"machine": describe_machine(), "workers": given.workers, "urls": len(urls)}
        figures |= {"connections": given.connections} | measure(store, urls, work, given)
        print_table(figures)
        if given.mixed:
            figures["mixed"] = measure_mixed(store, urls, work, given)
    if given.json is not None:
        given.json.write_text(f"{json.dumps(figures, indent=1)}\n", encoding="utf-8")


def prepare(data: Path, work: Path) -> Path:
    """A store of its own with what DATA holds."""
    store = work / "news.db"
    if data.is_file():
        source = sqlite3.connect(f"file:{data}?mode=ro", uri=True)
        with closing(source) as there, closing(sqlite3.connect(store)) as copy:
            there.backup(copy)
        return store
    command = [sys.executable, "-m", "recsys", "ingest", str(data), "--store", str(store)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return store


def newest(store: Path) -> list[str]:
    """The addresses of the newest articles whose page was read, the newest first."""
    with Store.open(store, create=False) as opened:
        gone = set(opened.unpublished())
        known = [each.article for each in opened.read_articles() if each.article.body]
    urls = [each.url for each in known if each.url.startswith("http") and each.url not in gone]
    return urls[: -MOST_URLS - 1 : -1]


def measure(store: Path, urls: Sequence[str], work: Path, given: argparse.Namespace) -> dict[str, Any]:
    """The bare route, answers from the cache, and answers that are computed."""
    how = {"seconds": given.seconds, "connections": given.connections}
    path = f"/v1/related?url={quote(urls[0], safe='')}&k={given.k}"
    with serve_recsys(store, given.workers) as server:
        body = len(httpx.get(server.url + path, headers={"accept-encoding": "identity"}).content)
        warm(server, urls)
        cached = ask_same(server.url + path, work, **how)
        computed = ask_anew(server.url, urls, work, **how)
        ready = server.ready_s
    with serve_bare(body, given.workers) as server:
        bare = ask_same(f"{server.url}/bare", work, **how)
    return {"body_bytes": body, "ready_s": ready, "bare": bare, "cached": cached, "computed": computed}


def warm(server: Server, urls: Sequence[str]) -> None:
    """Let every process compute once: compiled loops are loaded then."""
    for url in urls[:20]:
        httpx.get(f"{server.url}/v1/related", params={"url": url}, trust_env=False, timeout=60)


def measure_mixed(store: Path, urls: Sequence[str], work: Path, given: argparse.Namespace) -> dict[str, Any]:
    """What failed in the minutes of everything at once, and the memory over time."""
    seconds = max(round(given.mixed * 60), 3)
    with serve_recsys(store, given.workers) as server:
        warm(server, urls)
        seen = mix(server, store, urls, work, seconds=seconds, connections=given.connections)
    questions: Measured | None = seen.questions
    assert questions is not None
    print(f"\nmixed: {questions['requests']:,} questions, {questions['failed']} failed; ", end="")
    print(f"{seen.writes:,} writes, {seen.failed_writes} failed; models: {', '.join(seen.models)}")
    if seen.memory:
        print(f"memory: {seen.memory[0][1]:,.0f} MB first, {seen.memory[-1][1]:,.0f} MB last")
    if given.plot is not None:
        given.plot.write_text(draw_memory(seen.memory), encoding="utf-8")
    return seen.summary()


def print_table(figures: Mapping[str, Any]) -> None:
    """A line for each kind of answer, held against the bare route."""
    print("| | requests/s | of the bare route | p50 ms | p99 ms | failed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in ("bare", "cached", "computed"):
        each, share = figures[name], figures[name]["per_s"] / figures["bare"]["per_s"]
        print(f"| {name} | {each['per_s']:,.0f} | {share:.2f} | {each['p50_ms']:.2f} | ", end="")
        print(f"{each['p99_ms']:.2f} | {each['failed']} of {each['requests']:,} |")
    print(f"\nAnswers of {figures['body_bytes']:,} bytes, {figures['workers']} process(es), ", end="")
    print(f"{figures['connections']} connections; ready after {figures['ready_s']} s.")


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, metavar="DATA", help="a folder of interchange files, or a store")
    parser.add_argument("--seconds", type=int, default=20, help="of each run (20)")
    parser.add_argument("--connections", type=int, default=16, help="that are open at once (16)")
    parser.add_argument("--workers", type=int, default=1, help="processes of each server (1)")
    parser.add_argument("-k", type=int, default=5, help="headlines in the cached answer (5)")
    parser.add_argument("--mixed", type=float, default=0, metavar="MINUTES", help="of everything at once")
    parser.add_argument("--json", type=Path, help="write what was measured there")
    parser.add_argument("--plot", type=Path, help="draw the memory of --mixed there, as SVG")
    given = parser.parse_args(argv)
    if not 1 <= given.seconds <= LONGEST_RUN or not 0 <= given.mixed <= LONGEST_RUN:
        parser.error(f"expected at most {LONGEST_RUN} seconds, and minutes")
    return given


if __name__ == "__main__":
    main()
