"""Sending records in batches, such that a refused record does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from recsys.errors import InputError, RequestRefusedError

T = TypeVar("T")
RefusedError = InputError | RequestRefusedError
"""Raised for a record that is invalid; all other errors are temporary."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused story: `reason` names the field and what was expected."""

    name: str
    """Its URL, or the model and primary key of an object without one."""
    reason: str

    def __str__(self) -> str:
        return printable(f"{self.name}: {self.reason}")


def send_with_bisection(
    records: Sequence[T], send: Callable[[Sequence[T]], object]
) -> list[tuple[T, RefusedError]]:
    """Send records together, bisecting refused batches, and return the refused records with their errors.

    `send` must accept a batch completely or not at all, and may receive accepted records again. `n` records
    of which `r` are refused cost at most `2 r (log2(n) + 1) + 1` calls. Other errors are raised.
    """
    if not records:
        return []
    try:
        send(records)
    except (InputError, RequestRefusedError) as error:
        if len(records) == 1:
            return [(records[0], error)]
        middle = len(records) // 2
        return send_with_bisection(records[:middle], send) + send_with_bisection(records[middle:], send)
    return []


def split_by_size(records: Sequence[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Split records, in order, into batches of a total size up to `most`; a larger record is alone."""
    batch: list[T] = []
    total = 0
    for record in records:
        added = size(record)
        if batch and total + added > most:
            yield batch
            batch, total = [], 0
        batch.append(record)
        total += added
    if batch:
        yield batch


def printable(text: str) -> str:
    """Return the text on one line, with control characters replaced."""
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split())
    )
