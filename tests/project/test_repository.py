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


# --- paths in the documentation -----------------------------------------------------------------------------

DOCUMENTS = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
IN_BACKTICKS = re.compile(r"(?<!`)`([\w./-]+)`(?!`)")
CODE = {"benchmarks", "deploy", "docs", "plugins", "recsys", "seeds", "tests"}
NOT_OURS = {
    "recsys/documents/formats/json_feed.py": "an example of what to add",
    "tests/documents/test_json_feed.py": "an example of what to add",
    "day_features.py": "an example of what to add",
    "recsys/related.html": "a template, by the name that Django knows",
    "recsys/related.css": "a static file, by the name that Django knows",
    "wsgi.py": "a file of the reader's Django site",
}
"""Paths in the documentation that are not of this repository, and what they are."""


def missing_paths(text: str, tracked: set[str]) -> list[str]:
    """Paths in backticks that no file or folder of the repository has.

    A path is what begins with a folder of code, or with a package of recsys, or ends in `.py`. All but the
    first may be given from any folder down.
    """
    names = tracked | {str(folder) for name in tracked for folder in Path(name).parents}
    packages = {name.split("/")[1] for name in tracked if re.match("recsys/.*/", name)}
    ends = {end for name in names for end in _ends(name)}
    missing = []
    for path in IN_BACKTICKS.findall(FENCED.sub("", text)):
        name, first = path.rstrip("/"), path.split("/")[0]
        if first in CODE and "/" in path:
            missing += [] if name in names else [path]
        elif (first in packages and "/" in path) or path.endswith(".py"):
            missing += [] if name in ends else [path]
    return missing


def _ends(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[first:]) for first in range(len(parts))]


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_path_in_the_documentation_exists(name, files):
    tracked = {path.relative_to(ROOT).as_posix() for path in files}
    missing = missing_paths((ROOT / name).read_text(encoding="utf-8"), tracked)
    assert [path for path in missing if path not in NOT_OURS] == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("`recsys/a/b.py`, `a/b.py` and `b.py`", []),
        ("`recsys/a/` and `recsys/a`", []),
        ("`recsys/c.toml`, `recsys/c/` and `c.py`", ["recsys/c.toml", "recsys/c/", "c.py"]),
        ("`a/c.toml`, `a/b.py` and `tests/a/b.py`", ["a/c.toml", "tests/a/b.py"]),
        ("`data/c.db`, `/v1/related` and ``recsys/c``", []),
        ("```python\n`c.py`\n```", []),
    ],
)
def test_a_path_that_does_not_exist_is_found(text, missing):
    assert missing_paths(text, {"recsys/a/b.py"}) == missing
