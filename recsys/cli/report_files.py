"""The files of `evaluate`: JSON, the HTML report and the Markdown report."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from recsys.cli.output_files import STDOUT, check_writable, write_lines

if TYPE_CHECKING:
    from recsys.evaluation import Evaluation

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*+):[^@\s]*+@")


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The path of each file; None for one that is not wanted."""

    json: str | None
    report: str | None
    markdown: str | None

    def __post_init__(self) -> None:
        paths = [file for file in (self.json, self.report, self.markdown) if file is not None]
        if len(paths) != len({file if file == STDOUT else str(Path(file).resolve()) for file in paths}):
            raise typer.BadParameter("--json, --report and --markdown must be different files")
        for file in paths:
            check_writable(file)

    @property
    def on_stdout(self) -> bool:
        """Whether one of them goes to stdout."""
        return STDOUT in (self.json, self.report, self.markdown)

    def write(self, evaluation: Evaluation) -> list[str]:
        """Write the files; returns a line with path and size for each."""
        from recsys.evaluation import encode_evaluation
        from recsys.evaluation.report import render_html, render_markdown

        lines = []
        if self.json is not None:
            text = json.dumps(encode_evaluation(evaluation), ensure_ascii=False, allow_nan=False)
            lines += _write("JSON", self.json, text)
        if self.report is not None:
            lines += _write("Report", self.report, render_html(evaluation))
        if self.markdown is not None:
            lines += _write("Markdown", self.markdown, render_markdown(evaluation))
        return lines


def hide_password(word: str) -> str:
    """A command-line argument with database passwords masked, because reports are passed on."""
    return _PASSWORD.sub(r"\1:***@", word)


def _write(title: str, file: str, text: str) -> list[str]:
    write_lines(file, [text.removesuffix("\n")], lambda _: None)
    if file == STDOUT:
        return []
    size = Path(file).stat().st_size
    shown_size = f"{size / 1_000:,.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
    return [f"{title} written to {file}, {shown_size}."]
