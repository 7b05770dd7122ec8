"""What is in the repository holds together: one version, pinned dependencies, nothing of one machine."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import recsys

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Written with character classes so that this file does not contain what it forbids.
FORBIDDEN = {
    "a path of one machine": r"/w[o]rk/|/f[a]rm/|/r[o]ot/",
    "the address of a package index": r'[i]ndex-url|[r]egistry *= *"?https?:|"[r]esolved": *"http',
}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """What git tracks or would track: a finding is wanted before the commit, not after it."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git work tree: which files belong to the project is not known")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def forbidden_in(content: bytes, pattern: str) -> list[int]:
    """The numbers of the lines that match, from 1; none in a binary file."""
    if b"\0" in content:
        return []
    lines = content.decode("utf-8", errors="replace").splitlines()
    return [number for number, line in enumerate(lines, 1) if re.search(pattern, line)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what, files):
    findings = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number in forbidden_in(path.read_bytes(), FORBIDDEN[what])
    ]
    assert findings == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a path of one machine", b"see /wor" + b"k/main"),
        ("a path of one machine", b"HOME=/ro" + b"ot/x"),
        ("the address of a package index", b"--extra-inde" + b"x-url https://example.org"),
        ("the address of a package index", b"registr" + b"y = https://example.org"),
    ],
)
def test_what_is_forbidden_is_found_in_its_line(what, line):
    assert forbidden_in(b"first\n" + line + b"\nlast", FORBIDDEN[what]) == [2]


def test_package_metadata_and_changelog_name_one_version():
    entries = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [entry for entry in entries if entry != "Unreleased"]
    assert recsys.__version__ == PYPROJECT["project"]["version"] == released[0]


@cache
def declared() -> list[Requirement]:
    """Everything that pyproject.toml asks for, in whatever table."""
    project = PYPROJECT["project"]
    tables = [project["dependencies"], *project["optional-dependencies"].values()]
    tables += [*PYPROJECT["dependency-groups"].values(), PYPROJECT["build-system"]["requires"]]
    return [Requirement(line) for table in tables for line in table]


CONSTRAINTS = (
    "constraints.txt",
    "benchmarks/constraints.txt",
    "tests/cms/constraints.txt",
    "docs/constraints.txt",
    "deploy/constraints.txt",
    "deploy/build-constraints.txt",
)


PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


@cache
def lines_of(file: str) -> list[Requirement]:
    """The pins of a constraints file, with the markers that say where each holds."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return [Requirement(line) for line in re.findall(r"^[\w.-]+==[^\\\n]+", text, re.M)]


def pins(file: str) -> list[tuple[str, str]]:
    """Name and version of every pin of a file; a package that differs by platform or Python occurs twice."""
    return [(canonicalize_name(line.name), str(line.specifier).removeprefix("==")) for line in lines_of(file)]


def holds(requirement: Requirement, python: str) -> bool:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_constraints_pin_what_the_project_asks_for(requirement, python):
    if not holds(requirement, python):
        return
    name = canonicalize_name(requirement.name)
    versions = [
        str(line.specifier).removeprefix("==")
        for file in CONSTRAINTS
        for line in lines_of(file)
        if canonicalize_name(line.name) == name and holds(line, python)
    ]
    assert versions, "run: make constraints"
    assert all(requirement.specifier.contains(version) for version in versions), "run: make constraints"


def test_no_upper_bound_shuts_out_a_newer_python():
    assert PYPROJECT["project"]["requires-python"] == ">=3.11"


@pytest.mark.parametrize("file", CONSTRAINTS[1:])
def test_everything_is_run_with_the_versions_of_the_project(file):
    ours, theirs = dict(pins(CONSTRAINTS[0])), dict(pins(file))
    shared = ours.keys() & theirs.keys()
    assert shared >= ({"hatchling"} if "build" in file else {"numpy", "scipy"})
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}


@pytest.mark.parametrize("extra", ["bench", "django", "docs", "wagtail"])
def test_what_only_some_need_is_not_set_up_for_everybody(extra):
    heavy = {
        canonicalize_name(Requirement(line).name)
        for line in PYPROJECT["project"]["optional-dependencies"][extra]
    }
    assert heavy & dict(pins("constraints.txt")).keys() == set()


@pytest.mark.parametrize("file", CONSTRAINTS)
def test_every_pin_has_hashes(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    assert [block for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
