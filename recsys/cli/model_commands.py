"""`models`, and rankers by name: trained models, baselines, and the pretrained weights."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import plural
from recsys.cli.formatting import model_table
from recsys.cli.options import JsonOption, ModelsOption, Session, open_session

if TYPE_CHECKING:  # importing scikit-learn takes a second or two; only commands that rank need it
    from recsys.manifest import Manifest
    from recsys.ranking import Ranker

PRETRAINED = "pretrained"

models_app = typer.Typer(no_args_is_help=True, help="List the trained models, or switch to one.")


@models_app.command("list")
def list_models(ctx: typer.Context, *, models: ModelsOption = None, json: JsonOption = False) -> None:
    """List the trained models, sorted by the end of their training data."""
    from recsys.errors import ModelError
    from recsys.ranking.model_files import current_name, list_bundles

    session = open_session(ctx, models=models, json=json)
    folder, current = session.settings.models, None
    with suppress(ModelError):
        current = current_name(folder)
    manifests, problems = list_bundles(folder)
    for problem in problems:
        session.out.warning(problem)
    if session.out.json:
        for each in manifests:
            examples = dict(each.contexts or {})
            session.out.record(
                {
                    "model": each.name,
                    "current": each.name == current,
                    "until": each.until,
                    "contexts": examples,
                }
            )
        return
    if manifests:
        session.out.show(model_table(manifests, current))
    session.out.note(f"{plural(len(manifests), 'model')} in {folder}.")


@models_app.command("use")
def use_model(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a model in the models folder.")],
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Make a trained model the current one.

    It may be an earlier one. A running service switches to it within a second.
    """
    from recsys.errors import ModelError
    from recsys.ranking.model_files import check_name, current_name, use_bundle

    session = open_session(ctx, models=models, json=json)
    folder, before = session.settings.models, None
    with suppress(ModelError):  # there may be no current model, or a damaged one
        before = current_name(folder)
    use_bundle(folder, check_name(name))
    if session.out.json:
        session.out.record({"model": name, "before": before})
        return
    change = "" if before is None else " already" if before == name else f"; before it was {before}"
    session.out.note(f"{name} is the current model{change}.")


@dataclass(frozen=True, slots=True)
class NamedRanker:
    """A ranker and the name to show for it."""

    name: str
    ranker: Ranker


def choose_ranker(session: Session, name: str | None) -> NamedRanker:
    """The baseline or model with a name; without one the current model, else the pretrained weights."""
    from recsys.ranking import BASELINES, LogisticRanker
    from recsys.ranking.model_files import load_current, load_pretrained_weights

    models = session.settings.models
    if name is not None and name in BASELINES:
        return NamedRanker(name, BASELINES[name])
    if name == PRETRAINED:
        return NamedRanker(PRETRAINED, LogisticRanker(load_pretrained_weights()))
    if name is not None:
        return NamedRanker(name, _load_model(models, name))
    current = load_current(models)
    if current.is_trained:
        return NamedRanker(current.bundle.manifest.name, current.bundle.ranker)
    if current.problem is not None:
        session.out.warning(f"{current.problem}. Ranking with the pretrained weights instead.")
    else:
        session.out.note(f"No model in {models} yet: ranking with the pretrained weights.")
    return NamedRanker(PRETRAINED, current.bundle.ranker)


def _load_model(models: Path, name: str) -> Ranker:
    """The ranker of a model; the error for an unknown name says which names there are."""
    from recsys.errors import ModelError
    from recsys.ranking import BASELINES
    from recsys.ranking.model_files import check_name, list_bundles, load_bundle

    if (models / check_name(name)).exists():
        return load_bundle(models, name).ranker
    known = ", ".join(each.name for each in list_bundles(models)[0]) or "none yet"
    raise ModelError(
        f"{models / name}: no such model. Baselines: {', '.join(BASELINES)}; trained models in {models}:"
        f" {known}; or {PRETRAINED}"
    )


def find_current(models: Path) -> tuple[Manifest | None, str | None]:
    """The manifest of the current model, None if there is none; and why it cannot be loaded, else None."""
    from recsys.ranking.model_files import load_current

    current = load_current(models)
    return (current.bundle.manifest if current.is_trained else None), current.problem
