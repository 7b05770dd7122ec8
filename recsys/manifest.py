"""manifest.json of a trained model: reading, writing and checking it."""

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
    ArithmeticError,  # a number too large for a float
    AttributeError,
    InvalidValueError,
    KeyError,
    MemoryError,  # an array with a huge shape
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading and checking a damaged file may raise."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a model. Times are ISO 8601; `first` is None if there was nothing to learn from."""

    name: str
    first: str | None = None
    until: str | None = None
    contexts: dict[str, int] | None = None
    """The number of query groups by source."""
    figures: dict[str, float] | None = None
    sites: tuple[str, ...] = ()
    """The sites whose lists it was trained on, sorted."""
    is_from_pretrained: bool = True
    """Whether training started from the pretrained weights, not from blank ones."""


def build_manifest(record: ManifestRecord) -> Manifest:
    """The manifest of a record, with every field checked: all of them are shown to people."""
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
    sites: NotRequired[list[str]]  # this and the next are missing in models of early versions
    is_from_pretrained: NotRequired[bool]


class ManifestRecord(TypedDict):
    """The content of manifest.json; it is checked where it is used."""

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
    version = record.get("format") if isinstance(record, dict) else None
    if version != FORMAT:
        raise ModelError(f"{path}: expected format {FORMAT}, found {shorten(version)}")
    return cast("ManifestRecord", record)


def encode_manifest(record: ManifestRecord) -> bytes:
    return (json.dumps(record, indent=1) + "\n").encode()
