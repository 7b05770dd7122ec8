"""The benchmark of the service holds its answers against a bare route, and says what failed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.service.__main__ import main
from benchmarks.service.plot import draw_memory
from tests.newsroom import newsroom
from tests.serve.hosting import fill


@pytest.mark.slow
def test_it_asks_a_store_and_leaves_it_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    place = fill(tmp_path, newsroom(24))
    path = tmp_path / "report.json"
    main([str(place.store), "--seconds", "1", "--mixed", "0.05", "--json", str(path)])
    if shutil.which("wrk") is None:
        assert "wrk is not there, nothing was measured" in capsys.readouterr().err
        return
    found = json.loads(path.read_text())
    assert all(
        found[name]["requests"] > found[name]["failed"] == 0 for name in ("bare", "cached", "computed")
    )
    assert found["mixed"]["questions"]["failed"] == found["mixed"]["failed_writes"] == 0
    assert found["mixed"]["models"] == ["bench-one: in use", "bench-two: in use"]
    assert not place.models.exists()
    assert "| cached |" in capsys.readouterr().out


def test_without_data_it_says_so_and_measures_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    main([str(tmp_path / "none")])
    assert "nothing was measured" in capsys.readouterr().err


@pytest.mark.parametrize("memory", [[], [(0.0, 0.0)], [(0.0, 300.0), (1.0, 320.5), (2.0, 310.0)]])
def test_the_plot_is_whole_whatever_was_seen(memory: list[tuple[float, float]]):
    root = ElementTree.fromstring(draw_memory(memory))
    line = root.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    assert len(line.attrib["points"].split()) == len(memory)
