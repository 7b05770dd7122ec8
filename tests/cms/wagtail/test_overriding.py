"""Overrides in the site's database: forms refuse invalid input, and an invalid row does not affect others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
GOOD = "https://harbour.example/1"


def test_hostile_overrides_are_refused_by_forms_and_ignored_in_the_database():
    command = [sys.executable, "-m", "tests.cms.wagtail.overriding"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    year = {"until": ["Expected a year from 1900 to 2200 in UTC."]}
    assert found["errors"] == {
        "9999-12-31 23:59:59": year,
        "0001-01-01": year,
        "2020-01-01": {"until": ["This time is in the past."]},
        "2199-01-01 10:00": {},
        "": {},
    }
    assert (found["blocked"], found["pins"]) == ([GOOD], [3])
    for words in ("pin 1 is ignored: position", "pin 2 is ignored: url", "block 1 is ignored: url"):
        assert words in found["problem"]
    assert found["then"]["is_same_version"]
    assert found["then"]["blocked"] == [GOOD]
    assert "the database cannot be read" in found["then"]["problem"]
    assert found["at_last"]
