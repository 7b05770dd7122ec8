"""Local files: only regular ones, since a pipe or a device may never end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFIFO: "a named pipe; give what comes out of it as standard input: -",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_NONBLOCK = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # Windows has only the latter


def open_regular(path: Path) -> BinaryIO:
    """A regular file, or the target of a link to one, open for reading; OSError at once for anything else.

    It is checked before it is opened, because opening some devices has effects, and again when it is open,
    because it may have been replaced in between.
    """
    _check_regular(path.stat(), path)
    descriptor = os.open(path, os.O_RDONLY | _NONBLOCK)  # a pipe without a writer would block here
    try:
        _check_regular(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a link leads to something outside a folder."""
    return path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())


def _check_regular(status: os.stat_result, path: Path) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if kind != stat.S_IFREG:
        raise OSError(errno.EINVAL, _KINDS.get(kind, "something else than a regular file"), str(path))
