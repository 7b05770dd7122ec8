"""The benchmark of training trains twice on an archive of invented sentences and says what that took."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.training.__main__ import COLUMNS, main
from recsys.simulation import Plan, simulate


@pytest.mark.slow
def test_it_tells_the_first_training_from_the_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    stories = simulate(Plan(days=4, articles_per_day=12, views_per_day=0)).stories.articles
    texts = [f"{each.headline}\n" + "\n".join(re.split(r"(?<=\.) ", each.body or "")) for each in stories]
    (tmp_path / "sentences.txt").write_text("\n\n".join(texts), encoding="utf-8")
    given = ["--articles", "400", "--lists", "200", "--data", str(tmp_path / "sentences.txt")]
    main([*given, "--memory", "1MB", "--json", str(tmp_path / "t.json")])
    first, again = json.loads((tmp_path / "t.json").read_text())["runs"]
    assert (first["refit"], again["refit"]) == (False, True)
    assert first["articles"] == 400
    assert first["contexts"] == again["contexts"]
    assert sum(first["contexts"].values()) > 0
    assert all(run[name] > 0 for run in (first, again) for name in COLUMNS if run[name] is not None)
    assert capsys.readouterr().out.count("\n") == 4


def test_without_texts_it_says_so_and_measures_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    main(["--articles", "9", "--lists", "9", "--data", str(tmp_path / "none")])
    assert "nothing was measured" in capsys.readouterr().err
