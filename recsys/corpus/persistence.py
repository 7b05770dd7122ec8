"""The folder of a kept archive: a manifest, and the files that it names.

Files are written once, under random names, and only ever removed: nothing here overwrites or truncates one.
What is read is in memory, and verified: checksums, then offsets and rows (see `recsys.corpus.validation`).
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
from recsys.corpus.validation import check_lists, check_owners, check_parts, check_promises
from recsys.errors import CorpusFileError
from recsys.fileio import write_atomically
from recsys.store.changes import State

FORMAT = 3
"""Of the files, and of what is computed into them: whoever changes terms, weights or forms raises it."""
MANIFEST = "manifest.json"
_SUFFIX = ".arrays"
_UNUSED_AFTER = 600.0  # seconds; by then no reader of an earlier manifest has still to open its files
_ATTEMPTS = 3
_MALFORMED = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
"""What reading the fields of a damaged file may raise; ValueError is what the checks raise."""


@dataclass(frozen=True)
class PersistedCorpus:
    """What an archive is made of.

    The addresses in `withdrawn` are not written: the store is asked for them anew.
    """

    state: State
    parts: tuple[Part, ...]
    lists: tuple[ListPart, ...]
    owners: Owners
    popularity_predictions: PopularityPredictions | None = None
    is_saved: bool = False
    withdrawn: tuple[str, ...] = ()


def load_persisted(folder: Path) -> PersistedCorpus | None:
    """What a folder holds, None where there is no folder; CorpusFileError for what cannot be used."""
    manifest = _read_manifest(folder)
    for _ in range(_ATTEMPTS):
        if manifest is None:
            return None
        try:
            return _load(folder, manifest)
        except CorpusFileError:
            known, manifest = manifest, _read_manifest(folder)
            if manifest == known:
                raise  # else another process has just written a newer one
        except _MALFORMED as error:
            raise CorpusFileError(f"{folder}: damaged: {error}") from error
    raise CorpusFileError(f"{folder}: changes faster than it can be read")


def check_index(folder: Path) -> list[str]:
    """What is damaged in the index of a store (`Store.beside`), a line each; nothing where there is none.

    Every byte is read. An index of an older format is no damage: like a damaged one it is made again from the
    store by whoever opens it next.
    """
    try:
        manifest = _read_manifest(folder)
        if manifest is None:
            return []
        names = manifest["parts"] + [
            manifest[name] for name in ("lists", "rest") if manifest[name] is not None
        ]
        damaged = [problem for name in names for problem in check_arrays(_path(folder, name))]
        if not damaged:
            _load(folder, manifest)
    except CorpusFileError as error:
        return [str(error)]
    except _MALFORMED as error:
        return [f"{folder}: damaged: {error}"]
    return damaged


def remove_index(folder: Path) -> None:
    """Take the index away: it is made again from the store. A process that has it in memory goes on."""
    (folder / MANIFEST).unlink(missing_ok=True)  # first: files that no manifest names are nobody's
    for path in folder.glob(f"*{_SUFFIX}"):
        path.unlink(missing_ok=True)


def save_persisted(folder: Path, kept: PersistedCorpus) -> PersistedCorpus:
    """Write what is not on disk yet, then the manifest; gives it back with the names of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = tuple(_save_part(folder, part) for part in kept.parts)
    lists = merge_lists(kept.lists) if kept.lists else None
    told = {
        "format": FORMAT,
        "state": asdict(kept.state),
        "parts": [part.file for part in parts],
        "lists": None if lists is None else _write(folder, "lists", *lists.pack()),
        "rest": _write(folder, "rest", *_pack_rest(kept)),
    }
    _write_manifest(folder, told)
    _remove_unused(folder, told)
    merged = kept.lists if len(kept.lists) < 2 or lists is None else (lists,)
    return replace(kept, parts=parts, lists=merged, is_saved=True)


def _save_part(folder: Path, part: Part) -> Part:
    """The part with the file that it lies in, written unless it is there."""
    if part.file is not None and (folder / part.file).is_file():
        return part
    return replace(part, file=_write(folder, "part", *part.pack()))


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise CorpusFileError(f"{folder / MANIFEST}: cannot be read: {error}") from error
    if isinstance(told, dict) and "checksum" not in told and "format" in told:
        return None  # of the formats before 3
    if not isinstance(told, dict) or told.pop("checksum", None) != _checksum(told):
        raise CorpusFileError(f"{folder / MANIFEST}: is damaged: it has not the checksum that it says")
    return told if told.get("format") == FORMAT else None


def _write_manifest(folder: Path, told: dict[str, Any]) -> None:
    write_atomically(folder / MANIFEST, json.dumps({**told, "checksum": _checksum(told)}).encode())


def _checksum(told: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(told, sort_keys=True).encode())


def _load(folder: Path, told: dict[str, Any]) -> PersistedCorpus:
    parts = tuple(
        replace(Part.unpack(*read_arrays(_path(folder, name))), file=name) for name in told["parts"]
    )
    check_parts(parts)
    lists = () if told["lists"] is None else (ListPart.unpack(*read_arrays(_path(folder, told["lists"]))),)
    for each in lists:
        check_lists(each)
    owners, popularity_predictions = _unpack_rest(*read_arrays(_path(folder, told["rest"])))
    check_owners(owners)
    if popularity_predictions is not None:
        check_promises(popularity_predictions, sum(part.size for part in parts))
    return PersistedCorpus(
        State(**told["state"]), parts, lists, owners, popularity_predictions, is_saved=True
    )


def _path(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise CorpusFileError(f"{folder / MANIFEST}: expected the name of a file, found {name!r}")
    return folder / name


def _write(folder: Path, what: str, arrays: Arrays, told: dict[str, Any]) -> str:
    name = f"{what}-{secrets.token_hex(8)}{_SUFFIX}"
    write_arrays(folder / name, arrays, told)
    return name


def _pack_rest(kept: PersistedCorpus) -> tuple[Arrays, dict[str, Any]]:
    arrays: Arrays = {"owned": kept.owners.ids, "owners": kept.owners.owners}
    popularity_predictions = kept.popularity_predictions or PopularityPredictions({})
    arrays |= {f"promise.{name}": values for name, values in popularity_predictions.values.items()}
    rows = []
    for number, state in enumerate(popularity_predictions.states):
        for name, learnt in state.items():
            arrays |= {f"{number}.{name}.{each}": getattr(learnt, each) for each in _LEARNT}
        rows.append({name: (learnt.taught, learnt.row) for name, learnt in state.items()})
    return arrays, {"promises": sorted(popularity_predictions.values), "states": rows}


_LEARNT = ("terms", "weights", "squares", "bias")


def _unpack_rest(arrays: Arrays, told: dict[str, Any]) -> tuple[Owners, PopularityPredictions | None]:
    owners = Owners(arrays["owned"], arrays["owners"])
    if not told["promises"]:
        return owners, None
    states = [
        {
            name: OnlineState(
                arrays[f"{number}.{name}.terms"],
                arrays[f"{number}.{name}.weights"],
                arrays[f"{number}.{name}.squares"],
                arrays[f"{number}.{name}.bias"],
                taught,
                row,
            )
            for name, (taught, row) in rows.items()
        }
        for number, rows in enumerate(told["states"])
    ]
    return owners, PopularityPredictions(
        {name: arrays[f"promise.{name}"] for name in told["promises"]}, tuple(states)
    )


def _remove_unused(folder: Path, told: dict[str, Any]) -> None:
    """Files that no manifest names any more, once nobody can be about to open them."""
    used = {*told["parts"], told["lists"], told["rest"]}
    oldest = (folder / MANIFEST).stat().st_mtime - _UNUSED_AFTER
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            if path.name not in used and path.stat().st_mtime < oldest:
                path.unlink()
        except OSError:
            continue  # somebody else was faster, or still reads it on a system that minds
