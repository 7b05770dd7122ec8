"""The prose check of `make lint`: retired words, each with what to write, and misspellings (codespell)."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

RETIRED = {
    r"told": "a name for what it is: manifest, payload, options, values",
    r"foretold|foretells?|foretelling": "predicted, predict",
    r"beside none": "without an article",
    r"readers'? rankings?|readers’ rankings?": "most-read list",
    r"kept archives?": "index on disk",
    r"hats": "hat basis",
    r"judged by": "evaluated against",
    r"amid the thread": "central to this topic",
    r"newest alike": "newest of the similar stories",
    r"recsys collect": "recsys crawl",
    r"recsys use": "recsys models use",
    r"recommend --all": "recommend-all",
    r"--ranker prior": "--ranker pretrained",
    r"shipped (?:weights|prior)|weights that ship(?:ped)?": "pretrained weights",
    r"PairwiseRanker": "LogisticRanker",
    r"TermIndex": "InvertedIndex",
    r"load_(?:prior|shipped)|prior_folder|from_shipped": "load_pretrained",
    r"add_views?|settle_views": "impressions.record",
    r"fit_around": "fit_map",
}
"""Regular expressions of whole words, case ignored, and what replaces them."""

_PATTERNS = {re.compile(rf"(?<!\w)(?:{each})(?!\w)", re.IGNORECASE): hint for each, hint in RETIRED.items()}
_SUFFIXES = {
    ".css", ".html", ".jinja", ".js", ".md", ".php", ".py", ".toml", ".txt", ".yaml", ".yml",
}  # fmt: skip
_NEVER = (
    "CHANGELOG.md",
    "benchmarks/constraints.txt",
    "constraints.txt",
    "data/",
    "deploy/build-constraints.txt",
    "deploy/constraints.txt",
    "examples/newsrooms/english.toml",
    "recsys/explain/word_lists.py",
    "seeds/",
    "tests/cms/constraints.txt",
    "tests/fixtures/",
    "tests/project/prose",
    "tests/project/test_prose.py",
)
"""Files that are not prose of this project, invented news among them, and those that list the words."""


def find_retired(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, word and replacement of every retired word."""
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, hint in _PATTERNS.items():
            for match in pattern.finditer(line):
                yield number, match[0], hint


def list_files() -> list[str]:
    """The text files that git tracks or would track, as paths from the root."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    return sorted(
        name
        for name in names.split("\0")
        if Path(name).suffix in _SUFFIXES and not name.startswith(_NEVER) and (ROOT / name).is_file()
    )


def check(files: Iterable[str]) -> list[str]:
    """A line for every finding."""
    return [
        f"{name}:{number}: {word!r} is retired, write: {hint}"
        for name in files
        for number, word, hint in find_retired((ROOT / name).read_text(encoding="utf-8"))
    ]


def main() -> int:
    """Check all files; returns the exit code."""
    files = list_files()
    findings = check(files)
    print("".join(f"{line}\n" for line in findings), end="")  # noqa: T201
    spelling = subprocess.run(
        [sys.executable, "-m", "codespell_lib", "--quiet-level=3", *files], cwd=ROOT, check=False
    )
    return int(bool(findings) or spelling.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
