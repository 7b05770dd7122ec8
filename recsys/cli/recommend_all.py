"""`recommend --all`: the headlines beside every article of the archive, as lines or as a file for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.console import Bar, plural
from recsys.cli.json_output import beside_json
from recsys.cli.model_commands import Choice
from recsys.cli.options import Session
from recsys.cli.output_files import STDOUT, check_place, write_lines
from recsys.cli.static_files import Folder
from recsys.domain import format_time
from recsys.request import Request


class Form(StrEnum):
    """How the answers of a batch are written."""

    NDJSON = "ndjson"
    PER_PAGE = "json-per-page"


AllOption = Annotated[bool, typer.Option("--all", help="Beside every article of the archive.")]
FormatOption = Annotated[
    Form | None,
    typer.Option("--format", metavar="FORM", help="Of --all: ndjson, the default, or json-per-page."),
]
OutputOption = Annotated[
    str | None,
    typer.Option("--output", metavar="PATH", help="Of --all: the file, else stdout; or the folder."),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, help="Of --all: how many processes; else one a core."),
]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What the options of `recommend` say about a batch."""

    since: datetime | None
    form: Form
    output: str
    jobs: int | None

    @classmethod
    def of(
        cls,
        whole: bool,
        since: datetime | None,
        form: Form | None,
        output: str | None,
        jobs: int | None,
        *,
        alone: bool,
    ) -> BatchOptions | None:
        """The wishes, None without --all; a usage error for options that cannot stand together.

        `alone` says that no other question is asked.
        """
        options = {"--since": since, "--format": form, "--output": output, "--jobs": jobs}
        given = [name for name, value in options.items() if value is not None]
        if not whole and given:
            raise typer.BadParameter(f"{given[0]} needs --all")
        if not whole:
            return None
        if not alone:
            raise typer.BadParameter("--all goes without URL, FILE and --queries")
        if form is Form.PER_PAGE and output in (None, STDOUT):
            raise typer.BadParameter("--format json-per-page needs a folder: --output FOLDER")
        return cls(since, form or Form.NDJSON, output or STDOUT, jobs)


def write_batch(
    session: Session, chosen: Choice, wishes: BatchOptions, *, as_of: datetime, request: Request
) -> None:
    """Answer beside every article and write it; nothing is begun where it could not be written."""
    from recsys.batch import Batch

    per_page = wishes.form is Form.PER_PAGE
    folder = Folder.open(Path(wishes.output)) if per_page else None
    if folder is None:
        check_place(wishes.output)
    batch = Batch(_everywhere(session.settings.store), as_of, chosen.ranker, request)
    make = partial(beside_json, as_of=as_of, ranker=chosen.name, explain=request.explain)
    with session.out.progress("loading the archive") as bar:
        urls = batch.find_articles(wishes.since)
        answers = _followed(batch.recommend(urls, make, jobs=wishes.jobs), bar, len(urls))
        if folder is None:
            count = write_lines(wishes.output, map(_line, answers), lambda _: None)
            facts, told = {"lines": count}, plural(count, "article")
        else:
            written, kept = folder.write(urls, answers, whole=wishes.since is None)
            facts = {"written": written, "unchanged": kept}
            told = f"{plural(written + kept, 'article')} ({written:,} new or changed, {kept:,} unchanged)"
    place = "stdout" if wishes.output == STDOUT else wishes.output
    if session.out.json and wishes.output != STDOUT:
        session.out.record({**facts, "output": place, "as_of": format_time(as_of), "ranker": chosen.name})
        return
    session.out.note(
        f"Wrote the headlines beside {told} to {place}, as of {format_time(as_of)}, ranked by {chosen.name}."
    )


def _everywhere(store: str) -> str:
    """A store by a name that means the same in every process."""
    return store if "://" in store else str(Path(store).resolve())


def _followed(
    answers: Iterator[Mapping[str, object]], bar: Bar, total: int
) -> Iterator[Mapping[str, object]]:
    for done, answer in enumerate(answers, start=1):
        yield answer
        bar.update("recommending", done, total)


def _line(answer: Mapping[str, object]) -> str:
    return json.dumps(answer, ensure_ascii=False, allow_nan=False)
