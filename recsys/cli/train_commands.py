"""`train`: fit a ranker on the lists in the store and save the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Output, plural
from recsys.cli.formatting import moved_table
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
    from recsys.training import TrainingReport
    from recsys.training.clicks import Propensities


HELD_OUT = timedelta(days=2)
"""The most recent period: with --if-better, the new model and the current one are compared on it."""


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
    typer.Option("--if-better", help="Use the new model only if it is not worse on the last two days."),
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
    from recsys.training import train as train_ranker

    session = open_session(ctx, store=store, models=models, json=json, memory=memory)
    moment, chances = until or now(), _parse_propensities(propensities)
    evaluated_until = moment
    if if_better:
        moment -= HELD_OUT
    model_name = check_name(name if name is not None else f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    with session.open_store() as opened, session.out.progress("loading the corpus") as bar:
        corpus = open_corpus(opened, moment, first_texts=True)
        trained = train_ranker(
            corpus,
            until=moment,
            impressions=opened.impressions.read(before=moment),
            warm_start=load_latest(session.settings.models),
            propensities=chances,
            memory=session.settings.memory,
            progress=bar.update,
        )
    folder = trained.save(session.settings.models, model_name, use=not if_better)
    if if_better:
        _promote(session, folder, since=moment, until=evaluated_until)
    _show_report(session.out, trained.report, folder)


def _promote(session: Session, folder: Path, *, since: datetime, until: datetime) -> None:
    """Make a model the current one; ModelError if it is worse than the current one or differs too much."""
    from recsys.evaluation.promotion import judge_successor
    from recsys.ranking.model_files import load_current, note_figures, use_bundle

    models = session.settings.models
    current = load_current(models)
    if current.problem is not None:
        session.out.warning(f"{current.problem}. {folder.name} is compared with the pretrained weights.")
    used = models / current.bundle.manifest.name if current.is_trained else None
    name = "the pretrained weights" if used is None else used.name
    with session.open_store() as opened:
        verdict = judge_successor(opened, folder, used, since=since, until=until)
    if verdict.worse:
        raise ModelError(f"{folder.name} is worse than {name} in {', '.join(verdict.worse)}: {name} stays")
    if verdict.is_too_different:
        raise ModelError(
            f"{folder.name} was trained on clicks that no other list of the last two days confirms and shares"
            f" only {verdict.agreement:.0%} of its top stories with {name}: {name} stays. To use it anyway,"
            f" after checking its recommendations: recsys models use {folder.name}"
        )
    note_figures(folder, verdict.figures)
    use_bundle(models, folder.name)


def contexts_text(contexts: Mapping[str, int]) -> str:
    """`1,204 examples (900 inline, 304 popular)`: the number of query groups by kind of list."""
    by_source = ", ".join(f"{count:,} {source}" for source, count in contexts.items())
    total = plural(sum(contexts.values()), "example")
    return f"{total} ({by_source})" if contexts else total


def propensities_text(propensities: Propensities) -> str:
    """`1.00 0.52 0.34, estimated from 812 clicks`: the chances by position, and their origin."""
    shown = " ".join(f"{value:.2f}" for value in propensities.values)
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


def _show_report(out: Output, report: TrainingReport, folder: Path) -> None:
    if out.json:
        out.record({"model": folder.name, "folder": str(folder), **_report_record(report)})
        return
    until = format_time(report.until)
    if report.contexts:
        out.say(f"Trained on {contexts_text(report.contexts)} from before {until}.")
        if report.propensities is not None:
            out.say(f"Examination by widget position: {propensities_text(report.propensities)}.")
            out.say(f"All clicks together weigh as much as {report.click_weight:,.1f} related-story boxes.")
        if not report.is_from_pretrained:
            out.say("The pretrained weights were trained on these lists: training started from 0.")
        start = "the pretrained weights" if report.is_from_pretrained else "0"
        out.say(f"Largest changes from {start}:")
        out.show(moved_table(report.moved))
    else:
        out.say(f"No training examples before {until}: the model is the pretrained weights.")
    out.say(f"Saved as {folder}, now the current model.")


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
