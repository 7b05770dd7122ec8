"""Which kernels are taken: compiled loops where numba is installed, else numpy; RECSYS_KERNELS decides."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final, TypeVar

from recsys.errors import SettingsError, shorten

VARIABLE: Final = "RECSYS_KERNELS"
"""`numpy` leaves numba alone, `numba` insists on it; without it numba is taken where it is installed."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def _choose(wanted: str, *, installed: bool) -> bool:
    """Whether to compile; SettingsError for a word that is none of the two, or for numba without numba."""
    if wanted not in {"", "numba", "numpy"}:
        raise SettingsError(f"{VARIABLE}: expected numba or numpy, found {shorten(wanted)}")
    if wanted == "numba" and not installed:
        raise SettingsError(f"{VARIABLE}: numba is not installed: pip install 'recsys-headlines[fast]'")
    return installed and wanted != "numpy"


IS_COMPILED: Final = _choose(os.environ.get(VARIABLE, ""), installed=find_spec("numba") is not None)
"""Decided once, when the kernels are imported: a call of a kernel takes microseconds."""


def compiled(function: _Function) -> _Function:
    """The function as machine code where kernels are compiled, else as it is.

    The machine code is kept for the next process: beside the source, else in the user's cache folder or in
    NUMBA_CACHE_DIR. Where none of them can be written, every process compiles anew.
    """
    if not IS_COMPILED:
        return function
    from numba import njit

    try:
        made: _Function = njit(function, cache=True, nogil=True, fastmath=False)
    except RuntimeError:  # "cannot cache function: no locator available"
        made = njit(function, nogil=True, fastmath=False)
    return made
