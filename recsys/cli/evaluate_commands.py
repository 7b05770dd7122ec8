"""`evaluate` and `compare`: measure rankers on a past period, and compare runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Output, Problems, plural
from recsys.cli.evaluation_tables import (
    BOTH_INTERVALS,
    INTERVALS,
    comparison_table,
    evaluation_tables,
    format_fall,
    format_leak_check,
)
from recsys.cli.model_commands import PRETRAINED
from recsys.cli.options import (
    EndOption,
    JsonOption,
    ModelsOption,
    Session,
    SinceOption,
    StoreOption,
    open_session,
)
from recsys.cli.output_files import STDOUT
from recsys.cli.report_files import ReportFiles, hide_password
from recsys.domain import format_time
from recsys.durations import parse_duration
from recsys.errors import EvaluationError, InvalidValueError, shorten

if TYPE_CHECKING:
    from recsys.evaluation import Evaluation, Model, Plan, Recorded
    from recsys.evaluation.peers import PeerRequest


ModelOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The trained model to evaluate; default the current one.")
]
PretrainedOption = Annotated[bool, typer.Option("--pretrained", help="Evaluate the pretrained weights.")]
AgainstOption = Annotated[
    list[Path] | None,
    typer.Option(metavar="PATH", help="Folder of another model to compare with; repeatable."),
]
RunOption = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="TREC run to include as a ranker; repeatable.")
]
PeerOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A ranker of another library: lambdamart, or embeddings:DIR (a local model); repeatable.",
    ),
]
RefitOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Evaluate retraining at this interval, such as 7d.")
]
FileOption = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write the results as JSON; - is stdout.")
]
ReportOption = Annotated[
    str | None, typer.Option("--report", metavar="FILE", help="Write an HTML report; - is stdout.")
]
MarkdownOption = Annotated[
    str | None, typer.Option("--markdown", metavar="FILE", help="Write the report as Markdown; - is stdout.")
]
TableOption = Annotated[
    str | None,
    typer.Option(
        "--table", metavar="FILE", help="Write every query's values as CSV or Parquet, by the file's suffix."
    ),
]
GateOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Fail if a figure is lower than in an earlier --json file."),
]
OverlapOption = Annotated[
    bool,
    typer.Option(
        "--allow-overlap", help="Allow a test period that overlaps the training data; the report says so."
    ),
]


def evaluate(
    ctx: typer.Context,
    *,
    since: SinceOption,
    until: EndOption,
    model: ModelOption = None,
    pretrained: PretrainedOption = False,
    against: AgainstOption = None,
    run: RunOption = None,
    peer: PeerOption = None,
    refit: RefitOption = None,
    json: FileOption = None,
    report: ReportOption = None,
    markdown: MarkdownOption = None,
    table: TableOption = None,
    gate: GateOption = None,
    allow_overlap: OverlapOption = False,
    store: StoreOption = None,
    models: ModelsOption = None,
) -> None:
    """Evaluate rankers against the lists of a past period.

    Every query is answered as of its own moment and evaluated against lists that were published later.
    """
    from recsys.evaluation import Plan, load_baseline, load_model

    session = open_session(ctx, store=store, models=models)
    files = ReportFiles(STDOUT if session.out.json and json is None else json, report, markdown, table)
    every = _parse_refit(refit)
    _check_choices(since, until, model is not None, pretrained, every is not None)
    baseline = None if gate is None else load_baseline(gate)
    tested = _load_tested(session, model, pretrained=pretrained or every is not None)
    plan = Plan(
        since,
        until,
        tested,
        against=tuple(load_model(folder) for folder in against or ()),
        runs=tuple(run or ()),
        peers=_parse_peers(peer or ()),
        refit=every,
        allow_overlap=allow_overlap,
        command=("recsys", *map(hide_password, sys.argv[1:])),
    )
    problems = Problems(session.out)
    evaluation = _run(session, plan, problems)
    _show(session.out, evaluation, files)
    fallen = baseline is not None and not _passes(session.out, evaluation, baseline)
    if fallen or problems.errors:
        raise typer.Exit(1)


def _parse_peers(names: Sequence[str]) -> tuple[PeerRequest, ...]:
    from recsys.evaluation.peers import PeerRequest

    try:
        return tuple(map(PeerRequest.parse, names))
    except InvalidValueError as error:
        raise typer.BadParameter(str(error), param_hint="--peer") from error


def _check_choices(since: datetime, until: datetime, *tested: bool) -> None:
    if since >= until:
        raise typer.BadParameter("--since must be earlier than --until")
    if sum(tested) > 1:
        raise typer.BadParameter("--model, --pretrained and --refit are mutually exclusive")


def compare(
    ctx: typer.Context,
    *,
    first: Annotated[Path, typer.Argument(metavar="RUN_A", help="A TREC run.")],
    second: Annotated[Path, typer.Argument(metavar="RUN_B", help="Another run for the same queries.")],
    queries: Annotated[Path, typer.Option(metavar="FILE", help="The queries, {query_id, …} per line.")],
    qrels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Relevance: a line per query, or TREC qrels; default qrels.jsonl next to --queries.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare two TREC runs on the same queries and qrels."""
    from recsys.evaluation import compare_runs, encode, load_judged

    out = open_session(ctx, json=json).out
    judged = load_judged(queries, qrels or queries.with_name("qrels.jsonl"))
    comparison = compare_runs(first, second, judged)
    if out.json:
        out.record({"first": str(first), "second": str(second), "compared": encode(comparison)})
        return
    out.say(f"A is {first}, B is {second}; {plural(len(judged), 'judged query', 'judged queries')}.")
    out.show(comparison_table(comparison))
    out.note(INTERVALS)


def _parse_refit(text: str | None) -> timedelta | None:
    interval = None if text is None else parse_duration(text)
    if text is not None and not interval:
        raise typer.BadParameter(
            f"expected a time such as 7d or 36h, found {shorten(text)}", param_hint="--refit"
        )
    return interval


def _load_tested(session: Session, name: str | None, *, pretrained: bool) -> Model:
    """The model with a name; without one the current model, else the pretrained weights."""
    from recsys.evaluation import load_model, load_pretrained
    from recsys.ranking.model_files import check_name, current_name, has_current

    models = session.settings.models
    if pretrained or name == PRETRAINED:
        return load_pretrained()
    if name is None and not has_current(models):
        session.out.note(f"No model in {models} yet: evaluating the pretrained weights.")
        return load_pretrained()
    chosen = current_name(models) if name is None else check_name(name)
    return load_model(models / chosen, chosen)


def _run(session: Session, plan: Plan, problems: Problems) -> Evaluation:
    """The evaluation of a plan; EvaluationError if something leaked."""
    from recsys.evaluation import Evaluator

    with session.open_store() as store, session.out.progress("loading the corpus") as bar:
        evaluation = Evaluator(store, bar.update, problems.error).evaluate(plan)
    _check_leaks(session.out, evaluation)
    return evaluation


def _check_leaks(out: Output, evaluation: Evaluation) -> None:
    """EvaluationError if there is a leak: nothing is printed then, and no file is written."""
    from recsys.evaluation import describe_leak

    leaks = evaluation.leaks.leaks
    for leak in leaks:
        out.error(describe_leak(leak))
    if leaks:
        raise EvaluationError("the figures are invalid because of the leaks above")


def _check_tasks(evaluation: Evaluation) -> None:
    """EvaluationError if there is no query to evaluate; the files have been written by then."""
    if not evaluation.tasks:
        period = evaluation.provenance
        raise EvaluationError(
            f"not enough data: no query can be evaluated from {format_time(period.since)}"
            f" to {format_time(period.until)}, because there is no related-story list, no link, no most-read"
            " list with a later one, and no click"
        )


def _show(out: Output, evaluation: Evaluation, files: ReportFiles) -> None:
    from recsys.evaluation import describe_data, describe_results

    written = files.write(evaluation)
    if not files.on_stdout and evaluation.tasks:
        for sentence in describe_results(evaluation):
            out.paragraph(sentence)
        out.show("", *evaluation_tables(evaluation))
    if evaluation.tasks:
        out.note(format_leak_check(evaluation.leaks))
        out.note(BOTH_INTERVALS)
    for sentence in describe_data(evaluation.data):
        out.warning(sentence)
    for line in written:
        out.note(line)
    _check_tasks(evaluation)


def _passes(out: Output, evaluation: Evaluation, baseline: Sequence[Recorded]) -> bool:
    """Whether no figure fell; prints those that did."""
    from recsys.evaluation import find_falls

    falls = find_falls(evaluation, baseline)
    for fall in falls:
        out.error(format_fall(fall))
    figures = plural(len(baseline), "figure")
    if falls:
        out.note(f"Gate failed: {len(falls):,} of {figures} fell by more than the interval allows.")
    else:
        out.note(f"Gate passed: none of {figures} fell by more than its interval allows.")
    return not falls
