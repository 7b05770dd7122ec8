"""manifest.json: what a trained model says about itself, written and read with all of it checked."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from recsys.domain import parse_time
from recsys.errors import InvalidValueError, ModelError, shorten
from recsys.fileio import read_file

FORMAT = 1
MANIFEST = "manifest.json"
DAMAGE = (
    ArithmeticError,  # a number that no float can hold
    AttributeError,
    InvalidValueError,
    KeyError,
    MemoryError,  # an array that says it is huge
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading and checking a file of unknown content can raise."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says about itself. Times are ISO 8601, `first` is None when nothing was learnt."""

    name: str
    first: str | None = None
    until: str | None = None
    contexts: dict[str, int] | None = None
    figures: dict[str, float] | None = None
    sites: tuple[str, ...] = ()
    """Whose lists it learnt from, rising."""
    is_from_pretrained: bool = True
    """Whether learning began at the weights that ship with the package, and not at nothing."""


def build_manifest(record: ManifestRecord) -> Manifest:
    """The manifest with every field checked, for all of them are shown to people."""
    trained = record["trained"]
    for name in ("first", "until"):
        if trained[name] is not None:
            parse_time(trained[name], name)
    contexts = {str(name): _check_count(name, number) for name, number in trained["contexts"].items()}
    figures = {str(name): _check_figure(name, number) for name, number in record["figures"].items()}
    sites = tuple(map(str, trained.get("sites", ())))
    is_from_pretrained = bool(trained.get("is_from_pretrained", True))
    return Manifest(
        str(record["name"]), trained["first"], trained["until"], contexts, figures, sites, is_from_pretrained
    )


def _check_count(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidValueError(name, expected="a count from 0", found=value)
    return value


def _check_figure(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidValueError(name, expected="a finite number", found=value)
    return float(value)


class TrainedRecord(TypedDict):
    first: str | None
    until: str | None
    contexts: dict[str, int]
    sites: NotRequired[list[str]]  # this and the next are absent in bundles of early versions
    is_from_pretrained: NotRequired[bool]


class ManifestRecord(TypedDict):
    """manifest.json as it is written; what is read is checked where it is used."""

    format: int
    name: str
    trained: TrainedRecord
    figures: dict[str, float]
    knots: dict[str, list[float]]
    appeal_scale: float
    columns: dict[str, list[str]]
    sha256: dict[str, str]


def read_manifest(folder: Path) -> ManifestRecord:
    path = folder / MANIFEST
    try:
        record = json.loads(read_file(path))
    except (FileNotFoundError, NotADirectoryError):
        raise ModelError(f"{folder}: no such model") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    found = record.get("format") if isinstance(record, dict) else None
    if found != FORMAT:
        raise ModelError(f"{path}: expected format {FORMAT}, found {shorten(found)}")
    return cast("ManifestRecord", record)


def encode_manifest(record: ManifestRecord) -> bytes:
    return (json.dumps(record, indent=1) + "\n").encode()
