"""The tables of docs/features.md: every column of every group, from the columns' own words.

    python -m benchmarks.columns

Columns that differ only in a form (the value over the best of the query, one over its rank) or in when they
count (on the readers' ranking or off it) stand in one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recsys.ranking.features import APPEAL, RELATEDNESS, Column, ColumnGroup
from recsys.ranking.features.format_features import FORM
from recsys.ranking.features.link_features import LINKS
from recsys.ranking.features.list_features import LISTS
from recsys.ranking.features.section_features import SECTION
from recsys.ranking.features.text_features import TEXT
from recsys.ranking.features.thread_features import THREAD
from recsys.ranking.features.time_features import GAP

NAMES: Mapping[str, ColumnGroup] = {
    "TEXT": TEXT,
    "SECTION": SECTION,
    "GAP": GAP,
    "THREAD": THREAD,
    "LINKS": LINKS,
    "FORM": FORM,
    "LISTS": LISTS,
}
FORMS = ("_over_max", "_rr", "_unlisted")
"""What may stand behind the name of a column whose other forms are columns too."""


def name_of(group: ColumnGroup) -> str:
    """As the source calls a group."""
    return next(name for name, each in NAMES.items() if each is group)


def lines_of(columns: Iterable[Column]) -> Iterator[str]:
    """A line for every column, its forms in the same line."""
    held = {column.name: column for column in columns}
    for name, column in held.items():
        base = next((name.removesuffix(form) for form in FORMS if name.endswith(form)), name)
        if base != name and base in held:
            continue
        names = [name, *(f"{name}{form}" for form in FORMS if f"{name}{form}" in held)]
        yield f"| {', '.join(f'`{each}`' for each in names)} | {column.doc} |"


def tables() -> Iterator[str]:
    """Every group with its columns, as Markdown."""
    for group in (*RELATEDNESS, *APPEAL):
        yield f"### {name_of(group)}: {group.columns[0].group}, {len(group.columns)} columns\n"
        yield "| column | what |\n| --- | --- |"
        yield from lines_of(group.columns)
        yield ""


if __name__ == "__main__":
    print("\n".join(tables()))
