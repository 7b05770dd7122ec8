"""docs/features.md names every column, in the columns' own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.columns import tables
from recsys.ranking.features import APPEAL, RELATEDNESS, columns

DOCUMENT = Path(__file__).parents[2] / "docs" / "features.md"
BETWEEN = re.compile(r"(<!-- columns -->\n)(.*)(<!-- end of columns -->)", re.DOTALL)


def test_the_document_has_the_tables_of_all_columns(pytestconfig: pytest.Config):
    text = DOCUMENT.read_text(encoding="utf-8")
    made = BETWEEN.sub(lambda found: f"{found[1]}\n{chr(10).join(tables())}\n{found[3]}", text)
    if pytestconfig.getoption("--refresh-documents"):
        DOCUMENT.write_text(made, encoding="utf-8")
    else:
        assert text == made


def test_every_column_is_in_a_table():
    text = "\n".join(tables())
    assert [column.name for column in columns(RELATEDNESS + APPEAL) if f"`{column.name}`" not in text] == []
