"""Many records sent together: one that is refused holds up none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from recsys.errors import InputError, RequestRefusedError

T = TypeVar("T")
RefusedError = InputError | RequestRefusedError
"""Raised for a record that can never be taken as it is; every other error is of the moment."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A story that was refused, and why: `reason` names the field and what was expected of it."""

    name: str
    """Its address, or the model and key of an object that has none."""
    reason: str

    def __str__(self) -> str:
        return printable(f"{self.name}: {self.reason}")


def send_in_parts(
    records: Sequence[T], send: Callable[[Sequence[T]], object]
) -> list[tuple[T, RefusedError]]:
    """Send records together, in halves where they are refused; those refused on their own, with the error.

    `send` takes all of a batch or nothing of it, and may get records again that it has taken. `n` records of
    which `r` are refused cost at most `2 r (log2(n) + 1) + 1` calls. Any other error is passed on.
    """
    if not records:
        return []
    try:
        send(records)
    except (InputError, RequestRefusedError) as error:
        if len(records) == 1:
            return [(records[0], error)]
        middle = len(records) // 2
        return send_in_parts(records[:middle], send) + send_in_parts(records[middle:], send)
    return []


def cut_by_size(records: Sequence[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """The records in their order, in batches whose sizes add up to at most `most`; a larger one is alone."""
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
    """The text on one line, without characters that a terminal or a log would act upon."""
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split())
    )
