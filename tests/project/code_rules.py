"""The rules that our own source must keep and no linter knows, each a function from source to findings."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

MAX_FILE = 600
MAX_FUNCTION = 45

Rule = Callable[[ast.Module], Iterator[ast.AST]]

CLOCK_OF_DATES = {"now", "utcnow", "today"}
CLOCK_OF_TIME = {"time", "time_ns", "ctime", "gmtime", "localtime", "clock_gettime", "clock_gettime_ns"}
UNPICKLING_MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "shelve", "marshal"}
SQL_MODULES = {"sqlalchemy", "sqlite3", "psycopg"}


def file_too_long(source: str) -> bool:
    return len(source.splitlines()) > MAX_FILE


def functions_too_long(tree: ast.Module) -> Iterator[ast.AST]:
    """Functions of more than MAX_FUNCTION lines, their docstring and decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node) is not None else 0)
            if lines > MAX_FUNCTION:
                yield node


def clock_reads(tree: ast.Module) -> Iterator[ast.AST]:
    """`datetime.now` and its kin, called or handed on. Durations (monotonic, perf_counter) are no clock."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=attr) if attr in CLOCK_OF_DATES:
                yield node
            case ast.Attribute(value=ast.Name(id="time"), attr=attr) if attr in CLOCK_OF_TIME:
                yield node
            case ast.ImportFrom(module="time", names=names) if CLOCK_OF_TIME & {name.name for name in names}:
                yield node
            case ast.Call(
                func=ast.Attribute(attr="datetime64"), args=[ast.Constant(value="now" | "today"), *_]
            ):
                yield node


def unpickling(tree: ast.Module) -> Iterator[ast.AST]:
    """What could run code when it loads: pickle and its kin, joblib.load, numpy.load that may unpickle."""
    for node in ast.walk(tree):
        if UNPICKLING_MODULES & set(_imported(node)):
            yield node
        match node:
            case ast.ImportFrom(module="joblib", names=names) if "load" in {name.name for name in names}:
                yield node
            case ast.ImportFrom(module="numpy", names=names) if "load" in {name.name for name in names}:
                yield node
            case ast.Attribute(value=ast.Name(id="joblib"), attr="load"):
                yield node
            case ast.Attribute(attr="read_pickle" | "PickleType"):
                yield node
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="load")):
                if not _says_no_pickle(node):
                    yield node


def sql(tree: ast.Module) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if SQL_MODULES & set(_imported(node)))


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _imported(node: ast.AST) -> list[str]:
    """The top-level packages that an import statement names."""
    match node:
        case ast.Import(names=names):
            return [name.name.partition(".")[0] for name in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module.partition(".")[0]]
    return []


def _says_no_pickle(call: ast.Call) -> bool:
    return any(
        keyword.arg == "allow_pickle"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is False
        for keyword in call.keywords
    )


def unordered_parameters(tree: ast.AST) -> Iterator[ast.AST]:
    """Parameters of a test taken from a set: each process would collect them in an order of its own."""
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and node.func.attr == "parametrize" and len(node.args) > 1 and _is_set(node.args[1]):  # type: ignore[attr-defined]
            yield node


def _is_set(node: ast.AST) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.Sub() | ast.BitAnd() | ast.BitOr() | ast.BitXor(), right=right):
            return any(map(_is_set, (left, right))) or any(map(_is_view, (left, right)))
    return False


def _is_view(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"keys", "items"}
    )


def signed_zeros(tree: ast.Module) -> Iterator[ast.AST]:
    """Formats with two or three decimals that print a small negative number as -0.000; `z` avoids that."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)
            if re.search(r"\.[23]f", spec) and "z" not in spec:
                yield node
