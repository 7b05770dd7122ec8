"""No command breaks an address, however long it is and however narrow the terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Recsys

HOST = "https://www.paper-with-a-long-name.example"
WORDS = "a-storm-that-nobody-had-expected-closes-the-bridge-over-the-harbour-for-the-third-day-in-a-row"
URLS = [f"{HOST}/news/2026/05/0{number}/{WORDS}-{number}" for number in (1, 2, 3)]
TEXT = "<p>The bridge over the harbour stays closed after the storm, said the council of the town.</p>" * 8
LIST = "".join(f"<li><a href='{url}'><img alt=''></a></li>" for url in URLS)
COMMANDS = {
    "read": ["read", f"{WORDS}-1.html"],
    "recommend": ["recommend", URLS[0]],
    "recommend with reasons": ["recommend", URLS[0], "--explain"],
    "explain": ["explain", URLS[0], URLS[1]],
    "popular": ["popular"],
    "articles": ["articles"],
}


@pytest.fixture
def store(recsys: Recsys, workplace: Path) -> Path:
    for number, url in enumerate(URLS, 1):
        (workplace / f"{WORDS}-{number}.html").write_text(
            f"<link rel=canonical href='{url}'><h1>Storm closes the bridge for day {number * 7}</h1>{TEXT}"
            f"<aside><h2>Most read</h2><ol>{LIST}</ol></aside>"
        )
    ran = recsys("ingest", ".", "--observed-at", "2026-05-09")
    assert ran.code == 0
    return workplace


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1", "COLUMNS": "40"}], ids=["pipe", "terminal"])
@pytest.mark.parametrize("what", COMMANDS)
def test_an_address_stays_whole(recsys: Recsys, store: Path, what: str, env: dict[str, str]):
    ran = recsys(*COMMANDS[what], env=env)
    assert ran.code == 0
    plain = re.sub("\x1b\\[[0-9;]*m", "", ran.out)
    started = plain.count("https:")
    assert started > 0
    assert started == sum(plain.count(url) for url in URLS)
    if what == "read":
        assert plain.splitlines()[0] == f"{WORDS}-1.html"
    if not env:  # everything else keeps to 80 columns
        assert {line for line in plain.splitlines() if len(line) > 80 and "https:" not in line} <= {
            f"{WORDS}-1.html"
        }
