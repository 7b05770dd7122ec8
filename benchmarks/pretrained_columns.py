"""Bring the pretrained weights in line with the feature columns of the code, without training.

    python -m benchmarks.pretrained_columns

Run it after adding or removing a column. A column that the weights lack gets zeros, so scores do not change;
one that the code no longer has is dropped. What a new column is worth is learned by the next training.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from recsys.manifest import build_manifest, read_manifest
from recsys.ranking import RankerWeights
from recsys.ranking.model_files import write_folder

FOLDER = Path(__file__).parents[1] / "recsys" / "ranking" / "pretrained"
GROUPS = ("relatedness", "appeal")


def main() -> None:
    """Read the arrays as they are, line them up with the columns, write them back."""
    record, weights = read_manifest(FOLDER), RankerWeights.blank()
    for group in GROUPS:
        blank, stored = getattr(weights, group), np.load(FOLDER / f"{group}.npy", allow_pickle=False)
        by_name = dict(zip(record["columns"][group], stored, strict=True))
        added = [name for name in blank.names if name not in by_name]
        dropped = sorted(by_name.keys() - set(blank.names))
        rows = [by_name.get(name, np.zeros(stored.shape[1])) for name in blank.names]
        weights = replace(weights, **{group: blank.refit(np.stack(rows))})
        print(f"{group}: {len(rows)} columns, added {added or 'none'}, dropped {dropped or 'none'}")
    write_folder(replace(weights, appeal_scale=record["appeal_scale"]), build_manifest(record), FOLDER)


if __name__ == "__main__":
    main()
