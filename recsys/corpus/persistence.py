"""The folder of a persisted corpus: a manifest, and the files that it names.

Files are written once, under random names, and only ever deleted: none is overwritten or truncated. Loaded
arrays are in memory and verified: checksums first, then offsets and rows (see `recsys.corpus.validation`).
"""

from __future__ import annotations

import json
import secrets
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from recsys.corpus.array_files import Arrays, check_arrays, read_arrays, write_arrays
from recsys.corpus.corpus_segments import Part
from recsys.corpus.list_segments import ListPart, Owners, merge_lists
from recsys.corpus.popularity_model import OnlineState, PopularityPredictions
from recsys.corpus.validation import check_lists, check_owners, check_parts, check_predictions
from recsys.errors import CorpusFileError
from recsys.fileio import write_atomically
from recsys.store.changes import State

FORMAT = 5
"""Version of the files and of their computed contents: raise it when terms, weights or formats change."""
MANIFEST = "manifest.json"
_SUFFIX = ".arrays"
_UNUSED_AFTER = 600.0  # seconds; by then no reader of an earlier manifest still has to open its files
_ATTEMPTS = 3
_MALFORMED = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
"""What reading the fields of a damaged file may raise; the checks raise ValueError."""


@dataclass(frozen=True)
class PersistedCorpus:
    """The components of a corpus, as they are loaded and saved.

    `unpublished` addresses are not written: they are read from the store.
    """

    state: State
    parts: tuple[Part, ...]
    lists: tuple[ListPart, ...]
    owners: Owners
    predictions: PopularityPredictions | None = None
    is_saved: bool = False
    unpublished: tuple[str, ...] = ()


def load_persisted(folder: Path) -> PersistedCorpus | None:
    """Load a folder; None if there is none, CorpusFileError if its files cannot be used."""
    manifest = _read_manifest(folder)
    for _ in range(_ATTEMPTS):
        if manifest is None:
            return None
        try:
            return _load(folder, manifest)
        except CorpusFileError:
            previous, manifest = manifest, _read_manifest(folder)
            if manifest == previous:
                raise  # otherwise another process has just written a newer one
        except _MALFORMED as error:
            raise CorpusFileError(f"{folder}: damaged: {error}") from error
    raise CorpusFileError(f"{folder}: changes faster than it can be read")


def check_index(folder: Path) -> list[str]:
    """The damage in the index of a store (`Store.index_folder`), one line each; nothing if there is no index.

    Reads every byte. An index of an older format is not damaged: like a damaged one it is rebuilt from the
    store by whoever opens it next.
    """
    try:
        manifest = _read_manifest(folder)
        if manifest is None:
            return []
        names = manifest["parts"] + [
            manifest[name] for name in ("lists", "rest") if manifest[name] is not None
        ]
        damage = [problem for name in names for problem in check_arrays(_path(folder, name))]
        if not damage:
            _load(folder, manifest)
    except CorpusFileError as error:
        return [str(error)]
    except _MALFORMED as error:
        return [f"{folder}: damaged: {error}"]
    return damage


def remove_index(folder: Path) -> None:
    """Delete the index, which is rebuilt from the store. A process that has it in memory is not affected."""
    (folder / MANIFEST).unlink(missing_ok=True)  # first: nobody reads files that no manifest names
    for path in folder.glob(f"*{_SUFFIX}"):
        path.unlink(missing_ok=True)


def save_persisted(folder: Path, corpus: PersistedCorpus) -> PersistedCorpus:
    """Write what is not on disk yet, then the manifest; returns the corpus with the names of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = tuple(_save_part(folder, part) for part in corpus.parts)
    lists = merge_lists(corpus.lists) if corpus.lists else None
    manifest = {
        "format": FORMAT,
        "state": asdict(corpus.state),
        "parts": [part.file for part in parts],
        "lists": None if lists is None else _write(folder, "lists", *lists.pack()),
        "rest": _write(folder, "rest", *_pack_rest(corpus)),
    }
    _write_manifest(folder, manifest)
    _remove_unused(folder, manifest)
    merged = corpus.lists if len(corpus.lists) < 2 or lists is None else (lists,)
    return replace(corpus, parts=parts, lists=merged, is_saved=True)


def _save_part(folder: Path, part: Part) -> Part:
    """The part with the name of its file, which is written unless it exists."""
    if part.file is not None and (folder / part.file).is_file():
        return part
    return replace(part, file=_write(folder, "part", *part.pack()))


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise CorpusFileError(f"{folder / MANIFEST}: cannot be read: {error}") from error
    if isinstance(manifest, dict) and "checksum" not in manifest and "format" in manifest:
        return None  # a format before 3
    if not isinstance(manifest, dict) or manifest.pop("checksum", None) != _checksum(manifest):
        raise CorpusFileError(f"{folder / MANIFEST}: damaged: its checksum is wrong")
    return manifest if manifest.get("format") == FORMAT else None


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    write_atomically(folder / MANIFEST, json.dumps({**manifest, "checksum": _checksum(manifest)}).encode())


def _checksum(manifest: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(manifest, sort_keys=True).encode())


def _load(folder: Path, manifest: dict[str, Any]) -> PersistedCorpus:
    parts = tuple(
        replace(Part.unpack(*read_arrays(_path(folder, name))), file=name) for name in manifest["parts"]
    )
    check_parts(parts)
    name = manifest["lists"]
    lists = () if name is None else (ListPart.unpack(*read_arrays(_path(folder, name))),)
    for each in lists:
        check_lists(each)
    owners, predictions = _unpack_rest(*read_arrays(_path(folder, manifest["rest"])))
    check_owners(owners)
    if predictions is not None:
        check_predictions(predictions, sum(part.size for part in parts))
    return PersistedCorpus(State(**manifest["state"]), parts, lists, owners, predictions, is_saved=True)


def _path(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise CorpusFileError(f"{folder / MANIFEST}: expected the name of a file, found {name!r}")
    return folder / name


def _write(folder: Path, prefix: str, arrays: Arrays, metadata: dict[str, Any]) -> str:
    name = f"{prefix}-{secrets.token_hex(8)}{_SUFFIX}"
    write_arrays(folder / name, arrays, metadata)
    return name


def _pack_rest(corpus: PersistedCorpus) -> tuple[Arrays, dict[str, Any]]:
    arrays: Arrays = {"owned": corpus.owners.ids, "owners": corpus.owners.owners}
    predictions = corpus.predictions or PopularityPredictions({})
    arrays |= {f"prediction.{name}": values for name, values in predictions.values.items()}
    rows = []
    for number, states in enumerate(predictions.states):
        for name, state in states.items():
            arrays |= {f"{number}.{name}.{each}": getattr(state, each) for each in _STATE_ARRAYS}
        rows.append({name: (state.learnt, state.row) for name, state in states.items()})
    return arrays, {"predictions": sorted(predictions.values), "states": rows}


_STATE_ARRAYS = ("terms", "weights", "squares", "bias")


def _unpack_rest(arrays: Arrays, metadata: dict[str, Any]) -> tuple[Owners, PopularityPredictions | None]:
    owners = Owners(arrays["owned"], arrays["owners"])
    if not metadata["predictions"]:
        return owners, None
    states = [
        {
            name: OnlineState(
                arrays[f"{number}.{name}.terms"],
                arrays[f"{number}.{name}.weights"],
                arrays[f"{number}.{name}.squares"],
                arrays[f"{number}.{name}.bias"],
                learnt,
                row,
            )
            for name, (learnt, row) in rows.items()
        }
        for number, rows in enumerate(metadata["states"])
    ]
    values = {name: arrays[f"prediction.{name}"] for name in metadata["predictions"]}
    return owners, PopularityPredictions(values, tuple(states))


def _remove_unused(folder: Path, manifest: dict[str, Any]) -> None:
    """Delete files that no manifest names any more, once no reader can still be about to open them."""
    used = {*manifest["parts"], manifest["lists"], manifest["rest"]}
    oldest = (folder / MANIFEST).stat().st_mtime - _UNUSED_AFTER
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            if path.name not in used and path.stat().st_mtime < oldest:
                path.unlink()
        except OSError:
            continue  # another process deleted it, or still reads it on a system that locks open files
