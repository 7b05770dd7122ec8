"""Files that several processes read and write: size limits, atomic replacement, locks.

A file is written next to its place, synced and renamed, so that a reader finds the old content or the new
one, and a process killed at any moment leaves one of the two. A process that changes a file holds its lock
from reading until the change is written, so that no other change is lost.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

MAX_SIZE = 16_000_000
"""The most bytes of a file that is read at once. The largest ones here, 10,000 overrides, take 2 MB."""
LOCK_WAIT = 5.0
"""Seconds to wait for another process that changes a file; a change takes milliseconds."""
_RETRY = 0.01  # seconds between two attempts to lock
_LOCK, _TEMPORARY = "lock", "new"


def read_file(path: Path, *, largest: int = MAX_SIZE) -> bytes:
    """The content of a regular file; OSError for any other kind (a FIFO would block) and for a larger one."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    with os.fdopen(handle, "rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise OSError(errno.EFBIG, f"larger than {largest:,} bytes", str(path))
    return data


def write_atomically(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Replace a file durably; `mode` is the permissions of the file, less the umask."""
    with replacing(path, mode=mode) as file:
        file.write(data)


@contextmanager
def replacing(path: Path, *, mode: int = 0o666, sync: bool = True) -> Iterator[BinaryIO]:
    """A stream whose content replaces the file when the block ends without an error.

    Without `sync` a power failure may lose the new content or leave the file empty.
    """
    temporary = _sidecar(path, f"{secrets.token_hex(4)}.{_TEMPORARY}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if sync:
        sync_folder(path.parent)


def file_version(path: Path) -> tuple[int, ...]:
    """Numbers that differ after every change of a file, also for a missing one."""
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: files that were created, renamed or removed."""
    if sys.platform == "win32":
        return  # Windows cannot sync folders
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, *, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Hold the lock of a file against other processes and threads; TimeoutError if it stays taken.

    The lock is the file `.NAME.lock` next to it, which stays: if it were removed, two processes could lock
    different files of that name. The system releases the lock of a process that was killed.
    """
    handle = os.open(_sidecar(path, _LOCK), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another process is changing it, try again", str(path))
            time.sleep(_RETRY)
        _remove_leftovers(path)
        yield
    finally:
        os.close(handle)


def set_aside(path: Path) -> Path:
    """Rename a damaged file, or a folder in its place, to `NAME.damaged-1` (or the next free number).

    A file also keeps its own name until it is replaced, so that a kill in between loses nothing.
    """
    for number in count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if os.path.lexists(aside):
            continue
        if stat.S_ISREG(path.lstat().st_mode):
            with suppress(OSError):  # the file system may have no hard links
                aside.hardlink_to(path)
                return aside
        path.rename(aside)
        return aside
    raise AssertionError  # count() is endless


def _sidecar(path: Path, suffix: str) -> Path:
    return path.with_name(f".{path.name}.{suffix}")


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of killed writers. Called under the lock: nobody is writing."""
    for each in path.parent.iterdir():
        if each.name.startswith(f".{path.name}.") and each.suffix == f".{_TEMPORARY}":
            each.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
