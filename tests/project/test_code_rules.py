"""Our source keeps the rules of the house, and each rule is shown to catch what it is there for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.project.code_rules import (
    MAX_FILE,
    MAX_FUNCTION,
    Rule,
    clock_reads,
    file_too_long,
    functions_too_long,
    signed_zeros,
    sql,
    unordered_parameters,
    unpickling,
)

ROOT = Path(__file__).parents[2]
MODULES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "recsys").rglob("*.py"))}

# Each rule, and the modules it does not apply to.
RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "a function has at most 45 lines without its docstring": (functions_too_long, ()),
    "time is an argument: only cli, serve and the clock of integrations read it": (
        clock_reads,
        ("recsys/cli/", "recsys/serve/", "recsys/integrations/django/conf.py"),
    ),
    "nothing is ever unpickled": (unpickling, ()),
    "the only SQL is in the store and the crawl frontier": (sql, ("recsys/store/", "recsys/crawl/frontier")),
}


def test_there_is_source_to_look_at():
    assert "recsys/__init__.py" in MODULES


@pytest.mark.parametrize("rule", RULES)
def test_our_source_keeps_the_rule(rule):
    find, exempt = RULES[rule]
    findings = [
        f"{name}:{node.lineno}: {ast.unparse(node).splitlines()[0]}"
        for name, path in MODULES.items()
        if not name.startswith(exempt)
        for node in find(ast.parse(path.read_text(encoding="utf-8"), filename=name))
    ]
    assert findings == []


SHOWN = ("recsys/cli/formatting.py", "recsys/cli/evaluation_tables.py", "recsys/evaluation/verdict.py")


def test_no_figure_is_shown_as_minus_zero():
    findings = [
        f"{name}:{node.lineno}"
        for name, path in MODULES.items()
        if name in SHOWN or name.startswith("recsys/evaluation/report/report_tables")
        for node in signed_zeros(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert findings == []
    assert found(signed_zeros, "f'{amount:+.3f}'")
    assert not found(signed_zeros, "f'{amount:+z.3f} {count:,}'")
    assert f"{-0.0001:+z.3f} {-0.0001:z.3f}" == "+0.000 0.000"


def test_every_process_collects_the_tests_in_the_same_order():
    findings = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in unordered_parameters(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert findings == []


@pytest.mark.parametrize(
    ("values", "is_unordered"),
    [
        ("{'a', 'b'}", True),
        ("set(NAMES)", True),
        ("NAMES.keys() - {'a'}", True),
        ("{name for name in NAMES}", True),
        ("sorted(NAMES.keys() - {'a'})", False),
        ("NAMES", False),
        ("[*NAMES]", False),
        ("[1] + NAMES", False),
    ],
)
def test_parameters_from_a_set_are_found(values, is_unordered):
    assert (
        found(unordered_parameters, f"@pytest.mark.parametrize('name', {values})\ndef test(): ...")
        == is_unordered
    )


def test_no_file_of_ours_is_too_long():
    long = [name for name, path in MODULES.items() if file_too_long(path.read_text(encoding="utf-8"))]
    assert long == []


def found(rule: Rule, source: str) -> bool:
    return any(True for _ in rule(ast.parse(source)))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (clock_reads, "datetime.now(UTC)"),
        (clock_reads, "datetime.datetime.utcnow()"),
        (clock_reads, "date.today()"),
        (clock_reads, "read(clock=datetime.now)"),
        (clock_reads, "time.time()"),
        (clock_reads, "from time import time_ns"),
        (clock_reads, "np.datetime64('now')"),
        (unpickling, "import pickle"),
        (unpickling, "from dill import loads"),
        (unpickling, "import joblib\njoblib.load(path)"),
        (unpickling, "from joblib import Parallel, load"),
        (unpickling, "np.load(path)"),
        (unpickling, "np.load(path, allow_pickle=True)"),
        (unpickling, "np.load(path, allow_pickle=allowed)"),
        (unpickling, "sqlalchemy.PickleType()"),
        (sql, "import sqlalchemy as sa"),
        (sql, "from sqlalchemy.engine import Engine"),
        (sql, "def f():\n    import sqlite3"),
    ],
)
def test_a_rule_catches(rule, source):
    assert found(rule, source)


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (clock_reads, "time.monotonic() - time.perf_counter()"),
        (clock_reads, "datetime.fromisoformat(text)"),
        (clock_reads, "time.strptime(text)"),
        (unpickling, "np.load(path, allow_pickle=False, mmap_mode='r')"),
        (unpickling, "from joblib import Parallel, delayed"),
        (unpickling, "json.load(file)"),
        (sql, "from recsys.store import Store"),
        (sql, "from .sqlalchemy import rows"),
    ],
)
def test_a_rule_lets_pass(rule, source):
    assert not found(rule, source)


def function_of(lines: int, docstring: int = 0) -> str:
    doc = ['    """' + "\n" * (docstring - 1) + '    """'] if docstring else []
    return "\n".join(["def f():", *doc, *["    pass"] * (lines - 1)])


def test_a_function_is_measured_without_its_docstring():
    assert not found(functions_too_long, function_of(MAX_FUNCTION, docstring=30))
    assert found(functions_too_long, function_of(MAX_FUNCTION + 1))
    assert found(
        functions_too_long, "class C:\n" + "\n".join("    " + x for x in function_of(46).splitlines())
    )


def test_a_file_is_measured_in_lines():
    assert not file_too_long("x = 1\n" * MAX_FILE)
    assert file_too_long("x = 1\n" * (MAX_FILE + 1))
