"""What can become of a small JSON file: each kind of damage as a function of its path."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _writes(data: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(data)

    return damage


def _truncate(path: Path) -> None:
    data = path.read_bytes() if path.exists() else b'{"pinned": ['
    path.write_bytes(data[: len(data) // 2])


def _make_folder(path: Path) -> None:
    _remove(path)
    path.mkdir()


def _make_fifo(path: Path) -> None:
    _remove(path)
    os.mkfifo(path)


def _make_loop(path: Path) -> None:
    _remove(path)
    path.symlink_to(path.name)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "truncated": _truncate,
    "empty": _writes(b""),
    "binary": _writes(bytes(range(256))),
    "a list": _writes(b"[]"),
    "a number": _writes(b"7"),
    "null": _writes(b"null"),
    "deeply nested": _writes(b"[" * 200_000),
    "a number of many digits": _writes(b'{"pinned": [' + b"9" * 5_000 + b"]}"),
    "huge": _writes(b" " * 17_000_000),
    "a folder": _make_folder,
    "a FIFO": _make_fifo,
    "a link to itself": _make_loop,
}
"""After which nothing in it can be read."""


def write_json(path: Path, value: object) -> None:
    """Write a file by hand, as an operator would."""
    path.write_text(json.dumps(value), encoding="utf-8")
