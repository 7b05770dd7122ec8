"""The values of every query as a tidy table: a row per task, query, ranker and metric; CSV or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from recsys.domain import format_time
from recsys.errors import EvaluationError, InvalidValueError
from recsys.evaluation.results import Evaluation

COLUMNS: Final = {
    "task": "string",
    "query": "string",
    "as_of": "time",
    "url": "string",
    "section": "string",
    "language": "string",
    "age": "number",
    "length": "count",
    "listed": "flag",
    "history": "number",
    "relevant": "count",
    "ranker": "string",
    "metric": "string",
    "value": "number",
}
"""Name and type of every column; docs/evaluation.md says what they contain."""
TableFormat = Literal["csv", "parquet"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so


def table_format(name: str) -> TableFormat:
    """The format that a file name asks for; an error if it is unknown or its library is missing."""
    name = name.lower()
    if name.endswith(".parquet"):
        _import_pyarrow()
        return "parquet"
    if name.endswith((".csv", ".csv.gz")):
        return "csv"
    raise InvalidValueError(
        "table", expected="a name that ends in .csv, .csv.gz or .parquet", found=Path(name).name
    )


def write_parquet(evaluation: Evaluation, stream: BinaryIO) -> None:
    """Write the table as Parquet; EvaluationError if pyarrow is not installed."""
    pyarrow, parquet = _import_pyarrow()
    types = {
        "string": pyarrow.string(),
        "time": pyarrow.timestamp("us", tz="UTC"),
        "number": pyarrow.float64(),
        "count": pyarrow.int64(),
        "flag": pyarrow.bool_(),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    rows = evaluation.to_records()
    columns = [pyarrow.array([row[name] for row in rows], types[kind]) for name, kind in COLUMNS.items()]
    parquet.write_table(pyarrow.Table.from_arrays(columns, schema=schema), stream)


def csv_lines(evaluation: Evaluation) -> Iterator[str]:
    """The table as lines of CSV, without line ends.

    Unknown values are empty. A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    yield ",".join(COLUMNS)
    for row in evaluation.to_records():
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([_encode(row[name]) for name in COLUMNS])
        yield line.getvalue()


def _encode(value: object) -> str:
    """A cell of CSV."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = " ".join(value.splitlines())
        return f"'{text}" if text.startswith(_FORMULA) else text
    if isinstance(value, bool):
        return str(value).lower()
    return format_time(value) if isinstance(value, datetime) else repr(value)


def _import_pyarrow() -> tuple[Any, Any]:
    """The modules pyarrow and pyarrow.parquet; EvaluationError if they are not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise EvaluationError(
            "a Parquet table needs pyarrow: install it (pip install pyarrow), or choose a name ending in .csv"
        ) from error
    return pyarrow, parquet
