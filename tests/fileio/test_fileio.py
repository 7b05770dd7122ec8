"""Shared files are whole whenever they are read, and no change is lost, whoever is killed when."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys.fileio import file_version, locked, read_file, replacing, set_aside, write_atomically
from tests.fileio.writing import content

ROOT = Path(__file__).parents[2]


def start(what: str, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.fileio.writing", what, str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def test_a_kill_at_any_moment_leaves_the_whole_old_or_new_content(tmp_path):
    path, chance = tmp_path / "file", random.Random(3)
    for _ in range(12):
        with start("write", path) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 30)):
                assert child.stdout.readline()
            time.sleep(chance.uniform(0, 0.02))
            child.send_signal(signal.SIGKILL)
            assert child.wait(60) == -signal.SIGKILL
        assert read_file(path) in [content(number) for number in range(10)]
    with locked(path, wait=1):  # nobody holds it any more
        pass
    assert sorted(each.name for each in tmp_path.iterdir()) == [".file.lock", "file"]


def test_changes_of_several_processes_at_once_all_count(tmp_path):
    path = tmp_path / "number"
    path.write_bytes(b"0")
    children = [start("increase", path) for _ in range(4)]
    for child in children:
        child.communicate(timeout=120)
    assert [child.returncode for child in children] == [0] * 4
    assert path.read_bytes() == b"400"


def test_a_lock_that_is_not_to_be_had_is_given_up(tmp_path):
    with locked(tmp_path / "file"):
        second = locked(tmp_path / "file", wait=0.05)
        with pytest.raises(TimeoutError, match="another process is changing it"):
            second.__enter__()
        with locked(tmp_path / "other", wait=0):
            pass


def test_what_fails_half_way_changes_nothing(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_permissions_are_those_asked_for_less_the_umask(tmp_path):
    for mode in (0o600, 0o666):
        write_atomically(tmp_path / f"{mode:o}", b"", mode=mode)
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE((tmp_path / "600").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "666").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_only_regular_files_up_to_a_size_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    assert read_file(tmp_path / "file", largest=5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_file(tmp_path / "file", largest=4)
    for path in (tmp_path, tmp_path / "fifo", Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            read_file(path)
    for name in ("loop", "nonesuch"):
        with pytest.raises(OSError, match=name):
            read_file(tmp_path / name)


def test_every_change_of_a_file_changes_its_version(tmp_path):
    path = tmp_path / "file"
    seen = [file_version(path)]
    for data in (b"1", b"1", b"22"):
        write_atomically(path, data)
        seen.append(file_version(path))
    assert len(set(seen)) == 4


def test_damaged_files_and_folders_are_set_aside_under_free_names(tmp_path):
    path = tmp_path / "file"
    for number in (1, 2):
        path.write_text(str(number))
        assert set_aside(path).name == f"file.damaged-{number}"
        assert path.read_text() == str(number)  # until it is replaced
        path.unlink()
    path.mkdir()
    assert set_aside(path).is_dir()
    path.symlink_to("nowhere")
    set_aside(path)
    assert not os.path.lexists(path)
    assert [(tmp_path / f"file.damaged-{number}").read_text() for number in (1, 2)] == ["1", "2"]
