"""Trained models on disk: a folder of plain arrays and a manifest each; loading one executes nothing.

    models/
      current              the name of the bundle in use
      NAME/
        manifest.json      format, columns, knots, training period, figures, SHA-256 of every array
        relatedness.npy    ramp weights of the relatedness curves, float64 (columns, knots - 1)
        appeal.npy         ramp weights of the appeal curves, float64 (columns, knots - 1)

A bundle is written to a temporary folder and renamed into place. Only its figures change afterwards.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np

from recsys.errors import InvalidValueError, ModelError
from recsys.fileio import file_version, locked, read_file, set_aside, sync_folder, write_atomically
from recsys.manifest import (
    DAMAGE,
    FORMAT,
    MANIFEST,
    Manifest,
    ManifestRecord,
    build_manifest,
    encode_manifest,
    read_manifest,
)
from recsys.ranking import LogisticRanker, RankerWeights, Splines

CURRENT = "current"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ARRAYS = ("relatedness", "appeal")
_WRITING = ".writing-"
_SAVE_WAIT = 60.0  # seconds; hours of training may be lost otherwise
_REPAIR = "`recsys models use NAME` or `recsys train` writes it anew"


@dataclass(frozen=True)
class Bundle:
    """A loaded model."""

    ranker: LogisticRanker
    manifest: Manifest


@dataclass(frozen=True)
class Current:
    """The model in use: the current one, or the pretrained one if that cannot be loaded."""

    bundle: Bundle
    is_trained: bool
    """Whether it is the current model, rather than the pretrained one."""
    problem: str | None = None
    """Why the current model cannot be loaded; None if it was loaded or nothing has been trained yet."""


def save_bundle(weights: RankerWeights, manifest: Manifest, models: Path, *, use: bool = True) -> Path:
    """Write a bundle below `models` and make it the current one, unless `use` is false.

    If the name is taken, a number is appended.
    """
    check_name(manifest.name)
    try:
        models.mkdir(parents=True, exist_ok=True)
        with locked(models / CURRENT, wait=_SAVE_WAIT):
            place = _free_folder(models, manifest.name)
            _write_bundle(weights, replace(manifest, name=place.name), place)
            if use:
                _make_current(models, place.name)
    except OSError as error:
        raise ModelError(f"{models}: cannot write a model: {error.strerror}") from error
    return place


def _write_bundle(weights: RankerWeights, manifest: Manifest, place: Path) -> None:
    """Write a bundle to a temporary folder and rename it. The caller holds the lock of the models folder."""
    for leftover in place.parent.glob(f"{_WRITING}*"):  # from processes that were killed
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=_WRITING, dir=place.parent))
    try:
        written = temporary / place.name  # the folder that mkdtemp makes is closed to other users
        written.mkdir()
        write_folder(weights, manifest, written)
        written.rename(place)
        sync_folder(place.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def note_figures(folder: Path, figures: Mapping[str, float]) -> None:
    """Write evaluation figures into a bundle's manifest."""
    try:
        with locked(folder.parent / CURRENT):
            record = read_manifest(folder)
            record["figures"] = dict(figures)
            write_atomically(folder / MANIFEST, encode_manifest(record))
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror}") from error


def check_name(name: str) -> str:
    """Return the name if it is valid for a model; otherwise raise ModelError."""
    if not _NAME.fullmatch(name) or name == CURRENT:
        raise ModelError(
            f"{name!r} is not a valid model name: letters, digits, dot, dash, underscore; not {CURRENT}"
        )
    return name


def use_bundle(models: Path, name: str) -> None:
    """Make an existing bundle the current one; ModelError if it is missing or damaged."""
    load_folder(models / name)
    try:
        with locked(models / CURRENT):
            _make_current(models, name)
    except OSError as error:
        raise ModelError(f"{models / CURRENT}: cannot be written: {error.strerror}") from error


def _make_current(models: Path, name: str) -> None:
    if (models / CURRENT).is_dir():
        set_aside(models / CURRENT)
    write_atomically(models / CURRENT, f"{name}\n".encode())


def load_bundle(models: Path, name: str | None = None) -> Bundle:
    """Load a bundle by name, by default the current one; ModelError says what is missing or damaged.

    Its manifest gets the name of its folder, under which it can be loaded.
    """
    name = current_name(models) if name is None else check_name(name)
    bundle = load_folder(models / name)
    return replace(bundle, manifest=replace(bundle.manifest, name=name))


def load_latest(models: Path) -> RankerWeights | None:
    """The weights of the current model; None if there is none or this version cannot load it."""
    try:
        return load_bundle(models).ranker.weights_
    except ModelError:
        return None


def load_current(models: Path) -> Current:
    """The bundle in use below `models`, or the pretrained one if none can be loaded; raises no ModelError."""
    try:
        return Current(load_bundle(models), is_trained=True)
    except ModelError as error:
        return Current(
            load_pretrained(), is_trained=False, problem=str(error) if has_current(models) else None
        )


def has_current(models: Path) -> bool:
    """Whether there is a current model, damaged or not."""
    try:
        (models / CURRENT).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # the folder cannot be read: there may be one
    return True


def current_version(models: Path) -> tuple[object, ...]:
    """A value that changes with the name and the files of the current model."""
    try:
        name = current_name(models)
    except ModelError:
        return file_version(models / CURRENT)
    files = (MANIFEST, *(f"{each}.npy" for each in _ARRAYS))
    return (name, *(file_version(models / name / each) for each in files))


def load_pretrained() -> Bundle:
    """The bundle that ships with the package; recsys/ranking/pretrained/README.md says how it was trained."""
    with pretrained_folder() as folder:
        return load_folder(folder)


def load_pretrained_weights() -> RankerWeights:
    """The pretrained weights, which are part of the package."""
    return load_pretrained().ranker.weights_


def pretrained_folder() -> AbstractContextManager[Path]:
    """The folder of the bundle that ships with the package."""
    return resources.as_file(resources.files("recsys") / "ranking" / "pretrained")


def current_name(models: Path) -> str:
    """The name of the bundle in use."""
    path = models / CURRENT
    try:
        name = read_file(path).decode().strip()
    except (FileNotFoundError, NotADirectoryError):
        raise ModelError(f"{models}: no model has been trained here yet (recsys train)") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}; {_REPAIR}") from None
    except UnicodeDecodeError:
        raise ModelError(
            f"{path}: expected the name of a model, found bytes that are not UTF-8; {_REPAIR}"
        ) from None
    if not _NAME.fullmatch(name):
        raise ModelError(f"{path}: expected the name of a model, found {name[:40]!r}; {_REPAIR}")
    return name


def write_folder(weights: RankerWeights, manifest: Manifest, folder: Path) -> None:
    """Write the files of a bundle; they are on disk when this returns."""
    arrays = {name: getattr(weights, name).weights.astype(np.float64) for name in _ARRAYS}
    packed = {f"{name}.npy": _pack(array) for name, array in arrays.items()}
    record: ManifestRecord = {
        "format": FORMAT,
        "name": manifest.name,
        "trained": {
            "first": manifest.first,
            "until": manifest.until,
            "contexts": manifest.contexts or {},
            "sites": list(manifest.sites),
            "is_from_pretrained": manifest.is_from_pretrained,
        },
        "figures": manifest.figures or {},
        "knots": {name: list(getattr(weights, name).knots) for name in _ARRAYS},
        "appeal_scale": weights.appeal_scale,
        "columns": {name: list(getattr(weights, name).names) for name in _ARRAYS},
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in packed.items()},
    }
    for name, data in packed.items():
        write_atomically(folder / name, data)
    write_atomically(folder / MANIFEST, encode_manifest(record))


def load_folder(folder: Path) -> Bundle:
    """Load a bundle from its folder and check it."""
    record = read_manifest(folder)
    blank = RankerWeights.blank()
    try:
        curves = {name: _load_splines(folder, record, name, getattr(blank, name)) for name in _ARRAYS}
        scale = float(record["appeal_scale"])
        if not (math.isfinite(scale) and scale > 0):
            raise InvalidValueError("appeal_scale", expected="a number above 0", found=scale)
        manifest = build_manifest(record)
    except DAMAGE as error:
        raise ModelError(f"{folder / MANIFEST}: damaged: {error or type(error).__name__}") from error
    except OSError as error:
        raise ModelError(f"{error.filename or folder}: cannot be read: {error.strerror}") from error
    weights = RankerWeights(curves["relatedness"], curves["appeal"], scale)
    return Bundle(LogisticRanker(prior=weights), manifest)


def _load_splines(folder: Path, record: ManifestRecord, name: str, blank: Splines) -> Splines:
    data = read_file(folder / f"{name}.npy")
    if hashlib.sha256(data).hexdigest() != record["sha256"][f"{name}.npy"]:
        raise ModelError(f"{folder / name}.npy: changed since it was written (SHA-256 differs)")
    if tuple(record["columns"][name]) != blank.names or tuple(record["knots"][name]) != blank.knots:
        raise ModelError(
            f"{folder}: was trained with different features from those of this version; {_next_step(folder)}"
        )
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.shape != blank.weights.shape or not np.isfinite(array).all():
        raise ModelError(f"{folder / name}.npy: expected {blank.weights.shape} finite numbers")
    return blank.refit(array)


def _next_step(folder: Path) -> str:
    """What to do about a model with other features: the pretrained one is not replaced by training."""
    with pretrained_folder() as pretrained:
        if folder == pretrained:
            return "in a clone of the project, run `python -m benchmarks.pretrained_columns`"
    return "train again (recsys train)"


def _free_folder(models: Path, name: str) -> Path:
    place, number = models / name, 1
    while place.exists():
        number += 1
        place = models / f"{name}-{number}"
    return place


def _pack(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def list_bundles(models: Path) -> tuple[list[Manifest], list[str]]:
    """Manifests of the bundles below `models`, by the end of their training period, and read errors."""
    manifests, problems = list[Manifest](), list[str]()
    for path in sorted(models.glob(f"*/{MANIFEST}")):
        if not _NAME.fullmatch(path.parent.name):
            continue
        try:
            manifests.append(replace(build_manifest(read_manifest(path.parent)), name=path.parent.name))
        except ModelError as error:
            problems.append(str(error))
        except DAMAGE as error:
            problems.append(f"{path}: damaged: {error or type(error).__name__}")
    return sorted(manifests, key=lambda each: (each.until or "", each.name)), problems
