"""`train`: learn from the lists in the store, save the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Output, plural
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
from recsys.cli.terminal_tables import moved_table
from recsys.domain import format_time
from recsys.errors import ModelError, shorten

if TYPE_CHECKING:
    from recsys.training import TrainingReport
    from recsys.training.clicks import Propensities


HELD_OUT = timedelta(days=2)
"""The end of what is known, on which a new model is held to the one in use before it takes its place."""


NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="What the model is called; else after --until.")
]
PropensitiesOption = Annotated[
    str | None,
    typer.Option(
        metavar="X,X,...",
        help="How often each position of a served list is examined; else estimated from the clicks.",
    ),
]
IfBetterOption = Annotated[
    bool,
    typer.Option("--if-better", help="Use the new model only if it is no worse over the last two days."),
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
    """Learn from what was listed and linked before a moment, and make the result the current model."""
    from recsys.corpus import open_corpus
    from recsys.ranking.model_files import check_name, load_latest, save_bundle
    from recsys.training import train as train_ranker

    session = open_session(ctx, store=store, models=models, json=json, memory=memory)
    moment, examined = until or now(), _parse_propensities(propensities)
    judged_until = moment
    if if_better:
        moment -= HELD_OUT
    called = check_name(name if name is not None else f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    with session.open_store() as opened, session.out.progress("loading the archive") as bar:
        corpus = open_corpus(opened, moment, first_texts=True)  # it is asked about the past
        trained = train_ranker(
            corpus,
            until=moment,
            impressions=opened.impressions.read(before=moment),
            near=load_latest(session.settings.models),
            propensities=examined,
            memory=session.settings.memory,
            progress=bar.update,
        )
    manifest = trained.report.manifest(called)
    folder = save_bundle(trained.ranker.weights_, manifest, session.settings.models, use=not if_better)
    if if_better:
        _promote(session, folder, since=moment, until=judged_until)
    _say_report(session.out, trained.report, folder)


def _promote(session: Session, folder: Path, *, since: datetime, until: datetime) -> None:
    """Make a model the current one unless it is worse than the one that is."""
    from recsys.evaluation.promotion import judge_successor
    from recsys.ranking.model_files import load_current, note_figures, use_bundle

    models = session.settings.models
    current = load_current(models)
    if current.problem is not None:
        session.out.warning(
            f"{current.problem}. {folder.name} is compared with the weights that ship with recsys."
        )
    used = models / current.bundle.manifest.name if current.is_trained else None
    name = "the weights that ship with recsys" if used is None else used.name
    with session.open_store() as opened:
        verdict = judge_successor(opened, folder, used, since=since, until=until)
    if verdict.worse:
        raise ModelError(f"{folder.name} is worse than {name} in {', '.join(verdict.worse)}: {name} stays")
    if verdict.is_too_different:
        raise ModelError(
            f"{folder.name} learnt from clicks, which no other list of the last two days confirms, and keeps"
            f" only {verdict.agreement:.0%} of the first stories of {name}: {name} stays. After a look at its"
            f" lists it can be used all the same: recsys use {folder.name}"
        )
    note_figures(folder, verdict.figures)
    use_bundle(models, folder.name)


def contexts_text(contexts: Mapping[str, int]) -> str:
    """`1,204 contexts (900 inline, 304 popular)`: articles and moments with something preferred."""
    by_source = ", ".join(f"{count:,} {source}" for source, count in contexts.items())
    counted = plural(sum(contexts.values()), "context")
    return f"{counted} ({by_source})" if contexts else counted


def propensities_text(propensities: Propensities) -> str:
    """`1.00 0.52 0.34, estimated from 812 clicks`: how often each position was examined, and who says so."""
    shown = " ".join(f"{value:.2f}" for value in propensities.values)
    clicks = plural(propensities.clicks, "click")
    origins = {
        "given": "given",
        "estimated": f"estimated from {clicks} on stories that stood at several positions",
        "default": f"assumed: {clicks} on stories that stood at several positions, too few to estimate from",
    }
    return f"{shown}, {origins[propensities.origin]}"


def _parse_propensities(text: str | None) -> list[float] | None:
    """Chances with commas between; a usage error for anything else."""
    if text is None:
        return None
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 < chance <= 1 for chance in found):
        expected = "numbers above 0 and up to 1 with commas between, such as 1,0.5,0.33"
        raise typer.BadParameter(f"expected {expected}, found {shorten(text)}", param_hint="--propensities")
    return found


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _say_report(out: Output, report: TrainingReport, folder: Path) -> None:
    if out.json:
        out.record({"model": folder.name, "folder": str(folder), **_report_record(report)})
        return
    until = format_time(report.until)
    if report.contexts:
        out.say(f"Learnt from {contexts_text(report.contexts)}, seen before {until}.")
        if report.propensities is not None:
            out.say(f"Positions of served lists are examined {propensities_text(report.propensities)}.")
            out.say(f"All clicks together weigh as much as {report.click_weight:,.1f} related boxes.")
        if not report.is_from_pretrained:
            out.say("The weights that ship with recsys were learnt from these lists: learning began anew.")
        start = "from the weights that ship with recsys" if report.is_from_pretrained else "from 0"
        out.say(f"What moved most away {start}:")
        out.show(moved_table(report.moved))
    else:
        out.say(f"Nothing to learn from was seen before {until}: the weights that ship with recsys are kept.")
    out.say(f"Saved as {folder}, now the current model.")


def _report_record(report: TrainingReport) -> dict[str, object]:
    return {
        "first": _shown(report.first),
        "until": format_time(report.until),
        "contexts": dict(report.contexts),
        "is_from_pretrained": report.is_from_pretrained,
        "click_weight": round(report.click_weight, 4),
        "propensities": None if report.propensities is None else asdict(report.propensities),
        "moved": [asdict(each) for each in report.moved],
    }
