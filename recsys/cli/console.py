"""Output of commands: results to stdout, everything else to stderr, progress only on a terminal."""

from __future__ import annotations

import json as json_module
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer

import typer
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.segment import ControlType, Segment

PATIENCE = 2.0  # seconds after which progress is shown
SHOWN_PROBLEMS = 20  # printed errors, and kinds of warnings; the rest is counted
SHOWN_ALIKE = 3  # printed warnings of one kind
PIPED_WIDTH = 80  # columns where stdout is no terminal
_SEQUENCE = re.compile(  # ECMA-48: control sequences, whole control strings, other escapes
    "(?:\x1b\\[|\x9b)[0-?]*+[ -/]*+[@-~]?+"
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*+[0-~]?+"
)
_UNBROKEN = [(ControlType.SET_WINDOW_TITLE, "address")]  # marks the segments of addresses; never sent as such
_DIGITS = re.compile(r"\d++")
# Control characters except line feed, line separators, bidirectional overrides, surrogates.
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Output:
    """Prints for one command."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def show(self, *renderables: RenderableType) -> None:
        """Print a result for people; in a pipe, tables are 80 columns wide."""
        if not renderables:
            return
        console = Console(highlight=False, emoji=False, markup=False)
        safe = [each if isinstance(each, str) and not each else _Printable(each) for each in renderables]
        if console.is_terminal:
            console.print(*safe, sep="\n", crop=False)
            return
        console = Console(highlight=False, emoji=False, markup=False, width=PIPED_WIDTH)
        with console.capture() as capture:
            console.print(*safe, sep="\n", crop=False)
        for line in capture.get().splitlines():
            self.say(line.rstrip())

    def say(self, text: str) -> None:
        """Print a line of the result, never wrapped."""
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(printable(text).encode(encoding, "backslashreplace").decode(encoding) + "\n")

    def paragraph(self, text: str) -> None:
        """Print sentences of the result: on one line, but on a terminal wrapped between words."""
        console = Console(highlight=False, emoji=False, markup=False)
        if console.is_terminal:
            console.print(_Printable(text))
        else:
            self.say(text)

    def record(self, value: Mapping[str, object]) -> None:
        """Print a JSON object on one line."""
        text = json_module.dumps(value, ensure_ascii=not _is_unicode(sys.stdout.encoding), allow_nan=False)
        sys.stdout.write(_UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")

    def note(self, text: str) -> None:
        """Print a remark about the result to stderr."""
        self._print_error(text)

    def warning(self, text: str) -> None:
        """Print a warning: accepted, but possibly wrong."""
        self._print_error(f"warning: {text}", "yellow")

    def error(self, text: str) -> None:
        """Print why something failed or was skipped."""
        self._print_error(f"error: {text}", "red")

    def _print_error(self, text: str, style: str | None = None) -> None:
        sys.stdout.flush()  # keeps results and remarks in order when both go to the same place
        self._errors.print(printable(text), style=style, markup=False)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Bar]:
        """A progress bar on stderr after two seconds, only on a terminal."""
        bar = Bar(self._errors, label, total)
        try:
            yield bar
        finally:
            bar.stop()


class Address:
    """A web address on a line of its own, also in a table: never broken, however narrow its column is."""

    def __init__(self, url: str, style: str = "") -> None:
        self._url, self._style = url, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The address as a segment without width, which no table crops; `Output.show` prints it."""
        yield Segment(self._url, console.get_style(self._style), _UNBROKEN)
        yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """It asks for no room in its column."""
        return Measurement(1, 1)


class _Printable:
    """A renderable without characters that would control the terminal; its own colours stay."""

    def __init__(self, shown: RenderableType) -> None:
        self._shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The same segments with `printable` text, and without the spaces that tables put after addresses."""
        is_after_address = False
        for text, style, control in console.render(self._shown, options):
            if control == _UNBROKEN:
                is_after_address = True
                yield Segment(printable(text), style)
            elif not (is_after_address and text.strip(" ") == ""):
                is_after_address = False
                yield Segment(text if control else printable(text), style, control)


class Bar:
    """A progress bar that appears when work takes long."""

    def __init__(self, console: Console, label: str, total: int | None) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(label, total=total)
        self._timer = Timer(PATIENCE, self._progress.start)
        self._timer.daemon = True
        if console.is_terminal:
            self._timer.start()

    def update(self, label: str, done: int, total: int | None = None) -> None:
        """Show how far the work is; without a total the bar only shows activity."""
        self._progress.update(self._task, description=printable(label), completed=done, total=total)

    def stop(self) -> None:
        """Remove the bar."""
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        self._progress.stop()


class Problems:
    """Prints the first errors of a run and the first warnings of each kind, and counts them all."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self.errors = 0
        self._alike: Counter[str] = Counter()
        self._last: dict[str, str] = {}
        self._other_warnings = 0

    def error(self, text: str) -> None:
        """Report something that was skipped."""
        self.errors += 1
        if self.errors <= SHOWN_PROBLEMS:
            self._out.error(text)

    def warning(self, text: str) -> None:
        """Report something that was accepted but may be wrong.

        Warnings that differ in their place and in digits are of one kind.
        """
        place, colon, statement = text.partition(": ")
        message = statement if colon else place
        kind = _DIGITS.sub("0", message)
        if kind not in self._alike and len(self._alike) == SHOWN_PROBLEMS:
            self._other_warnings += 1
            return
        self._alike[kind] += 1
        self._last[kind] = message
        if self._alike[kind] <= SHOWN_ALIKE:
            self._out.warning(text)

    def finish(self, one: str, many: str) -> None:
        """Print the totals; exits with code 1 if something was skipped."""
        if self.errors > SHOWN_PROBLEMS:
            self._out.note(f"… and {self.errors - SHOWN_PROBLEMS:,} more errors, not shown")
        for kind, count in self._alike.items():
            if count > SHOWN_ALIKE:
                self._out.note(f"… and {count - SHOWN_ALIKE:,} more warnings like: {self._last[kind]}")
        if self._other_warnings:
            self._out.note(f"… and {self._other_warnings:,} more warnings, not shown")
        if self.errors:
            self._out.note(f"{plural(self.errors, one, many)} skipped, see above.")
            raise typer.Exit(1)


def printable(text: str) -> str:
    """A text without escape sequences, control characters and bidirectional overrides.

    Headlines, addresses and file names are untrusted. Line feeds stay, and a tab becomes a space.
    """
    return _UNPRINTABLE.sub(_show_unprintable, _SEQUENCE.sub("", text))


def _show_unprintable(found: re.Match[str]) -> str:
    number = ord(found[0])
    if 0xD800 <= number <= 0xDFFF:  # a byte of a file name that is not UTF-8
        return "\ufffd"
    return " " if found[0] in "\t\u2028\u2029" else ""


def _is_unicode(encoding: str | None) -> bool:
    return (encoding or "utf-8").lower().replace("_", "-").startswith("utf-")


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 list`, `2,000 lists`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
