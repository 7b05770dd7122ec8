"""A process that saves models until it is killed: `python -m tests.ranking.saving MODELS`."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle


def main() -> None:
    """Says a line on standard output after every model."""
    weighting = load_pretrained_weights()
    for number in count():
        place = save_bundle(weighting, Manifest(f"model-{number}"), Path(sys.argv[1]))
        print(place.name, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
