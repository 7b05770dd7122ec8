"""`check`: find and remove damage in the store and in its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from recsys.cli.console import Output, plural
from recsys.cli.options import JsonOption, StoreOption, now, open_session
from recsys.errors import shorten
from recsys.store import Store


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as a line of text, and its parts for `--json`."""

    text: str
    parts: dict[str, object]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `fix` removes the problems that `find` yields and returns a summary."""

    name: str
    find: Callable[[Store, datetime], Iterator[Problem]]
    fix: Callable[[Store, datetime], str]


def check(
    ctx: typer.Context,
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Remove the reported rows; back up the store first.")
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Check the store for damage and invalid rows."""
    session = open_session(ctx, store=store, json=json)
    out, moment = session.out, now()
    with session.open_store() as opened:
        count = sum(_run(each, opened, moment, out, fix=fix) for each in CHECKS)
        left = sum(1 for each in CHECKS for _ in each.find(opened, moment)) if fix and count else count
        name = opened.name
    if not count:
        out.note(f"{name}: no problems.")
    elif left:
        hint = "" if fix else "; --fix removes them"
        out.note(f"{name}: {plural(left, 'problem')}{hint}.")
        raise typer.Exit(1)


def _run(chosen: Check, store: Store, moment: datetime, out: Output, *, fix: bool) -> int:
    """Report the problems of a check and, with `fix`, remove them; returns their number."""
    count = 0
    for problem in chosen.find(store, moment):
        count += 1
        if out.json:
            out.record({"check": chosen.name, **problem.parts})
        else:
            out.say(problem.text)
    if fix and count:
        out.note(chosen.fix(store, moment))
    return count


def _find_in_store(store: Store, moment: datetime) -> Iterator[Problem]:
    for fault in store.integrity.problems(now=moment):
        key = {name: value if isinstance(value, int) else shorten(value) for name, value in fault.key}
        parts: dict[str, object] = {"table": fault.table, "key": key, "field": fault.field}
        yield Problem(str(fault), parts | {"expected": fault.expected, "found": fault.found})


def _fix_store(store: Store, moment: datetime) -> str:
    repaired = store.integrity.repair(now=moment)
    dependent = plural(repaired.removed_with_them, "dependent row")
    corrected = plural(repaired.corrected, "row")
    return f"Removed {plural(repaired.removed, 'row')} and {dependent}; corrected {corrected}."


def _find_in_index(store: Store, moment: datetime) -> Iterator[Problem]:  # noqa: ARG001
    from recsys.corpus import check_index

    if store.index_folder is not None:
        for text in check_index(store.index_folder):
            yield Problem(text, {"found": text})


def _fix_index(store: Store, moment: datetime) -> str:  # noqa: ARG001
    from recsys.corpus import remove_index

    if store.index_folder is not None:
        remove_index(store.index_folder)
    return "Removed the index; the next command that needs it rebuilds it from the store."


CHECKS: tuple[Check, ...] = (
    Check("store", _find_in_store, _fix_store),
    Check("index", _find_in_index, _fix_index),
)
"""In order: the store first, then the index that is built from it."""
