"""A folder with a JSON file per article, which a web server can serve while it is written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from recsys.errors import InputError
from recsys.fileio import read_file, replacing

INDEX = "index.json"
"""Maps addresses to files; written last, so that every file it names exists."""
FIGURES = frozenset({"score", "relatedness", "appeal", "contributions"})
"""Fields of an item that change from hour to hour without a visible difference."""
_SAFE = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST = 150  # characters of an address that is used as it is; file systems allow 255 bytes per part
_SHORT = 60  # characters of the address kept in a hashed name, for readability
_LARGEST = 1_000_000_000  # bytes of an index of 10 million addresses
_DIGITS = 16  # hexadecimal digits of the hash


@dataclass(frozen=True, slots=True)
class Folder:
    """The output folder."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The folder, created if missing; InputError if it is not writable."""
        with _input_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise InputError(f"{path}: cannot be written: it is not writable")
        return cls(path)

    def write(
        self, urls: Sequence[str], answers: Iterable[Mapping[str, object]], *, complete: bool
    ) -> tuple[int, int]:
        """Write a file for each answer, then the index; returns the numbers of written and unchanged files.

        A file without a visible change keeps its modification time. If `complete`, the index lists these
        addresses only; otherwise it keeps its other entries.
        """
        names = {url: file_of(url) for url in urls}
        written = unchanged = 0
        for answer in answers:
            path = self.path / names[str(answer["url"])]
            if _visible(_read(path)) == _visible(answer):
                unchanged += 1
            else:
                _replace(path, json.dumps(answer, ensure_ascii=False, allow_nan=False))
                written += 1
        self._write_index(names, complete)
        return written, unchanged

    def _write_index(self, names: Mapping[str, str], complete: bool) -> None:
        path = self.path / INDEX
        before = _read(path)
        others = before if isinstance(before, dict) and not complete else {}
        index = {**others, **names}
        if before != index:
            _replace(path, json.dumps(index, ensure_ascii=False, indent=0))


def file_of(url: str) -> str:
    """The file of an address below the folder, the same whatever else is there.

    `https://example.org/news/storm` is in `example.org/news/storm.json`, a path that ends with a slash in
    `index.json` below it. What a file cannot be called everywhere (capitals, a query, another scheme, a long
    address) is called by what is left of its last part and a hash: no two addresses share a file.
    """
    parts = _parts(url)
    natural = len(url) <= _LONGEST and parts[0] != "" and parts[-1] != "index"
    parts = [*parts[:-1], parts[-1] or "index"]
    if natural and all(map(_is_safe, parts)):
        return "/".join(parts) + ".json"
    *before, last = url.rsplit("://", maxsplit=1)[-1].rstrip("/").split("/")
    place = before[0] if before and _is_safe(before[0]) else "other"
    slug = _UNSAFE.sub("-", last.lower())[:_SHORT].strip("-") or "page"
    return f"{place}/{slug}-{sha256(url.encode()).hexdigest()[:_DIGITS]}.json"


def _parts(url: str) -> list[str]:
    """The parts of an address that are all there is to it; a single empty one where there is more to it."""
    scheme, _, rest = url.partition(":")
    if scheme == "urn":
        return url.split(":")
    parts = rest.removeprefix("//").split("/")
    return parts if scheme == "https" and len(parts) > 1 and parts[0] != "urn" else [""]


def _is_safe(part: str) -> bool:
    return len(part) <= _LONGEST and _SAFE.fullmatch(part) is not None and not part.endswith(".json")


def _visible(record: object) -> object:
    """The fields of an answer that readers see; None if it is not one."""
    match record:
        case {"items": [*items], **others} if all(isinstance(item, dict) for item in items):
            visible = [{name: item[name] for name in item if name not in FIGURES} for item in items]
            return {**others, "as_of": None, "items": visible}
    return None


def _read(path: Path) -> object:
    """The JSON of a file; None if it is missing or damaged."""
    try:
        return json.loads(read_file(path, largest=_LARGEST))
    except (OSError, ValueError, RecursionError):
        return None


def _replace(path: Path, text: str) -> None:
    with _input_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, sync=False) as stream:  # the next run rewrites a lost one
            stream.write(text.encode() + b"\n")


@contextmanager
def _input_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise InputError(f"{error.filename or path}: cannot be written: it is not a folder") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
