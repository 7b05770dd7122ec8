"""The files of `evaluate`: JSON, the HTML report, the Markdown report and the table of queries."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from recsys.cli.output_files import STDOUT, check_writable, write_binary, write_lines
from recsys.errors import InvalidValueError

if TYPE_CHECKING:
    from recsys.evaluation import Evaluation

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*+):[^@\s]*+@")


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The path of each file; None for one that is not wanted."""

    json: str | None
    report: str | None
    markdown: str | None
    table: str | None = None

    def __post_init__(self) -> None:
        paths = [f for f in (self.json, self.report, self.markdown, self.table) if f is not None]
        if len(paths) != len({file if file == STDOUT else str(Path(file).resolve()) for file in paths}):
            raise typer.BadParameter("--json, --report, --markdown and --table must be different files")
        for file in paths:
            check_writable(file)
        if self.table is not None:
            _check_table(self.table)

    @property
    def on_stdout(self) -> bool:
        """Whether one of them goes to stdout."""
        return STDOUT in (self.json, self.report, self.markdown, self.table)

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
        if self.table is not None:
            lines += _write_table(self.table, evaluation)
        return lines


def hide_password(word: str) -> str:
    """A command-line argument with database passwords masked, because reports are passed on."""
    return _PASSWORD.sub(r"\1:***@", word)


def _check_table(file: str) -> None:
    """BadParameter for a name that asks for no known format, so that the error comes before long work."""
    from recsys.evaluation.query_table import table_format

    try:
        if file != STDOUT:
            table_format(file)
    except InvalidValueError as error:
        raise typer.BadParameter(str(error), param_hint="--table") from error


def _write_table(file: str, evaluation: Evaluation) -> list[str]:
    from recsys.evaluation.query_table import csv_lines, table_format, write_parquet

    if file == STDOUT or table_format(file) == "csv":
        write_lines(file, csv_lines(evaluation), lambda _: None)
    else:
        write_binary(file, lambda stream: write_parquet(evaluation, stream))
    return _describe_file("Table", file)


def _write(title: str, file: str, text: str) -> list[str]:
    write_lines(file, [text.removesuffix("\n")], lambda _: None)
    return _describe_file(title, file)


def _describe_file(title: str, file: str) -> list[str]:
    """A line with path and size; none for stdout."""
    if file == STDOUT:
        return []
    size = Path(file).stat().st_size
    shown_size = f"{size / 1_000:,.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
    return [f"{title} written to {file}, {shown_size}."]
