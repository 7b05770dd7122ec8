"""A trained model on disk: a folder of plain arrays and one manifest; nothing in it is ever run.

    models/
      current              the name of the bundle in use
      NAME/
        manifest.json      format, columns, knots, training period, figures, SHA-256 of every array
        relatedness.npy    ramps of the relatedness curves, float64 (columns, knots - 1)
        appeal.npy         ramps of the appeal curves, float64 (columns, knots - 1)

A bundle is written beside its place and renamed into it; it is never changed afterwards.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import NotRequired, TypedDict, cast

import numpy as np

from recsys.errors import ModelError
from recsys.ranking import Curves, PairwiseRanker, Weighting

FORMAT = 1
CURRENT = "current"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ARRAYS = ("relatedness", "appeal")


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
    from_shipped: bool = True
    """Whether learning began at the weights that ship with the package, and not at nothing."""


@dataclass(frozen=True)
class Bundle:
    """A loaded model."""

    ranker: PairwiseRanker
    manifest: Manifest


def save_bundle(weighting: Weighting, manifest: Manifest, models: Path, *, use: bool = True) -> Path:
    """Write a bundle below `models`, the current one from then on; a name that is taken gets a number.

    Without `use` what was current stays so.
    """
    check_name(manifest.name)
    try:
        models.mkdir(parents=True, exist_ok=True)
        place = _free_place(models, manifest.name)
        beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=models))
        try:
            written = beside / place.name  # mkdtemp's own folder is closed to everybody else
            written.mkdir()
            write_folder(weighting, replace(manifest, name=place.name), written)
            written.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        if use:
            use_bundle(models, place.name)
    except OSError as error:
        raise ModelError(f"{models}: cannot write a model: {error.strerror}") from error
    return place


def note_figures(folder: Path, figures: Mapping[str, float]) -> None:
    """Write into a bundle's manifest what was measured of it."""
    told = _read_manifest(folder)
    told["figures"] = dict(figures)
    beside = folder / f".manifest-{secrets.token_hex(4)}"
    try:
        _write(beside, _encode(told))
        beside.replace(folder / "manifest.json")
        _sync_folder(folder)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror}") from error


def check_name(name: str) -> str:
    """The name, when a model can have it."""
    if not _NAME.fullmatch(name) or name == CURRENT:
        raise ModelError(
            f"{name!r} is no name for a model: letters, digits, dot, dash, underscore; not {CURRENT}"
        )
    return name


def use_bundle(models: Path, name: str) -> None:
    """Make an existing bundle the current one."""
    load_folder(models / name)
    beside = models / f".{CURRENT}-{os.getpid()}"
    _write(beside, f"{name}\n".encode())
    beside.replace(models / CURRENT)
    _sync_folder(models)


def load_bundle(models: Path, name: str | None = None) -> Bundle:
    """A bundle by its name, or the current one; ModelError says what is missing or damaged."""
    return load_folder(models / (current_name(models) if name is None else check_name(name)))


def load_latest(models: Path) -> Weighting | None:
    """The weights of the current model; None where there is none, or none that this version can take over."""
    try:
        return load_bundle(models).ranker.weighting_
    except ModelError:
        return None


def load_current(models: Path) -> Bundle:
    """The bundle in use below `models`, or the one that ships where nothing was trained yet."""
    if not (models / CURRENT).exists():
        return load_shipped()
    return load_bundle(models)


def load_shipped() -> Bundle:
    """The bundle that ships with the package; see recsys/prior/README.md for where it comes from."""
    with prior_folder() as folder:
        return load_folder(folder)


def load_prior() -> Weighting:
    """The weights that ship with the package."""
    return load_shipped().ranker.weighting_


def prior_folder() -> AbstractContextManager[Path]:
    """The bundle that ships with the package, as a folder."""
    return resources.as_file(resources.files("recsys") / "prior")


def current_name(models: Path) -> str:
    """The name of the bundle in use."""
    try:
        name = (models / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ModelError(f"{models}: no model has been trained here yet (recsys train)") from None
    if not _NAME.fullmatch(name):
        raise ModelError(f"{models / CURRENT}: expected the name of a model, found {name[:40]!r}")
    return name


def write_folder(weighting: Weighting, manifest: Manifest, folder: Path) -> None:
    """The files of a bundle, on disk when this returns."""
    arrays = {name: getattr(weighting, name).weights.astype(np.float64) for name in _ARRAYS}
    packed = {f"{name}.npy": _pack(array) for name, array in arrays.items()}
    told: _Told = {
        "format": FORMAT,
        "name": manifest.name,
        "trained": {
            "first": manifest.first,
            "until": manifest.until,
            "contexts": manifest.contexts or {},
            "sites": list(manifest.sites),
            "from_shipped": manifest.from_shipped,
        },
        "figures": manifest.figures or {},
        "knots": {name: list(getattr(weighting, name).knots) for name in _ARRAYS},
        "appeal_scale": weighting.appeal_scale,
        "columns": {name: list(getattr(weighting, name).names) for name in _ARRAYS},
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in packed.items()},
    }
    for name, data in packed.items():
        _write(folder / name, data)
    _write(folder / "manifest.json", _encode(told))
    _sync_folder(folder)


def load_folder(folder: Path) -> Bundle:
    """Check and load the folder of a bundle."""
    told = _read_manifest(folder)
    blank = Weighting.blank()
    try:
        curves = {name: _load_curves(folder, told, name, getattr(blank, name)) for name in _ARRAYS}
        scale = float(told["appeal_scale"])
        trained = told["trained"]
        manifest = Manifest(
            str(told["name"]),
            trained["first"],
            trained["until"],
            dict(trained["contexts"]),
            dict(told["figures"]),
            tuple(map(str, trained.get("sites", ()))),
            bool(trained.get("from_shipped", True)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{folder / 'manifest.json'}: damaged: {error}") from error
    except OSError as error:
        raise ModelError(f"{error.filename or folder}: cannot be read: {error.strerror}") from error
    weighting = Weighting(curves["relatedness"], curves["appeal"], scale)
    return Bundle(PairwiseRanker(prior=weighting), manifest)


class _Trained(TypedDict):
    first: str | None
    until: str | None
    contexts: dict[str, int]
    sites: NotRequired[list[str]]  # this and the next are absent in bundles of early versions
    from_shipped: NotRequired[bool]


class _Told(TypedDict):
    """manifest.json as it is written; what is read is checked where it is used."""

    format: int
    name: str
    trained: _Trained
    figures: dict[str, float]
    knots: dict[str, list[float]]
    appeal_scale: float
    columns: dict[str, list[str]]
    sha256: dict[str, str]


def _read_manifest(folder: Path) -> _Told:
    path = folder / "manifest.json"
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(f"{folder}: no such model") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    found = told.get("format") if isinstance(told, dict) else None
    if found != FORMAT:
        raise ModelError(f"{path}: expected format {FORMAT}, found {found!r}")
    return cast("_Told", told)


def _load_curves(folder: Path, told: _Told, name: str, blank: Curves) -> Curves:
    data = (folder / f"{name}.npy").read_bytes()
    if hashlib.sha256(data).hexdigest() != told["sha256"][f"{name}.npy"]:
        raise ModelError(f"{folder / name}.npy: not the file that was written (SHA-256 differs)")
    if tuple(told["columns"][name]) != blank.names or tuple(told["knots"][name]) != blank.knots:
        raise ModelError(f"{folder}: was trained with other features than this version has; train again")
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.shape != blank.weights.shape or not np.isfinite(array).all():
        raise ModelError(f"{folder / name}.npy: expected {blank.weights.shape} finite numbers")
    return blank.refit(array)


def _free_place(models: Path, name: str) -> Path:
    place, number = models / name, 1
    while place.exists():
        number += 1
        place = models / f"{name}-{number}"
    return place


def _encode(told: _Told) -> bytes:
    return (json.dumps(told, indent=1) + "\n").encode()


def _pack(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
