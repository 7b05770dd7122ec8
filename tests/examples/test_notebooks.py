"""The notebooks in examples/ run from top to bottom, and print what is stored in them.

After an intended change: make examples, then look at the difference.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_documents import same

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))

# Runs the cells, given as JSON on stdin, in one namespace, as a kernel would; prints their outputs as JSON.
RUNNER = """
import contextlib, io, json, sys
namespace, outputs = {"__name__": "__main__"}, []
for number, source in enumerate(json.load(sys.stdin), start=1):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, f"cell {number}", "exec"), namespace)
    outputs.append(printed.getvalue())
json.dump(outputs, sys.stdout)
"""


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def stored_output(cell: dict[str, Any]) -> str:
    return "".join("".join(output["text"]) for output in cell["outputs"])


def run_cells(sources: list[str], folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(sources),
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "RECSYS_KERNELS": "numpy", "TMPDIR": str(folder)},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_there_is_a_notebook():
    assert NOTEBOOKS


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_prints_what_is_stored_in_it(name, tmp_path, pytestconfig):
    path = EXAMPLES / name
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = code_cells(notebook)
    printed = run_cells(["".join(cell["source"]) for cell in cells], tmp_path)
    stored = [stored_output(cell) for cell in cells]
    if pytestconfig.getoption("--refresh-documents"):
        for number, (cell, text) in enumerate(zip(cells, printed, strict=True), start=1):
            cell["execution_count"] = number
            stream = {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}
            cell["outputs"] = [stream] if text else []
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    wrong = [pair for pair in zip(printed, stored, strict=True) if not same(*pair)]
    assert wrong == []


def test_a_cell_that_fails_fails_the_test(tmp_path):
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_cells(["x = 1", "x / 0"], tmp_path)


def test_cells_share_their_names(tmp_path):
    assert run_cells(["x = 2", "print(x + 1)"], tmp_path) == ["", "3\n"]
