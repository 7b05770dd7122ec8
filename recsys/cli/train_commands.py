"""`train`: fit a ranker on the lists in the store and save the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Output, plural
from recsys.cli.formatting import moved_table, validation_table
from recsys.cli.options import (
    JsonOption,
    MemoryOption,
    ModelsOption,
    Session,
    StoreOption,
    UntilOption,
    now,
    open_session,
)
from recsys.domain import format_time
from recsys.errors import ModelError, shorten

if TYPE_CHECKING:
    from recsys.evaluation.promotion import Verdict
    from recsys.store import Store
    from recsys.training import Trained, TrainingReport
    from recsys.training.clicks import Propensities


NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the model; default the time of --until.")
]
PropensitiesOption = Annotated[
    str | None,
    typer.Option(
        metavar="X,X,...",
        help="Examination probability of each widget position; default estimated from clicks.",
    ),
]
IfBetterOption = Annotated[
    bool,
    typer.Option(
        "--if-better",
        help="Use the new model only if it is not worse than the current one on days that neither has seen.",
    ),
]


def train(
    ctx: typer.Context,
    *,
    until: UntilOption = None,
    name: NameOption = None,
    propensities: PropensitiesOption = None,
    memory: MemoryOption = None,
    if_better: IfBetterOption = False,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Train a model on the store's lists and links, and use it."""
    from recsys.corpus import open_corpus
    from recsys.ranking.model_files import check_name, load_latest
    from recsys.training import explain_missing_examples
    from recsys.training import train as train_ranker

    session = open_session(ctx, store=store, models=models, json=json, memory=memory)
    moment, chances = until or now(), _parse_propensities(propensities)
    model_name = check_name(name if name is not None else f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    with session.open_store() as opened, session.out.progress("loading the corpus") as bar:
        corpus = open_corpus(opened, moment, first_texts=True)

        def fit(before: datetime) -> Trained:
            return train_ranker(
                corpus,
                until=before,
                impressions=opened.impressions.read(before=before),
                warm_start=load_latest(session.settings.models),
                propensities=chances,
                memory=session.settings.memory,
                progress=bar.update,
            )

        trained = fit(moment)
        if not trained.report.contexts:
            _show_missing(session, trained.report, explain_missing_examples(corpus.at(moment)))
            return
        verdict = _validate(session, opened, fit, moment) if if_better else None
        folder = trained.save(session.settings.models, model_name, use=verdict is None)
        if verdict is not None:
            _promote(session, opened, folder, verdict)
    _show_report(session.out, trained.report, folder, verdict)


def _validate(session: Session, store: Store, fit: Callable[[datetime], Trained], until: datetime) -> Verdict:
    """Compare a model trained on everything before the validation period with the current one on it."""
    from recsys.evaluation.promotion import judge_successor, validation_start

    used = _current_folder(session)
    since = validation_start(used, until)
    trained = fit(since)
    if not trained.report.contexts:
        raise ModelError(
            f"no training examples before {format_time(since)}, so no model can be compared on what was seen"
            " since then: train without --if-better"
        )
    with TemporaryDirectory() as folder:
        new = trained.save(folder, "new")
        return judge_successor(store, new, used, since=since, until=until)


def _current_folder(session: Session) -> Path | None:
    """The folder of the current model; None if the pretrained weights are in use."""
    from recsys.ranking.model_files import load_current

    current = load_current(session.settings.models)
    if current.problem is not None:
        session.out.warning(f"{current.problem}. The new model is compared with the pretrained weights.")
    return session.settings.models / current.bundle.manifest.name if current.is_trained else None


def _promote(session: Session, store: Store, folder: Path, verdict: Verdict) -> None:
    """Make a model that was refitted on everything the current one; ModelError says why not.

    `verdict` is that on the model before.
    """
    from recsys.evaluation.promotion import FEWEST, current_label, judge_successor
    from recsys.ranking.model_files import note_figures, use_bundle

    note_figures(folder, verdict.figures)
    used = _current_folder(session)
    refitted = judge_successor(
        store, folder, used, since=verdict.since, until=verdict.until, is_refitted=True
    )
    name, period = current_label(used), f"from {format_time(verdict.since)} to {format_time(verdict.until)}"
    if not session.out.json and verdict.comparisons:
        session.out.say(f"Compared with {name} on lists new to both models,")
        session.out.say(f"{period}:")
        session.out.show(validation_table(verdict.comparisons))
    worse = dict.fromkeys((*verdict.worse, *refitted.worse))
    problem = None
    if not verdict.comparisons and verdict.agreement is None:
        problem = f"cannot be compared with {name}: no kind of list has {FEWEST} examples {period}"
    elif worse:
        problem = f"is worse than {name} in {', '.join(worse)}"
    elif refitted.is_too_different:
        problem = (
            f"was trained on clicks that no other list {period} confirms, and shares only"
            f" {refitted.agreement:.0%} of its top stories with {name}"
        )
    if problem is not None:
        raise ModelError(
            f"{folder.name} {problem}. Still in use: {name}. To switch anyway, after a look at the"
            f" recommendations: recsys models use {folder.name}"
        )
    use_bundle(session.settings.models, folder.name)


def contexts_text(contexts: Mapping[str, int]) -> str:
    """`1,204 examples (900 inline, 304 popular)`: the number of query groups by kind of list."""
    by_source = ", ".join(f"{count:,} {source}" for source, count in contexts.items())
    total = plural(sum(contexts.values()), "example")
    return f"{total} ({by_source})" if contexts else total


def propensities_text(propensities: Propensities) -> str:
    """`1.00 0.52 0.34, estimated from 812 clicks`: the chances by position, and their origin."""
    shown = " ".join(f"{value:z.2f}" for value in propensities.values)
    clicks = plural(propensities.clicks, "click")
    origins = {
        "given": "given",
        "estimated": f"estimated from {clicks} on stories shown at several positions",
        "default": f"default: {clicks} on stories shown at several positions are too few to estimate from",
    }
    return f"{shown}, {origins[propensities.origin]}"


def _parse_propensities(text: str | None) -> list[float] | None:
    """Comma-separated probabilities; a usage error for anything else."""
    if text is None:
        return None
    try:
        chances = [float(part) for part in text.split(",")]
    except ValueError:
        chances = []
    if not chances or not all(0 < chance <= 1 for chance in chances):
        expected = "comma-separated numbers above 0 and up to 1, such as 1,0.5,0.33"
        raise typer.BadParameter(f"expected {expected}, found {shorten(text)}", param_hint="--propensities")
    return chances


def _format(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _show_missing(session: Session, report: TrainingReport, reasons: tuple[str, ...]) -> None:
    """Say that nothing was trained, and why."""
    from recsys.evaluation.promotion import current_label

    used = current_label(_current_folder(session))
    if session.out.json:
        record = {"model": None, "folder": None, "current": used, "missing": reasons}
        session.out.record({**record, **_report_record(report)})
        return
    session.out.say(f"No training examples before {format_time(report.until)}. No model was saved.")
    for reason in reasons:
        session.out.say(reason)
    session.out.say(f"Used until then: {used}.")


def _show_report(out: Output, report: TrainingReport, folder: Path, verdict: Verdict | None) -> None:
    if out.json:
        validation = None if verdict is None else _validation_record(verdict)
        record = {"model": folder.name, "folder": str(folder), "validation": validation}
        out.record({**record, **_report_record(report)})
        return
    until = format_time(report.until)
    out.say(f"Trained on {contexts_text(report.contexts)} from before {until}.")
    if report.propensities is not None:
        out.say(f"Examination by widget position: {propensities_text(report.propensities)}.")
        out.say(f"All clicks together weigh as much as {report.click_weight:,.1f} related-story boxes.")
    if not report.is_from_pretrained:
        out.say("The pretrained weights were trained on these lists: training started from 0.")
    start = "the pretrained weights" if report.is_from_pretrained else "0"
    out.say(f"Largest changes from {start}:")
    out.show(moved_table(report.moved))
    out.say(f"Saved as {folder}, now the current model.")


def _validation_record(verdict: Verdict) -> dict[str, object]:
    return {
        "since": format_time(verdict.since),
        "until": format_time(verdict.until),
        "tasks": [asdict(each) for each in verdict.comparisons],
    }


def _report_record(report: TrainingReport) -> dict[str, object]:
    return {
        "first": _format(report.first),
        "until": format_time(report.until),
        "contexts": dict(report.contexts),
        "is_from_pretrained": report.is_from_pretrained,
        "click_weight": round(report.click_weight, 4),
        "propensities": None if report.propensities is None else asdict(report.propensities),
        "moved": [asdict(each) for each in report.moved],
    }
