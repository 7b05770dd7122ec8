"""`evaluate` and `compare`: is the model better than what we show today, and is the figure true?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Output, Problems, plural
from recsys.cli.evaluation_tables import (
    INTERVALS,
    comparison_table,
    evaluation_tables,
    tell_check,
    tell_fall,
)
from recsys.cli.model_commands import SHIPPED
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
from recsys.cli.report_files import Documents, hide_password
from recsys.domain import format_time
from recsys.durations import parse_duration
from recsys.errors import EvaluationError, shorten

if TYPE_CHECKING:
    from recsys.evaluation import Evaluation, Model, Plan, Recorded


ModelOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The trained model to test; else the current one.")
]
PriorOption = Annotated[bool, typer.Option("--prior", help="Test the weights that ship with recsys.")]
AgainstOption = Annotated[
    list[Path] | None, typer.Option(metavar="PATH", help="Another model's folder; repeatable.")
]
RunOption = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="A TREC run, as one more ranker; repeatable.")
]
RefitOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Train anew every so often, such as 7d, and test that.")
]
FileOption = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write everything as JSON; - is stdout.")
]
ReportOption = Annotated[
    str | None, typer.Option("--report", metavar="FILE", help="Write a report, one HTML file; - is stdout.")
]
MarkdownOption = Annotated[
    str | None, typer.Option("--markdown", metavar="FILE", help="The same report as Markdown; - is stdout.")
]
GateOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Fail where a figure fell below this earlier JSON.")
]
OverlapOption = Annotated[
    bool, typer.Option("--allow-overlap", help="Test a model on what it has learnt from, and say so.")
]


def evaluate(
    ctx: typer.Context,
    *,
    since: SinceOption,
    until: EndOption,
    model: ModelOption = None,
    prior: PriorOption = False,
    against: AgainstOption = None,
    run: RunOption = None,
    refit: RefitOption = None,
    json: FileOption = None,
    report: ReportOption = None,
    markdown: MarkdownOption = None,
    gate: GateOption = None,
    allow_overlap: OverlapOption = False,
    store: StoreOption = None,
    models: ModelsOption = None,
) -> None:
    """Replay a period as it was and judge what is recommended by the lists that came later."""
    from recsys.evaluation import Plan, load_baseline, load_model

    session = open_session(ctx, store=store, models=models)
    files = Documents(STDOUT if session.out.json and json is None else json, report, markdown)
    every = _parse_refit(refit)
    _check_choices(since, until, model is not None, prior, every is not None)
    baseline = None if gate is None else load_baseline(gate)
    tested = _load_tested(session, model, prior=prior or every is not None)
    plan = Plan(
        since,
        until,
        tested,
        against=tuple(load_model(folder) for folder in against or ()),
        runs=tuple(run or ()),
        refit=every,
        allow_overlap=allow_overlap,
        command=("recsys", *map(hide_password, sys.argv[1:])),
    )
    problems = Problems(session.out)
    evaluation = _run(session, plan, problems)
    _check_leaks(session.out, evaluation)
    _tell(session.out, evaluation, files)
    _check_tasks(evaluation)
    fallen = baseline is not None and not _passes(session.out, evaluation, baseline)
    if fallen or problems.errors:
        raise typer.Exit(1)


def _check_choices(since: datetime, until: datetime, *tested: bool) -> None:
    if since >= until:
        raise typer.BadParameter("--since has to be earlier than --until")
    if sum(tested) > 1:
        raise typer.BadParameter("--model, --prior and --refit exclude one another")


def compare(
    ctx: typer.Context,
    *,
    first: Annotated[Path, typer.Argument(metavar="RUN_A", help="A TREC run.")],
    second: Annotated[Path, typer.Argument(metavar="RUN_B", help="Another one for the same queries.")],
    queries: Annotated[Path, typer.Option(metavar="FILE", help="The queries, {query_id, …} a line.")],
    qrels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What was right: a line for every query, or TREC qrels; else qrels.jsonl beside --queries.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare two runs on the same judgments, from files alone."""
    from recsys.evaluation import compare_runs, encode, load_judged

    out = open_session(ctx, json=json).out
    judged = load_judged(queries, qrels or queries.with_name("qrels.jsonl"))
    found = compare_runs(first, second, judged)
    if out.json:
        out.record({"first": str(first), "second": str(second), "compared": encode(found)})
        return
    out.say(f"A is {first}, B is {second}; {plural(len(judged), 'judged query', 'judged queries')}.")
    out.show(comparison_table(found))
    out.note(INTERVALS)


def _parse_refit(text: str | None) -> timedelta | None:
    found = None if text is None else parse_duration(text)
    if text is not None and not found:
        raise typer.BadParameter(
            f"expected a time such as 7d or 36h, found {shorten(text)}", param_hint="--refit"
        )
    return found


def _load_tested(session: Session, name: str | None, *, prior: bool) -> Model:
    """The model with a name, the current one, or the shipped weights (said where nobody asked for them)."""
    from recsys.evaluation import load_model, load_pretrained
    from recsys.ranking.model_files import check_name, current_name, has_current

    models = session.settings.models
    if prior or name == SHIPPED:
        return load_pretrained()
    if name is None and not has_current(models):
        session.out.note(f"No model in {models} yet: testing the weights that ship with recsys.")
        return load_pretrained()
    chosen = current_name(models) if name is None else check_name(name)
    return load_model(models / chosen, chosen)


def _run(session: Session, plan: Plan, problems: Problems) -> Evaluation:
    from recsys.evaluation import Evaluator

    with session.open_store() as store, session.out.progress("loading the archive") as bar:
        return Evaluator(store, bar.update, problems.error).evaluate(plan)


def _check_leaks(out: Output, evaluation: Evaluation) -> None:
    """EvaluationError where something knows the future: then nothing is printed and no file is written."""
    from recsys.evaluation import tell_leak

    leaks = evaluation.leaks.leaks
    for leak in leaks:
        out.error(tell_leak(leak))
    if leaks:
        raise EvaluationError("no figure of this evaluation can be believed: it knows the future, see above")


def _check_tasks(evaluation: Evaluation) -> None:
    """EvaluationError where nothing can be judged; files that were asked for are written by then."""
    if not evaluation.tasks:
        period = evaluation.provenance
        raise EvaluationError(
            f"the evidence is too small for a figure: no query can be judged from {format_time(period.since)}"
            f" to {format_time(period.until)}, for there is no list of related stories, no link, no readers'"
            " ranking with a later one, no click"
        )


def _tell(out: Output, evaluation: Evaluation, files: Documents) -> None:
    from recsys.evaluation import tell_verdict

    written = files.write(evaluation)
    if not files.on_stdout and evaluation.tasks:
        for sentence in tell_verdict(evaluation):
            out.say(sentence)
        out.show("", *evaluation_tables(evaluation))
    if evaluation.tasks:
        out.note(tell_check(evaluation.leaks))
        out.note(INTERVALS)
    for line in written:
        out.note(line)


def _passes(out: Output, evaluation: Evaluation, baseline: Sequence[Recorded]) -> bool:
    """Whether no figure fell; says which did."""
    from recsys.evaluation import find_falls

    falls = find_falls(evaluation, baseline)
    for fall in falls:
        out.error(tell_fall(fall))
    figures = plural(len(baseline), "figure")
    if falls:
        out.note(f"The gate is closed: {len(falls):,} of {figures} fell by more than the interval allows.")
    else:
        out.note(f"The gate is open: none of {figures} fell by more than its interval allows.")
    return not falls
