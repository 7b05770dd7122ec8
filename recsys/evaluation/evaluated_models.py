"""Models that take part, and whether one has learnt from what it is to be tested on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recsys.domain import format_time, parse_time
from recsys.errors import EvaluationError
from recsys.ranking.model_files import Bundle, load_folder, pretrained_folder


@dataclass(frozen=True)
class Model:
    """A bundle, what it is called, and the digests of its files."""

    label: str
    bundle: Bundle
    digests: Mapping[str, str]

    @property
    def learnt_until(self) -> datetime | None:
        """Before which moment the lists were seen that it learnt from; None where it learnt nothing."""
        manifest = self.bundle.manifest
        return parse_time(manifest.until, "until") if manifest.until and manifest.contexts else None


def load_model(folder: Path, label: str | None = None) -> Model:
    """The model in a folder, called by its name."""
    bundle = load_folder(folder)
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in {".json", ".npy"}
    }
    return Model(label or folder.resolve().name, bundle, digests)


def load_pretrained() -> Model:
    """The weights that ship with the package."""
    with pretrained_folder() as folder:
        return load_model(folder, "prior")


def find_overlap(models: Iterable[Model], sites: Iterable[str], since: datetime) -> tuple[str, ...]:
    """What was learnt from after the start of the test period, a sentence each; nothing when all is well.

    What began at the shipped weights knows what they learnt: on a site of theirs that counts too.
    """
    models, shipped = list(models), load_pretrained()
    trained = [model for model in models if model.digests != shipped.digests]
    found = [_sentence(f"the model {m.label}", m.learnt_until) for m in trained if _late(m, since)]
    began = len(trained) < len(models) or any(model.bundle.manifest.is_from_pretrained for model in trained)
    if began and not set(shipped.bundle.manifest.sites).isdisjoint(sites) and _late(shipped, since):
        who = "the weights that ship with recsys, at which training starts,"
        found.append(_sentence(who, shipped.learnt_until))
    return tuple(dict.fromkeys(found))


def refuse_overlap(overlap: Sequence[str], since: datetime) -> None:
    """EvaluationError where there is any."""
    if overlap:
        raise EvaluationError(
            f"the test period begins {format_time(since)}, but {'; '.join(overlap)}"
            " (--allow-overlap evaluates all the same and says so)"
        )


def _late(model: Model, since: datetime) -> bool:
    return model.learnt_until is not None and model.learnt_until > since


def _sentence(who: str, until: datetime | None) -> str:
    return f"{who} learnt from what was seen up to {'' if until is None else format_time(until)}"
