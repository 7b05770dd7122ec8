"""`simulate`: an invented newsroom as interchange files, with the truth about it beside them."""

from __future__ import annotations

import json as json_module
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recsys.cli.console import Bar, Output, plural
from recsys.cli.options import JsonOption, open_session
from recsys.cli.output_files import write_lines
from recsys.documents import Record, article_record, format_record, list_record
from recsys.domain import Kind
from recsys.errors import InputError

if TYPE_CHECKING:  # it loads numpy, for which the other commands need not wait
    from recsys.simulation import Newsroom

ARTICLES, LISTS, TRUTH = "articles.jsonl.gz", "lists.jsonl.gz", "truth.json.gz"
"""The truth is no interchange file and is not called one, so that the folder can be ingested."""
MOST_DAYS, MOST_PER_DAY = 365, 100_000  # it begins in 2025: a store takes nothing from the future


def simulate(
    ctx: typer.Context,
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write to; made if need be.")],
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Another number, another newsroom.")] = 0,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_DAYS, help="How long.")] = 60,
    articles: Annotated[
        int,
        typer.Option("--articles-per-day", metavar="N", min=1, max=MOST_PER_DAY, help="Stories a day."),
    ] = 40,
    views: Annotated[
        int,
        typer.Option("--views-per-day", metavar="N", min=0, max=MOST_PER_DAY, help="Views of the widget."),
    ] = 200,
    policy: Annotated[
        Literal["newest", "random"], typer.Option(help="How the widget orders what it shows.")
    ] = "newest",
    language: Annotated[Literal["en", "ja"], typer.Option(help="What the stories are written in.")] = "en",
    json: JsonOption = False,
) -> None:
    """Simulate a newsroom with known tastes: articles, lists, and a widget with its clicks."""
    from recsys.simulation import Plan, Policy
    from recsys.simulation import simulate as run

    output = open_session(ctx, json=json).out
    plan = Plan(seed, days, articles, views, Policy(policy), language)
    with output.progress("simulating") as bar:
        newsroom = run(plan)
        _write(out, newsroom, bar)
    _say(output, out, newsroom)


def _write(out: Path, newsroom: Newsroom, bar: Bar) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: the folder cannot be made: {error.strerror}") from error
    truth = json_module.dumps(newsroom.truth(), allow_nan=False)
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        (ARTICLES, _lines(article_record(each) for each in newsroom.stories.articles)),
        (LISTS, _lines(list_record(each) for each in newsroom.all_lists())),
        (TRUTH, [truth]),
    )
    for name, lines in parts:
        write_lines(str(out / name), lines, lambda done, name=name: bar.update(name, done))  # type: ignore[misc]


def _lines(records: Iterable[Record]) -> Iterable[str]:
    return (format_record(record) for record in records)


def _say(output: Output, out: Path, newsroom: Newsroom) -> None:
    kinds = Counter(ranked.kind for ranked in newsroom.all_lists())
    articles, total = len(newsroom.stories.articles), sum(kinds.values())
    if output.json:
        by_kind = {kind.value: kinds[kind] for kind in Kind if kinds[kind]}
        output.record({"folder": str(out), "articles": articles, "lists": by_kind, "clicks": newsroom.clicks})
        return
    shown = ", ".join(f"{kinds[kind]:,} {kind.value}" for kind in Kind if kinds[kind])
    output.say(f"Wrote to {out}, all of it invented:")
    output.say(f"  {plural(articles, 'article')} in {ARTICLES}")
    output.say(f"  {plural(total, 'list')} in {LISTS}: {shown}")
    output.say(f"  {plural(newsroom.clicks, 'click')} on what the widget served; the truth is in {TRUTH}")
