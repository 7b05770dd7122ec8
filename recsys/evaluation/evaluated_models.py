"""Models to evaluate, and whether their training data overlaps the test period."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recsys.domain import format_time, parse_time
from recsys.errors import EvaluationError
from recsys.ranking.model_files import Bundle, load_folder, pretrained_folder
from recsys.training import Trained


@dataclass(frozen=True)
class Model:
    """A bundle, its name, and the digests of its files."""

    label: str
    bundle: Bundle
    digests: Mapping[str, str]

    @property
    def trained_until(self) -> datetime | None:
        """End of its training period; None for an untrained model."""
        manifest = self.bundle.manifest
        return parse_time(manifest.until, "until") if manifest.until and manifest.contexts else None


def load_model(folder: Path, label: str | None = None) -> Model:
    """The model in a folder; its label is the folder's name by default."""
    bundle = load_folder(folder)
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in {".json", ".npy"}
    }
    return Model(label or folder.resolve().name, bundle, digests)


def describe_trained(trained: Trained) -> Model:
    """A model that was just trained and has no files."""
    return Model("trained", Bundle(trained.ranker, trained.report.manifest("trained")), {})


def load_pretrained() -> Model:
    """The pretrained weights."""
    with pretrained_folder() as folder:
        return load_model(folder, "pretrained")


def find_overlap(models: Iterable[Model], sites: Iterable[str], since: datetime) -> tuple[str, ...]:
    """Sentences about training data from after the start of the test period; empty if there is none.

    A model trained from the pretrained weights includes their training data, which counts on the same sites.
    """
    models, pretrained = list(models), load_pretrained()
    trained = [model for model in models if model.digests != pretrained.digests]
    sentences = [_sentence(f"the model {m.label}", m.trained_until) for m in trained if _late(m, since)]
    uses_pretrained = len(trained) < len(models) or any(
        model.bundle.manifest.is_from_pretrained for model in trained
    )
    same_site = not set(pretrained.bundle.manifest.sites).isdisjoint(sites)
    if uses_pretrained and same_site and _late(pretrained, since):
        subject = "the pretrained weights, from which training starts,"
        sentences.append(_sentence(subject, pretrained.trained_until))
    return tuple(dict.fromkeys(sentences))


def refuse_overlap(overlap: Sequence[str], since: datetime) -> None:
    """EvaluationError if there is an overlap."""
    if overlap:
        raise EvaluationError(
            f"the test period starts at {format_time(since)}, but {'; '.join(overlap)}"
            " (--allow-overlap evaluates anyway and adds a warning)"
        )


def _late(model: Model, since: datetime) -> bool:
    return model.trained_until is not None and model.trained_until > since


def _sentence(subject: str, until: datetime | None) -> str:
    return f"{subject} used observations up to {'' if until is None else format_time(until)}"
