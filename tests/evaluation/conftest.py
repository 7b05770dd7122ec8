"""Reports as the command writes them: of a week of an invented newsroom, and of the seed page alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recsys.cli import app

SEEDS = Path(__file__).parents[2] / "seeds"
SEEN = "2025-11-21T00:00:00Z"


@dataclass(frozen=True)
class Written:
    """What an evaluation left behind: its exit code, what it printed, and the three documents."""

    code: int
    out: str
    err: str
    html: Path
    markdown: Path
    json: Path


def recsys(*args: object) -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)
    return ran.exit_code, ran.stdout, ran.stderr


def evaluated(store: Path, since: str, until: str) -> Written:
    files = [store.parent / f"report.{kind}" for kind in ("html", "md", "json")]
    wanted = zip(("--report", "--markdown", "--json"), files, strict=True)
    asked = ("--pretrained", "--since", since, "--until", until, "--store", store)
    ran = recsys("evaluate", *asked, *(each for option in wanted for each in option))
    return Written(*ran, *files)


@pytest.fixture(scope="session")
def newsroom_report(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("newsroom")
    size = ("--days", 9, "--articles-per-day", 14, "--views-per-day", 30)
    assert recsys("simulate", folder / "demo", *size)[0] == 0
    assert recsys("ingest", folder / "demo", "--store", folder / "news.db")[0] == 0
    return evaluated(folder / "news.db", "2025-01-05", "2025-01-11")


@pytest.fixture(scope="session")
def seeds_report(tmp_path_factory: pytest.TempPathFactory) -> Written:
    store = tmp_path_factory.mktemp("seeds") / "news.db"
    read = ("ingest", *sorted(SEEDS.glob("*.txt")), "--observed-at", SEEN, "--store", store)
    assert recsys(*read)[0] == 0
    return evaluated(store, SEEN, "2025-11-22")
