"""Keys and overrides: what is written can be read, damage costs only what is damaged, no change is lost."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from recsys.errors import InvalidValueError, ServiceError
from recsys.request import Block, Pin, Request
from recsys.serve.api_keys import KeyFile, Right
from recsys.serve.overrides import Overrides, OverridesFile
from tests.newsroom import address
from tests.serve.damage import DAMAGE, write_json

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = Block(address(2))
FIRST = Pin(address(1), 2, datetime(2026, 3, 1, 22, tzinfo=UTC))


@pytest.fixture
def overrides(tmp_path: Path) -> OverridesFile:
    """One pin and one block."""
    found = OverridesFile(tmp_path / "desk.json")
    found.add(FIRST, by="mika", now=NOW)
    found.add(SECOND, by="mika", now=NOW)
    return found


def block(overrides: OverridesFile, slug: object) -> None:
    overrides.add(Block(address(slug)), by="mika", now=NOW)


def release(overrides: OverridesFile, slug: object) -> None:
    overrides.release(address(slug), by="mika", now=NOW)


def held(overrides: OverridesFile) -> Overrides:
    """What holds, without the log."""
    return replace(overrides.load(), log=())


def again(overrides: OverridesFile) -> OverridesFile:
    """The desk as a process finds it that starts now."""
    return OverridesFile(overrides.path)


def test_what_is_decided_is_found_by_others(overrides):
    assert held(again(overrides)) == Overrides((FIRST,), (SECOND,))
    release(overrides, 1)
    release(overrides, 2)
    release(overrides, 3)
    assert held(again(overrides)) == Overrides()
    assert overrides.problem is None


HOSTILE_TIMES = [
    datetime(9999, 12, 31, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(-timedelta(hours=23, minutes=59))),
    datetime(2200, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=5))),
    datetime(2201, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=14))),
    datetime(1899, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=1, seconds=7, microseconds=9))),
    datetime(2026, 6, 1, 0, 0, 0, 1, tzinfo=timezone(-timedelta(hours=3))),
]


@pytest.mark.parametrize("until", HOSTILE_TIMES, ids=str)
def test_a_pin_until_any_time_is_read_back_or_refused_with_nothing_written(overrides, until):
    before, pin = overrides.path.read_bytes(), Pin(address(3), 1, until)
    refused = None
    try:
        overrides.add(pin, by="mika", now=NOW)
    except InvalidValueError as error:
        refused = error
    assert (pin in again(overrides).load().pinned) == (refused is None)
    assert (overrides.path.read_bytes() == before) == (refused is not None)
    assert refused is None or refused.field == "until"
    assert refused is not None or until > NOW
    assert again(overrides).load().blocked == (SECOND,)
    assert again(overrides).problem is None


def test_a_time_that_has_passed_is_refused_with_the_reason(overrides):
    with pytest.raises(InvalidValueError, match=r"^until: expected a time in the future, after .*, found"):
        overrides.add(Pin(address(3), 1, NOW), by="mika", now=NOW)


@pytest.mark.parametrize("url", ["", "a b", "https://a.example/" + "x" * 2_000, "https://a.example/\ud800"])
def test_an_address_that_could_not_be_read_is_not_written(overrides, url):
    before = overrides.path.read_bytes()
    with pytest.raises(InvalidValueError):
        overrides.add(Block(url), by="mika", now=NOW)
    assert overrides.path.read_bytes() == before


def test_more_than_can_be_read_is_not_written(overrides, monkeypatch):
    monkeypatch.setattr("recsys.serve.shared_file.MAX_SIZE", 300)
    with pytest.raises(InvalidValueError, match="at most 300 bytes; remove some first"):
        block(overrides, "x" * 200)
    assert held(again(overrides)) == Overrides((FIRST,), (SECOND,))


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_overrides_are_done_without_reported_once_and_kept_aside(overrides, kind, caplog):
    caplog.set_level(logging.INFO)
    DAMAGE[kind](overrides.path)
    fresh = again(overrides)
    for _ in range(3):
        assert held(fresh) == Overrides()
        assert held(overrides) == Overrides((FIRST,), (SECOND,))  # what held before
        assert fresh.apply(Request()) == Request()
    assert str(overrides.path) in str(fresh.problem)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 2  # once by each
    block(overrides, 5)
    assert held(again(overrides)) == Overrides((FIRST,), (SECOND, Block(address(5))))
    assert overrides.problem is None
    assert fresh.load().blocked == (SECOND, Block(address(5)))
    assert os.path.lexists(overrides.path.with_name("desk.json.damaged-1"))


BAD_PINS = [
    {"url": address(4), "position": 1, "until": "9999-12-31T00:00:00Z"},
    {"url": address(4), "position": 1, "until": "2026-01-01"},
    {"url": address(4), "position": 1, "until": 7},
    {"url": address(4), "position": 0},
    {"url": address(4), "position": "1"},
    {"url": address(4), "position": 1.5},
    {"url": address(4), "position": True},
    {"url": "a b"},
    {"url": None},
    {},
    [],
    "x",
    None,
]


def test_entries_that_can_be_read_hold_and_the_others_are_named(overrides, caplog):
    good = {"url": address(1), "position": 2, "until": "2026-03-01T22:00:00Z"}
    write_json(overrides.path, {"pinned": [*BAD_PINS, good], "blocked": [{"url": address(2)}, 5, "", None]})
    written = overrides.path.read_bytes()
    assert held(overrides) == held(again(overrides)) == Overrides((FIRST,), (SECOND,))
    assert "16 entries are damaged and ignored: pinned, entry 1: until: expected" in str(overrides.problem)
    assert "blocked, entry 2" not in str(overrides.problem)  # ten are named
    assert "and 6 more" in str(overrides.problem)
    release(overrides, 2)
    assert held(again(overrides)) == Overrides((FIRST,))
    assert overrides.path.with_name("desk.json.damaged-1").read_bytes() == written


@pytest.mark.parametrize("bad", [None, 7, "x", {}])
def test_one_list_is_read_when_the_other_is_none(overrides, bad):
    write_json(overrides.path, {"pinned": bad, "blocked": [{"url": address(2)}]})
    assert held(again(overrides)) == Overrides((), (SECOND,))
    write_json(overrides.path, {"pinned": [{"url": address(1)}], "blocked": bad})
    assert held(again(overrides)) == Overrides((Pin(address(1)),))


def test_what_eight_processes_decide_at_once_all_holds(tmp_path):
    command = [sys.executable, "-m", "tests.serve.deciding", str(tmp_path)]
    children = [
        subprocess.Popen([*command, str(number)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(8)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=60)
    assert [child.returncode for child in children] == [0] * 8
    keys = KeyFile(tmp_path / "keys.json").ring().keys
    assert sorted(key.name for key in keys) == [f"key-{number}" for number in range(8)]
    pins = OverridesFile(tmp_path / "desk.json").load().pinned
    assert sorted(pin.url for pin in pins) == [address(number) for number in range(8)]


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_keys_open_nothing_and_are_kept_aside(tmp_path, kind):
    file = KeyFile(tmp_path / "keys.json")
    given = file.add("cms", [Right.WRITE])
    secret = file.ring().secret
    DAMAGE[kind](file.path)
    fresh = KeyFile(file.path)
    assert (fresh.ring().keys, fresh.ring().secret) == ((), None)
    assert (file.ring().find(given), file.ring().secret) == (None, secret)
    assert str(file.path) in str(fresh.problem)
    assert given not in str(fresh.problem)
    with pytest.raises(ServiceError, match="there is no key with the name 'cms'"):
        fresh.remove("cms")
    new = file.add("cms", [Right.WRITE])
    assert KeyFile(file.path).ring().find(new) is not None
    assert (file.problem, file.ring().secret) == (None, secret)
    assert os.path.lexists(tmp_path / "keys.json.damaged-1")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "change",
    [{"sha256": "ü" * 64}, {"sha256": "0" * 63}, {"sha256": None}, {"rights": ["rule"]}, {"rights": "write"},
     {"rights": [{}]}, {"name": ""}, {"name": 5}],
)  # fmt: skip
def test_keys_that_can_be_read_count_and_the_others_open_nothing(tmp_path, change):
    file = KeyFile(tmp_path / "keys.json")
    good, bad = file.add("good", [Right.WRITE]), file.add("bad", list(Right))
    document = json.loads(file.path.read_bytes())
    document["keys"][1] |= change
    write_json(file.path, document)
    ring = KeyFile(file.path).ring()
    assert ring.secret is not None
    assert [key.name for key in ring.keys] == ["good"]
    assert ring.find(good) is not None
    assert ring.find(bad) is None
    assert "keys, entry 2" in str(file.problem or (file.ring(), file.problem)[1])


@pytest.mark.parametrize("secret", [None, "", "00", "x" * 64, 5])
def test_a_secret_that_is_none_signs_nothing_and_is_not_logged(tmp_path, secret, caplog):
    file = KeyFile(tmp_path / "keys.json")
    given = file.add("cms", [Right.WRITE])
    write_json(file.path, json.loads(file.path.read_bytes()) | {"secret": secret})
    ring = KeyFile(file.path).ring()
    assert ring.secret is None
    assert ring.find(given) is not None
    assert "x" * 64 not in caplog.text
    KeyFile(file.path).add("other", [Right.WRITE])
    assert len(KeyFile(file.path).ring().secret or b"") == 32


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user who may not read what this one closes to others."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_done_without_and_not_replaced(overrides):
    overrides.path.parent.chmod(0o777)
    overrides.path.with_name(".desk.json.lock").chmod(0o666)
    overrides.path.chmod(0o000)
    before = overrides.path.stat()
    with without_rights():
        fresh = again(overrides)
        assert held(fresh) == Overrides()
        assert "Permission denied" in str(fresh.problem)
        with pytest.raises(ServiceError, match=r"desk\.json: cannot be written: Permission denied"):
            block(fresh, 9)
    assert overrides.path.stat() == before
    overrides.path.chmod(0o644)
    assert held(again(overrides)) == Overrides((FIRST,), (SECOND,))
