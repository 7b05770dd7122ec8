"""A folder with a JSON file for each article, for a web server to hand out while it is written."""

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
"""Which file belongs to which address; written last, so that it names no file that is not there."""
FIGURES = frozenset({"score", "relatedness", "appeal", "contributions"})
"""What of an item differs from one hour to the next while readers see the same."""
_SAFE = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST = 150  # characters of a name that is taken as it is; file systems take 255 bytes a part
_SHORT = 60  # characters that a name with a hash keeps of the address, to be read by people
_LARGEST = 1_000_000_000  # bytes of an index of 10 million addresses
_DIGITS = 16  # hexadecimal ones of its hash


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the files go."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The folder, made where there is none; InputError where it cannot be written to."""
        with _said_in_one_line(path):
            path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise InputError(f"{path}: cannot be written: nothing may be written to it")
        return cls(path)

    def write(
        self, urls: Sequence[str], answers: Iterable[Mapping[str, object]], *, whole: bool
    ) -> tuple[int, int]:
        """Write a file for each answer, then the index, and count what was written and what was left alone.

        A file is left alone, and keeps its time, while readers see the same in it. `whole` says that the
        addresses are all there are: else the index keeps what it names besides.
        """
        names = {url: file_of(url) for url in urls}
        written = kept = 0
        for answer in answers:
            path = self.path / names[str(answer["url"])]
            if _shown(_read(path)) == _shown(answer):
                kept += 1
            else:
                _replace(path, json.dumps(answer, ensure_ascii=False, allow_nan=False))
                written += 1
        self._write_index(names, whole)
        return written, kept

    def _write_index(self, names: Mapping[str, str], whole: bool) -> None:
        path = self.path / INDEX
        before = _read(path)
        others = before if isinstance(before, dict) and not whole else {}
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


def _shown(record: object) -> object:
    """What readers see of an answer; None for what is none."""
    match record:
        case {"items": [*items], **others} if all(isinstance(item, dict) for item in items):
            shown = [{name: item[name] for name in item if name not in FIGURES} for item in items]
            return {**others, "as_of": None, "items": shown}
    return None


def _read(path: Path) -> object:
    """The JSON of a file; None where there is none or it is damaged."""
    try:
        return json.loads(read_file(path, largest=_LARGEST))
    except (OSError, ValueError, RecursionError):
        return None


def _replace(path: Path, text: str) -> None:
    with _said_in_one_line(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, sync=False) as stream:  # a lost one is written again by the next run
            stream.write(text.encode() + b"\n")


@contextmanager
def _said_in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise InputError(f"{error.filename or path}: cannot be written: it is no folder") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
