"""The tables of docs/features.md: every column of every group, from the columns' own words.

    python -m benchmarks.columns

Columns that differ only in a suffix (the value over the largest of the query's candidates, its reciprocal
rank; on the most-read list or not) share a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recsys.ranking.features import APPEAL, RELATEDNESS, Column, ColumnGroup
from recsys.ranking.features.article_features import FORMAT, SECTION
from recsys.ranking.features.link_features import LINKS
from recsys.ranking.features.list_features import LISTS
from recsys.ranking.features.text_features import TEXT
from recsys.ranking.features.topic_features import TIME, TOPIC

NAMES: Mapping[str, ColumnGroup] = {
    "TEXT": TEXT,
    "SECTION": SECTION,
    "TIME": TIME,
    "TOPIC": TOPIC,
    "LINKS": LINKS,
    "FORMAT": FORMAT,
    "LISTS": LISTS,
}
SUFFIXES = ("_over_max", "_rr", "_unlisted")
"""Suffixes of the variants of a column."""


NOTES: Mapping[str, str] = {
    "LISTS": "A column has its value only while the candidate is on the most-read list at the moment of\n"
    "the query, and is 0 otherwise. Its variant `_unlisted` has the same value only while the candidate is\n"
    "not on that list, and is 0 otherwise. So each case has a curve of its own. The descriptions in the\n"
    "table are those of the first variant.\n"
}
"""What to know about the columns of a group, by its name."""


def name_of(group: ColumnGroup) -> str:
    """The name of a group in the source."""
    return next(name for name, each in NAMES.items() if each is group)


def lines_of(columns: Iterable[Column]) -> Iterator[str]:
    """One line per column and its variants."""
    by_name = {column.name: column for column in columns}
    for name, column in by_name.items():
        base = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
        if base != name and base in by_name:
            continue
        names = [name, *(f"{name}{suffix}" for suffix in SUFFIXES if f"{name}{suffix}" in by_name)]
        yield f"| {', '.join(f'`{each}`' for each in names)} | {column.doc} |"


def count_text(count: int) -> str:
    """`1 column`, `5 columns`."""
    return f"{count} column" if count == 1 else f"{count} columns"


def tables() -> Iterator[str]:
    """Markdown tables of the columns of every group."""
    for group in (*RELATEDNESS, *APPEAL):
        yield f"### {name_of(group)}: {group.columns[0].group}, {count_text(len(group.columns))}\n"
        if note := NOTES.get(name_of(group)):
            yield note
        yield "| column | value |\n| --- | --- |"
        yield from lines_of(group.columns)
        yield ""


if __name__ == "__main__":
    print("\n".join(tables()))
