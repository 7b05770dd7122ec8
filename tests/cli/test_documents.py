"""What README.md and docs/ show was produced by the commands that they show.

After an intended change: run it with --refresh-documents (CONTRIBUTING.md), then look at the difference.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer.core
import typer.main
from typer.testing import CliRunner

from recsys.cli import app
from recsys.ranking import BASELINES
from tests.cli.conftest import ROOT

RUN = ("README.md", "docs/tutorial.md", "docs/cli.md", "docs/pages.md", "docs/rules.md")
"""Their sessions are run from first to last command, in a directory with seeds/ and examples/ alone."""

DOCUMENTS = [
    *sorted(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A program and, below it, what it prints."""
NUMBER = re.compile(r"[-+]?\d+\.\d{2,}\b")
TOLERANCE = 0.005  # of printed scores: the last digit may differ between processors and versions of numpy


@dataclass(frozen=True)
class Shown:
    """A command of a document and the output below it."""

    command: str
    output: str


def shown_in(block: str) -> list[Shown]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert parts[0] == "", f"a console block begins with a command: {block[:60]!r}"
    return [Shown(command, output) for command, _, output in (part.partition("\n") for part in parts[1:])]


def commands_of(path: Path) -> list[str]:
    blocks = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [shown.command for block in blocks for shown in shown_in(block)]


def run(command: str | list[str]) -> str:
    """Run a command line, or a program with its arguments; return what the terminal would show."""
    place = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{place}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}
    env["RECSYS_KERNELS"] = "numpy"  # the same numbers, and every command starts sooner
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
        check=False,
    )
    return done.stdout.decode()


def same(found: str, expected: str) -> bool:
    numbers = zip(NUMBER.findall(found), NUMBER.findall(expected), strict=False)
    near = all(abs(float(ours) - float(theirs)) <= TOLERANCE for ours, theirs in numbers)
    return near and NUMBER.sub("#", found) == NUMBER.sub("#", expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_a_session_shows_what_its_commands_print(name: str, workplace: Path, pytestconfig: pytest.Config):
    shutil.copytree(ROOT / "seeds", workplace / "seeds")
    shutil.copytree(ROOT / "examples", workplace / "examples")
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    blocks, wrong = BLOCK.findall(text), []
    programs = PYTHON.findall(text)
    assert blocks
    for block in blocks:
        made = ""
        for shown in shown_in(block):
            found = shown.output if shown.command.startswith("make ") else run(shown.command)
            wrong += [] if same(found, shown.output) else [f"$ {shown.command}\n{found}"]
            made += f"$ {shown.command}\n{found}"
        text = text.replace(f"```console\n{block}```", f"```console\n{made}```")
    for program, output in programs:  # each stands alone and uses what the sessions left
        printed = run([sys.executable, "-c", program])
        assert "Traceback" not in printed, printed
        wrong += [] if same(printed, output) else [f"{program}\n{printed}"]
        text = text.replace(f"{program}```\n\n```text\n{output}```", f"{program}```\n\n```text\n{printed}```")
    if pytestconfig.getoption("--refresh-documents"):
        path.write_text(text, encoding="utf-8")
        return
    assert wrong == []


def test_the_help_in_the_reference_is_what_the_commands_print():
    shown = [
        each
        for block in BLOCK.findall((ROOT / "docs" / "cli.md").read_text(encoding="utf-8"))
        for each in shown_in(block)
        if each.command.endswith(" --help")
    ]
    assert len(shown) >= 20
    assert [each.command for each in shown if print_help(each.command) != each.output] == []


def print_help(command: str) -> str:
    """What a help command prints on a terminal of 80 columns, run in this process."""
    name, *words = shlex.split(command)
    width = 80 - 2  # click leaves a margin, except below its own test runner
    return CliRunner().invoke(app, words, prog_name=name, terminal_width=width).output


def test_sessions_run_the_code_under_test(workplace: Path):
    program = "import recsys; print(recsys.__file__)"
    assert run([sys.executable, "-c", program]).strip() == str(ROOT / "recsys" / "__init__.py")


@pytest.mark.parametrize(
    ("name", "line"),
    [(path.relative_to(ROOT).as_posix(), line) for path in DOCUMENTS for line in commands_of(path)],
)
def test_every_command_that_is_shown_exists_with_its_options(name: str, line: str):
    words = shlex.split(re.split(r" [|>]", line)[0])
    if words[0] == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(words[1:]) <= set(targets)
    elif words[0] == "recsys":
        group = typer.main.get_command(app)
        with group.make_context("recsys", words[1:], resilient_parsing=True) as ctx:
            command, found, rest = group.resolve_command(ctx, [*ctx._protected_args, *ctx.args])  # type: ignore[attr-defined]
            assert found is not None
            while isinstance(found, typer.core.TyperGroup) and not rest[0].startswith("-"):  # `keys add`
                command, found, rest = found.resolve_command(ctx, rest)
                assert found is not None
            with found.make_context(command, rest, parent=ctx, resilient_parsing=True) as inner:
                if hasattr(found, "commands"):  # `recsys keys add`
                    name, *rest = [*inner._protected_args, *inner.args] or ["--help"]
                    assert name == "--help" or name in found.commands
                else:
                    assert not inner.args
    else:
        assert words[0] in {"cat", "echo", "export", "python"}, f"{name}: what is `{words[0]}`?"


def test_every_command_of_the_program_stands_in_the_reference():
    group = typer.main.get_command(app)
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in group.commands if f"\n## {name}\n" not in text] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["cli.md", "evaluation.md"])
def test_every_baseline_is_named_where_rankers_are_described(name: str):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert [baseline for baseline in BASELINES if f"`{baseline}`" not in text] == []


def test_links_between_documents_lead_somewhere():
    for path in DOCUMENTS:
        links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
        assert [link for link in links if not (path.parent / link).exists()] == []
