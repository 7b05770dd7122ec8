"""The folder of a kept archive: a manifest, and the files that it names."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from recsys.archive.files import Arrays, read_arrays, write_arrays
from recsys.archive.listing import ListPart, Owners, merge_lists
from recsys.archive.parts import Part
from recsys.archive.promise import Learnt, Promises
from recsys.errors import ArchiveFileError
from recsys.store.changes import State

FORMAT = 2
"""Of the files, and of what is computed into them: whoever changes terms, weights or forms raises it."""
MANIFEST = "manifest.json"
_SUFFIX = ".arrays"
_UNUSED_AFTER = 600.0  # seconds; by then no reader of an earlier manifest has still to open its files
_ATTEMPTS = 3


@dataclass(frozen=True)
class Kept:
    """What an archive is made of; `names` are the files of the parts that lie on disk, by the parts' ids.

    The addresses in `withdrawn` are not written: the store is asked for them anew.
    """

    state: State
    parts: tuple[Part, ...]
    lists: tuple[ListPart, ...]
    owners: Owners
    promises: Promises | None = None
    is_saved: bool = False
    names: dict[int, str] | None = None
    withdrawn: tuple[str, ...] = ()


def load_kept(folder: Path) -> Kept | None:
    """What a folder holds, None where there is no folder; ArchiveFileError for what cannot be used."""
    for attempt in range(_ATTEMPTS):
        manifest = _read_manifest(folder)
        if manifest is None:
            return None
        try:
            return _load(folder, manifest)
        except ArchiveFileError:
            if attempt == _ATTEMPTS - 1:
                raise  # else another process may just have written a newer one
        except (KeyError, TypeError, ValueError) as error:
            raise ArchiveFileError(f"{folder}: damaged: {error}") from error
    return None


def save_kept(folder: Path, kept: Kept) -> Kept:
    """Write what is not on disk yet, then the manifest; what it gives back is mapped from the files."""
    folder.mkdir(parents=True, exist_ok=True)
    known = kept.names or {}
    names = [
        known[id(part)] if id(part) in known else _write(folder, "part", *part.pack()) for part in kept.parts
    ]
    lists = merge_lists(kept.lists) if kept.lists else None
    told = {
        "format": FORMAT,
        "state": asdict(kept.state),
        "parts": [{"file": name, "size": part.size} for name, part in zip(names, kept.parts, strict=True)],
        "lists": None if lists is None else _write(folder, "lists", *lists.pack()),
        "rest": _write(folder, "rest", *_pack_rest(kept)),
    }
    beside = folder / f".{MANIFEST}-{secrets.token_hex(4)}"
    beside.write_text(json.dumps(told), encoding="utf-8")
    beside.replace(folder / MANIFEST)
    _remove_unused(folder, told)
    return replace(_load(folder, told), withdrawn=kept.withdrawn)


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ArchiveFileError(f"{folder / MANIFEST}: cannot be read: {error}") from error
    return told if isinstance(told, dict) and told.get("format") == FORMAT else None


def _load(folder: Path, told: dict[str, Any]) -> Kept:
    files = [(_path(folder, each["file"]), int(each["size"])) for each in told["parts"]]
    whole = [(Part.unpack(*read_arrays(path)), size) for path, size in files]
    parts = tuple(part if part.size == size else part.cut(part.first + size) for part, size in whole)
    lists = () if told["lists"] is None else (ListPart.unpack(*read_arrays(_path(folder, told["lists"]))),)
    owners, promises = _unpack_rest(*read_arrays(_path(folder, told["rest"])))
    names = {id(part): path.name for part, (path, _) in zip(parts, files, strict=True)}
    return Kept(State(**told["state"]), parts, lists, owners, promises, is_saved=True, names=names)


def _path(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise ArchiveFileError(f"{folder / MANIFEST}: expected the name of a file, found {name!r}")
    return folder / name


def _write(folder: Path, what: str, arrays: Arrays, told: dict[str, Any]) -> str:
    name = f"{what}-{secrets.token_hex(8)}{_SUFFIX}"
    write_arrays(folder / name, arrays, told)
    return name


def _pack_rest(kept: Kept) -> tuple[Arrays, dict[str, Any]]:
    arrays: Arrays = {"owned": kept.owners.ids, "owners": kept.owners.owners}
    promises = kept.promises or Promises({})
    arrays |= {f"promise.{name}": values for name, values in promises.values.items()}
    rows = []
    for number, state in enumerate(promises.states):
        for name, learnt in state.items():
            arrays |= {f"{number}.{name}.{each}": getattr(learnt, each) for each in _LEARNT}
        rows.append({name: (learnt.taught, learnt.row) for name, learnt in state.items()})
    return arrays, {"promises": sorted(promises.values), "states": rows}


_LEARNT = ("terms", "weights", "squares", "bias")


def _unpack_rest(arrays: Arrays, told: dict[str, Any]) -> tuple[Owners, Promises | None]:
    owners = Owners(arrays["owned"], arrays["owners"])
    if not told["promises"]:
        return owners, None
    states = [
        {
            name: Learnt(
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
    return owners, Promises({name: arrays[f"promise.{name}"] for name in told["promises"]}, tuple(states))


def _remove_unused(folder: Path, told: dict[str, Any]) -> None:
    """Files that no manifest names any more, once nobody can be about to open them."""
    used = {each["file"] for each in told["parts"]} | {told["lists"], told["rest"]}
    oldest = (folder / MANIFEST).stat().st_mtime - _UNUSED_AFTER
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            if path.name not in used and path.stat().st_mtime < oldest:
                path.unlink()
        except OSError:
            continue  # somebody else was faster, or still reads it on a system that minds
