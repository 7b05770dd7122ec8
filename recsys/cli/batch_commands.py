"""`recommend-all`: recommendations for every article of the corpus, as lines or as a file per article."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.console import Bar, Output, plural
from recsys.cli.formatting import article_json, recommendation_json
from recsys.cli.model_commands import choose_ranker
from recsys.cli.options import (
    AsOfOption,
    JsonOption,
    ModelsOption,
    RankerOption,
    SeenSinceOption,
    StoreOption,
    now,
    open_session,
)
from recsys.cli.output_files import STDOUT, check_writable, write_lines
from recsys.cli.request_options import (
    DialOption,
    ExplainOption,
    KOption,
    RequestOptions,
    RuleOption,
    RulesOption,
)
from recsys.cli.static_files import Folder
from recsys.domain import Article, Recommendation, format_time


class Format(StrEnum):
    """How a batch is written."""

    NDJSON = "ndjson"
    PER_PAGE = "json-per-page"


FormatOption = Annotated[
    Format,
    typer.Option("--format", metavar="FORMAT", help="ndjson or json-per-page (a file per article)."),
]
OutputOption = Annotated[
    str,
    typer.Option(
        "--output",
        metavar="PATH",
        help="The file, - for stdout; the folder for json-per-page.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, help="Number of processes; default one per core."),
]


def recommend_all(
    ctx: typer.Context,
    *,
    k: KOption = None,
    as_of: AsOfOption = None,
    since: SeenSinceOption = None,
    dial: DialOption = None,
    rule: RuleOption = None,
    rules: RulesOption = None,
    ranker: RankerOption = None,
    explain: ExplainOption = False,
    format: FormatOption = Format.NDJSON,
    output: OutputOption = STDOUT,
    jobs: JobsOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Recommend headlines for every article of the store."""
    from recsys.batch import Batch

    session = open_session(ctx, store=store, models=models, json=json)
    if format is Format.PER_PAGE and output == STDOUT:
        raise typer.BadParameter("--format json-per-page needs a folder: --output FOLDER")
    request = RequestOptions(k, dial, rule, rules, explain).request(session)
    chosen, moment = choose_ranker(session, ranker), as_of or now()
    folder = Folder.open(Path(output)) if format is Format.PER_PAGE else None
    if folder is None:
        check_writable(output)
    batch = Batch(_absolute(session.settings.store), moment, chosen.ranker, request)
    encode = partial(encode_answer, as_of=moment, ranker=chosen.name, explain=explain)
    with session.out.progress("loading the corpus") as bar:
        urls = batch.find_articles(since)
        answers = _with_progress(batch.recommend(urls, encode, jobs=jobs), bar, len(urls))
        if folder is None:
            counts = {"lines": write_lines(output, map(_line, answers), lambda _: None)}
        else:
            written, unchanged = folder.write(urls, answers, complete=since is None)
            counts = {"written": written, "unchanged": unchanged}
    _show_counts(session.out, counts, output, as_of=moment, ranker=chosen.name)


def _show_counts(
    out: Output, counts: Mapping[str, int], output: str, *, as_of: datetime, ranker: str
) -> None:
    place, stamp = "stdout" if output == STDOUT else output, format_time(as_of)
    if out.json and output != STDOUT:
        out.record({**counts, "output": place, "as_of": stamp, "ranker": ranker})
        return
    summary = plural(sum(counts.values()), "article")
    if "written" in counts:
        summary += f" ({counts['written']:,} new or changed, {counts['unchanged']:,} unchanged)"
    out.note(f"Wrote recommendations for {summary} to {place}, as of {stamp}, ranked by {ranker}.")


def encode_answer(
    article: Article,
    recommendations: Sequence[Recommendation],
    *,
    as_of: datetime,
    ranker: str,
    explain: bool,
) -> dict[str, object]:
    """The JSON record of an article and its recommendations."""
    return {
        **article_json(article),
        "as_of": format_time(as_of),
        "model": ranker,
        "items": [recommendation_json(each, explain) for each in recommendations],
    }


def _absolute(store: str) -> str:
    """The store's URL, or its absolute path: worker processes may have another working directory."""
    return store if "://" in store else str(Path(store).resolve())


def _with_progress(
    answers: Iterator[Mapping[str, object]], bar: Bar, total: int
) -> Iterator[Mapping[str, object]]:
    for done, answer in enumerate(answers, start=1):
        yield answer
        bar.update("recommending", done, total)


def _line(answer: Mapping[str, object]) -> str:
    return json_module.dumps(answer, ensure_ascii=False, allow_nan=False)
