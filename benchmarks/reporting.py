"""Tables and JSON of the benchmarks, and the arguments that all of them take."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.measuring import DEVELOPMENT, IN_TRAINING, TASKS, Measured
from recsys.domain import parse_time
from recsys.evaluation.results import Figure
from recsys.evaluation.statistics import Bootstrap, compare

PERIODS = {
    DEVELOPMENT: "development period",
    IN_TRAINING: "blocks before it",
}
METRICS = tuple(
    (task, metric)
    for task in TASKS
    for metric in (("nDCG@10", "recall@10") if task == "related" else ("nDCG@10",))
)


@dataclass(frozen=True)
class Line:
    """One variant in one period."""

    period: str
    variant: str
    measured: Measured
    than: str | None = None
    """The variant of the same period and part that it is held against."""
    part: str = ""
    """A heading of its own, where a benchmark has several tables."""


@dataclass
class Report:
    """The lines of a benchmark."""

    title: str
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    metrics: Sequence[tuple[str, str]] = METRICS
    """Task and metric of the columns."""

    def add(self, line: Line) -> None:
        """One more line; the variant that it is held against stands before it."""
        self.lines.append(line)

    def note(self, text: str) -> None:
        """A sentence that stands above the tables."""
        self.notes.append(text)

    def publish(self, to: Path | None) -> None:
        """Print the tables, and write every figure to a file if one is given."""
        print(f"{self.title}\n")
        for note in self.notes:
            print(f"{note}\n")
        for part in dict.fromkeys(line.part for line in self.lines):
            for beside in (True, False):
                for period in PERIODS:
                    self._print(part, period, beside=beside)
        if to is not None:
            records = [record for line in self.lines for record in self._records(line)]
            payload = {"title": self.title, "notes": self.notes, "figures": records}
            to.write_text(json.dumps(payload, indent=1) + "\n", encoding="utf-8")

    def _print(self, part: str, period: str, *, beside: bool) -> None:
        lines = [line for line in self.lines if (line.part, line.period) == (part, period)]
        shown = [
            key
            for key in self.metrics
            if (key[0] == "related") == beside and any(key in line.measured for line in lines)
        ]
        if not shown:
            return
        lines = [line for line in lines if any(key in line.measured for key in shown)]
        counted = [len(next(line.measured[key] for line in lines if key in line.measured)) for key in shown]
        head = [
            f"{task.removeprefix('appeal ')} {metric} ({n})"
            for (task, metric), n in zip(shown, counted, strict=True)
        ]
        print(f"| {', '.join(filter(None, (part, PERIODS[period])))} | {' | '.join(head)} |")
        print("|" + " --- |" * (len(head) + 1))
        for line in lines:
            cells = [self._cell(line, key) for key in shown]
            print(f"| {line.variant} | {' | '.join(cells)} |", flush=True)
        print()

    def _cell(self, line: Line, key: tuple[str, str]) -> str:
        if key not in line.measured:
            return ""
        figures = self._figures(line, key)
        text = _short(figures[0].mean)
        if len(figures) == 1:
            low, high = figures[0].low, figures[0].high
            return text if low is None or high is None else f"{text} [{_short(low)}, {_short(high)}]"
        return f"{text}, {tell(figures[1])}"

    def _figures(self, line: Line, key: tuple[str, str]) -> tuple[Figure, ...]:
        values = line.measured[key]
        bootstrap = Bootstrap(len(values))
        base = next(
            (
                other.measured[key]
                for other in self.lines
                if (other.part, other.period, other.variant) == (line.part, line.period, line.than)
                and key in other.measured
            ),
            None,
        )
        if base is None:
            return (bootstrap.mean(values),)
        moved = compare(values, base, bootstrap, than=str(line.than), metric=key[1])
        return bootstrap.mean(values), moved.figure

    def _records(self, line: Line) -> list[dict[str, object]]:
        found = []
        for task, metric in line.measured:
            figures = self._figures(line, (task, metric))
            keys = {"part": line.part, "period": line.period, "variant": line.variant, "task": task}
            record: dict[str, object] = {**keys, "metric": metric, **asdict(figures[0])}
            if len(figures) > 1:
                record["difference"] = {"than": line.than, **asdict(figures[1])}
            found.append(record)
        return found


def tell(figure: Figure) -> str:
    """A difference with its interval: `+.0123 [+.0010, +.0230]`; bold where the interval leaves 0 out."""
    if figure.low is None or figure.high is None:
        return _short(figure.mean, sign=True)
    said = f"[{_short(figure.low, sign=True)}, {_short(figure.high, sign=True)}]"
    mean = _short(figure.mean, sign=True)
    return f"**{mean}** {said}" if figure.low > 0 or figure.high < 0 else f"{mean} {said}"


def _short(value: float, *, sign: bool = False) -> str:
    """Four digits, without the 0 before the point."""
    said = f"{value:+.4f}" if sign else f"{value:.4f}"
    return said.replace("0.", ".", 1) if abs(value) < 1 else said


@dataclass(frozen=True)
class Given:
    """The options of every benchmark."""

    data: Path
    since: datetime
    until: datetime
    blocks_since: datetime | None
    json: Path | None


SINCE, UNTIL = "2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z"
"""The development period of the benchmark data."""


def parser_for(doc: str | None) -> argparse.ArgumentParser:
    """With the arguments that all take."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("data", type=Path, help="a folder of interchange files")
    made.add_argument("--since", default=SINCE, help="where training ends and the test period begins")
    made.add_argument("--until", default=UNTIL, help="where the test period ends")
    made.add_argument(
        "--blocks-since", help="where the blocks before it begin, 14 days before it if not given"
    )
    made.add_argument("--json", type=Path, help="a file for every figure")
    return made


def read_given(parsed: argparse.Namespace) -> Given:
    """What was given, times parsed."""
    blocks = None if parsed.blocks_since is None else parse_time(parsed.blocks_since, "--blocks-since")
    since, until = parse_time(parsed.since, "--since"), parse_time(parsed.until, "--until")
    return Given(parsed.data, since, until, blocks, parsed.json)


Arguments = Sequence[str] | None
