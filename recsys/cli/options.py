"""Options shared by several commands, and the session that a command opens from them."""

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
from recsys.store import Store, store_may_exist

TIME_FORM = "an ISO 8601 time with a zone, such as 2025-12-01T09:30:00Z, or a date (its start in UTC)"


def parse_moment(text: str) -> datetime:
    """Parse the time of an option; a usage error for anything but ISO 8601 with a zone."""
    with suppress(ValueError):
        text = f"{date.fromisoformat(text).isoformat()}T00:00:00Z"
    try:
        return parse_time(text, "time")
    except InvalidValueError as error:
        years = f", in {error.expected}" if "year" in error.expected else ""
        raise typer.BadParameter(f"expected {TIME_FORM}{years}, found {shorten(text)}") from None


def _moment_option(*names: str, help: str) -> object:
    return typer.Option(*names, metavar="TIME", parser=parse_moment, help=help, show_default=False)


StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="The store: a path or a database URL.")
]
ModelsOption = Annotated[
    str | None, typer.Option("--models", metavar="DIR", help="Folder of trained models.")
]
MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="Memory for training examples, default 2GB; the rest goes to a temporary file.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ObservedAtOption = Annotated[
    datetime | None,
    _moment_option("--observed-at", help="When the pages were saved; default each file's modification time."),
]
SiteOption = Annotated[
    str | None,
    typer.Option("--site", metavar="SITE", help="Site of pages that do not name theirs: a name or a URL."),
]
AsOfOption = Annotated[
    datetime | None, _moment_option("--as-of", help="The moment to recommend for; default now.")
]
UntilOption = Annotated[
    datetime | None, _moment_option("--until", help="Train on what was observed before; default now.")
]
SinceOption = Annotated[datetime, _moment_option("--since", help="Start of the test period.")]
SeenSinceOption = Annotated[
    datetime | None, _moment_option("--since", help="Only articles first seen at or after this time.")
]
EndOption = Annotated[datetime, _moment_option("--until", help="End of the test period.")]
RankerOption = Annotated[
    str | None,
    typer.Option(
        "--ranker",
        metavar="NAME",
        help="A trained model, a baseline or pretrained; default the current model.",
    ),
]


@dataclass(frozen=True, slots=True)
class Globals:
    """The options that may be written before the command as well as after it."""

    store: str | None = None
    models: str | None = None
    json: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The settings of a command and its output."""

    settings: Settings
    out: Output

    @property
    def has_store(self) -> bool:
        """Whether there is a store already, as far as can be seen without a connection."""
        return store_may_exist(self.settings.store)

    def open_store(self, *, create: bool = False) -> Store:
        """Open the store of the settings; StoreError if it does not exist, unless `create`."""
        return Store.open(self.settings.store, create=create, warn=self.out.warning)


def open_session(
    ctx: typer.Context,
    *,
    json: bool = False,
    store: str | None = None,
    models: str | None = None,
    memory: str | None = None,
) -> Session:
    """The session of a command; its own options take precedence over those before the command."""
    before = ctx.find_object(Globals) or Globals()
    overrides = {"store": store or before.store, "models": models or before.models, "memory": memory}
    return Session(load_settings(Path(), os.environ, overrides), Output(json=json or before.json))


def save_corpus_index(store: Store) -> None:
    """Update the index on disk, so that the next command opens it instead of building it."""
    from recsys.corpus import CorpusFollower

    if store.index_folder is not None:
        CorpusFollower(store, store.index_folder).try_save()


def now() -> datetime:
    """The current time; commands read the clock only here."""
    return datetime.now(UTC)
