"""Train the pretrained weights again, from nothing but a folder of interchange files.

    python -m benchmarks.pretrained ../shared/data/bbc --until 2026-02-15T00:00:00Z recsys/ranking/pretrained

Trains a blank model on the lists observed before `--until`, and writes the bundle's files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.measuring import load_news
from recsys.domain import format_time, parse_time
from recsys.ranking import RankerWeights
from recsys.ranking.model_files import write_folder
from recsys.training import train


def main() -> None:
    """Read, learn, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until", required=True, type=lambda text: parse_time(text, "--until"))
    arguments = parser.parse_args()
    corpus = load_news(arguments.data, arguments.until).corpus
    trained = train(corpus, until=arguments.until, prior=RankerWeights.blank())
    report = trained.report
    manifest = report.manifest("pretrained")
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_folder(trained.ranker.weights_, manifest, arguments.out)
    print(
        f"{sum(report.contexts.values())} contexts, {format_time(report.until)}, written to {arguments.out}"
    )


if __name__ == "__main__":
    main()
