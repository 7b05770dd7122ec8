"""Options that several commands share, and what they mean together."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.console import Output
from recsys.config.settings import Settings, load_settings
from recsys.domain import parse_time
from recsys.errors import InvalidValueError, shorten
from recsys.store import Store

TIME_FORM = "an ISO 8601 time with a zone, such as 2025-12-01T09:30:00Z, or a date (its start in UTC)"


def parse_moment(text: str) -> datetime:
    """The moment that an option names; a usage error for a time without a zone."""
    with suppress(ValueError):
        text = f"{date.fromisoformat(text).isoformat()}T00:00:00Z"
    try:
        return parse_time(text, "time")
    except InvalidValueError as error:
        years = f", in {error.expected}" if "year" in error.expected else ""
        raise typer.BadParameter(f"expected {TIME_FORM}{years}, found {shorten(text)}") from None


def _moment_option(*names: str, says: str) -> object:
    return typer.Option(*names, metavar="TIME", parser=parse_moment, help=says, show_default=False)


StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="The store: a path or a database URL.")
]
ModelsOption = Annotated[
    str | None, typer.Option("--models", metavar="DIR", help="The folder of trained models.")
]
MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="What is learnt from takes at the most, else 2GB; the rest lies in a temporary file.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ObservedAtOption = Annotated[
    datetime | None,
    _moment_option(
        "--observed-at", says="When the pages were saved; else the time of each file, with a warning."
    ),
]
SiteOption = Annotated[
    str | None,
    typer.Option(
        "--site", metavar="SITE", help="The site of what does not name its own: a name or an address."
    ),
]
AsOfOption = Annotated[
    datetime | None, _moment_option("--as-of", says="The moment at which the question is asked; else now.")
]
UntilOption = Annotated[
    datetime | None, _moment_option("--until", says="Learn from what was seen before this moment; else now.")
]
SinceOption = Annotated[datetime, _moment_option("--since", says="The start of the period to test.")]
SeenSinceOption = Annotated[
    datetime | None, _moment_option("--since", says="Of --all: only beside what was first seen since then.")
]
EndOption = Annotated[datetime, _moment_option("--until", says="Its end.")]
RankerOption = Annotated[
    str | None,
    typer.Option("--ranker", metavar="NAME", help="A trained model or a baseline; else the current model."),
]


@dataclass(frozen=True, slots=True)
class Globals:
    """The options that may stand before the command as well as after it."""

    store: str | None = None
    models: str | None = None
    json: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """What every command works with: the settings and where it prints."""

    settings: Settings
    out: Output

    def open_store(self, *, create: bool = False) -> Store:
        """The store of the settings; StoreError where there is none and none is to be made."""
        return Store.open(self.settings.store, create=create, warn=self.out.warning)


def open_session(
    ctx: typer.Context,
    *,
    json: bool = False,
    store: str | None = None,
    models: str | None = None,
    memory: str | None = None,
) -> Session:
    """The session of a command: its own options count before those in front of it."""
    given = ctx.find_object(Globals) or Globals()
    chosen = {"store": store or given.store, "models": models or given.models, "memory": memory}
    return Session(load_settings(Path(), os.environ, chosen), Output(json=json or given.json))


def now() -> datetime:
    """The clock, read here and nowhere else."""
    return datetime.now(UTC)
