"""How long training takes and what memory it needs, on a synthetic archive of any size.

    python -m benchmarks.training --articles 1000000 --lists 100000 --work data/bench --json training.json

The archive is that of `benchmarks.latency`. Training runs twice, each time in a process of its own: first
from the pretrained weights, then again on the same store, from where the first ended. Opening the archive is
measured apart from training. Seconds are those of the clock and, beside them, those of all cores together.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.latency.__main__ import DATA, prepare, tell
from benchmarks.latency.corpus import Corpus, Plan, load_sources
from benchmarks.latency.ours import ROOT
from benchmarks.latency.report import describe_machine

COLUMNS = ("open_s", "open_mb", "contexts_s", "train_s", "train_cpu_s", "peak_mb")


def main(argv: Sequence[str] | None = None) -> None:
    """Make, train twice, print; or say what is missing."""
    given = _parse(argv)
    if not given.data.exists():
        print(f"{given.data} does not exist, nothing was measured: --data names other texts", file=sys.stderr)
        return
    corpus = Corpus(load_sources(given.data), Plan(given.articles, given.lists, seed=given.seed))
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.work or Path(temporary)) / corpus.name
        ingested = prepare(corpus, folder)
        shutil.rmtree(folder / "models", ignore_errors=True)
        runs = [measure(folder, given.memory) for _ in range(2)]
    print_table(runs)
    if given.json is not None:
        figures = {"machine": describe_machine(), "memory": given.memory, "ingested": ingested, "runs": runs}
        given.json.write_text(f"{json.dumps(figures, indent=1)}\n", encoding="utf-8")


def measure(folder: Path, memory: str) -> dict[str, Any]:
    """One training on the archive of a folder, in a new process."""
    tell(f"training on {folder.name}")
    command = [sys.executable, "-m", "benchmarks.training.once", str(folder.resolve()), memory]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def print_table(runs: Sequence[Mapping[str, Any]]) -> None:
    """A line for every training."""
    print(f"| | contexts | {' | '.join(COLUMNS)} |\n| --- |{' --- |' * (len(COLUMNS) + 1)}")
    for run in runs:
        cells = " | ".join("-" if run[name] is None else f"{run[name]:,.1f}" for name in COLUMNS)
        print(f"| {'again' if run['refit'] else 'first'} | {sum(run['contexts'].values()):,} | {cells} |")


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("--articles", type=int, required=True, help="how many")
    add("--lists", type=int, required=True, help="how many lists, about")
    add("--data", type=Path, default=DATA, help="a folder of interchange files, or a text file")
    add("--memory", default="2GB", help="what is learnt from may take (default 2GB)")
    add("--seed", type=int, default=0, help="of the corpus")
    add("--work", type=Path, help="a folder that keeps the archives for the next run")
    add("--json", type=Path, help="a file for every figure")
    return made.parse_args(argv)


if __name__ == "__main__":
    main()
