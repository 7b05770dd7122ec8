"""The table of an explanation at 80 columns: its words stay whole, however long the names of features are."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from recsys.cli.formatting import explanation_table
from recsys.domain import Article, Contribution, Recommendation
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from tests.newsroom import at

WORDS = {word for column in columns((*RELATEDNESS, *APPEAL)) for word in column.says.split()}
LONGEST = sorted(columns((*RELATEDNESS, *APPEAL)), key=lambda column: -len(column.name))[:12]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_words_of_reasons_are_whole(width: int):
    parts = tuple(
        Contribution(column.name, column.group, 0.5, column.says, 1.0 - place / 100)
        for place, column in enumerate(LONGEST)
    )
    total = sum(part.amount for part in parts)
    article = Article("gazette.example", "https://gazette.example/1", at(0), "Ferry late")
    console = Console(file=io.StringIO(), width=width)
    console.print(explanation_table(Recommendation(1, article, total, total, 0.0, parts)))
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    start = printed.splitlines()[0].index(" part")
    cells = {word for line in printed.splitlines() for word in line[4:start].split() if "─" not in word}
    assert cells - WORDS <= {"reason", "score", "others", "(4)"}
    assert len(cells & WORDS) > 3
