"""Rankers by name: trained models, baselines, and the shipped weights where nothing was trained."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.options import JsonOption, ModelsOption, Session, open_session

if TYPE_CHECKING:  # scikit-learn takes a second or two to load; only the commands that rank wait for it
    from recsys.manifest import Manifest
    from recsys.ranking import Ranker

SHIPPED = "prior"


def use(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="A folder below the models folder.")],
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Make a trained model the current one, be it an earlier one. A service takes it within a second."""
    from recsys.errors import ModelError
    from recsys.ranking.model_files import check_name, current_name, use_bundle

    session = open_session(ctx, models=models, json=json)
    folder, before = session.settings.models, None
    with suppress(ModelError):  # none, or one that cannot be read: all the more reason to take another
        before = current_name(folder)
    use_bundle(folder, check_name(name))
    if session.out.json:
        session.out.record({"model": name, "before": before})
        return
    told = "" if before is None else " already" if before == name else f"; before it was {before}"
    session.out.note(f"{name} is the current model{told}.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A ranker and the name under which it was asked for or found."""

    name: str
    ranker: Ranker


def choose_ranker(session: Session, name: str | None) -> Choice:
    """The baseline or model with a name; without one the current model, or the shipped weights (said)."""
    from recsys.ranking import BASELINES, LogisticRanker
    from recsys.ranking.model_files import load_bundle, load_current, load_pretrained_weights

    models = session.settings.models
    if name is not None and name in BASELINES:
        return Choice(name, BASELINES[name])
    if name == SHIPPED:
        return Choice(SHIPPED, LogisticRanker(load_pretrained_weights()))
    if name is not None:
        return Choice(name, load_bundle(models, name).ranker)
    current = load_current(models)
    if current.is_trained:
        return Choice(current.bundle.manifest.name, current.bundle.ranker)
    if current.problem is not None:
        session.out.warning(f"{current.problem}. Ranking with the weights that ship with recsys.")
    else:
        session.out.note(f"No model in {models} yet: ranking with the weights that ship with recsys.")
    return Choice(SHIPPED, current.bundle.ranker)


def find_current(models: Path) -> tuple[Manifest | None, str | None]:
    """What the current model says about itself, None where none was trained; and why it cannot be loaded."""
    from recsys.ranking.model_files import load_current

    current = load_current(models)
    return (current.bundle.manifest if current.is_trained else None), current.problem
