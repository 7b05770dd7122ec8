"""`simulate`: an invented newsroom as interchange files, with its ground truth."""

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

if TYPE_CHECKING:  # importing numpy is slow and other commands do not need it
    from recsys.simulation import Newsroom

ARTICLES, LISTS, TRUTH = "articles.jsonl.gz", "lists.jsonl.gz", "truth.json.gz"
"""The truth is not named like an interchange file, so that the folder can be ingested."""
MOST_DAYS, MOST_PER_DAY = 365, 100_000  # starting in 2025; a store rejects times in the future


def simulate(
    ctx: typer.Context,
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write to; created if missing.")],
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Random seed.")] = 0,
    days: Annotated[
        int, typer.Option(metavar="N", min=1, max=MOST_DAYS, help="Length of the simulation.")
    ] = 60,
    articles: Annotated[
        int,
        typer.Option("--articles-per-day", metavar="N", min=1, max=MOST_PER_DAY, help="Stories per day."),
    ] = 40,
    views: Annotated[
        int,
        typer.Option(
            "--views-per-day", metavar="N", min=0, max=MOST_PER_DAY, help="Widget impressions per day."
        ),
    ] = 200,
    policy: Annotated[
        Literal["newest", "random"], typer.Option(help="How the widget orders its stories.")
    ] = "newest",
    language: Annotated[Literal["en", "ja"], typer.Option(help="Language of the stories.")] = "en",
    json: JsonOption = False,
) -> None:
    """Simulate a newsroom: articles, lists, widget clicks."""
    from recsys.simulation import Plan, Policy
    from recsys.simulation import simulate as run

    output = open_session(ctx, json=json).out
    plan = Plan(seed, days, articles, views, Policy(policy), language)
    with output.progress("simulating") as bar:
        newsroom = run(plan)
        _write(out, newsroom, bar)
    _show_counts(output, out, newsroom)


def _write(out: Path, newsroom: Newsroom, bar: Bar) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot create the folder: {error.strerror}") from error
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


def _show_counts(output: Output, out: Path, newsroom: Newsroom) -> None:
    kinds = Counter(ranked.kind for ranked in newsroom.all_lists())
    articles, total = len(newsroom.stories.articles), sum(kinds.values())
    if output.json:
        by_kind = {kind.value: kinds[kind] for kind in Kind if kinds[kind]}
        output.record({"folder": str(out), "articles": articles, "lists": by_kind, "clicks": newsroom.clicks})
        return
    shown = ", ".join(f"{kinds[kind]:,} {kind.value}" for kind in Kind if kinds[kind])
    output.say(f"Wrote simulated data to {out}:")
    output.say(f"  {plural(articles, 'article')} in {ARTICLES}")
    output.say(f"  {plural(total, 'list')} in {LISTS}: {shown}")
    output.say(f"  {plural(newsroom.clicks, 'click')} on the widget; the ground truth is in {TRUTH}")
