"""A MariaDB of its own, in a folder that is removed afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serve.hosting import free_port, stop

PATIENCE = 30.0  # seconds until it answers
QUICK = (
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--performance-schema=OFF",
)
"""What is lost with a crash may be lost here."""


@dataclass(frozen=True)
class Database:
    """A running server, with a user `wordpress` who may do everything."""

    folder: Path
    port: int

    def run(self, sql: str) -> str:
        """What the server says to statements of its administrator, tab-separated."""
        command = ["mariadb", "--no-defaults", f"--socket={self.folder}/s.sock", "-uroot", "-N", "-B"]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def open_database() -> Iterator[Database]:
    """A server that answers, on a free port of this machine."""
    folder = Path(
        tempfile.mkdtemp(prefix="recsys-mariadb-")
    )  # beside pytest's, which only its owner may enter
    is_root = os.geteuid() == 0
    user = ["--user=mysql"] if is_root else []
    if is_root:
        shutil.chown(folder, "mysql")
    data, port = folder / "data", free_port()
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", *user, f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    command = [server, "--no-defaults", *user, f"--datadir={data}", f"--socket={folder}/s.sock", *QUICK]
    command += [f"--pid-file={folder}/pid", "--bind-address=127.0.0.1", f"--port={port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        database = Database(folder, port)
        _wait(database, process)
        database.run(
            "CREATE USER wordpress@'127.0.0.1' IDENTIFIED BY 'wordpress'; GRANT ALL ON *.* TO wordpress@'127.0.0.1';"
        )
        yield database
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(database: Database, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, (database.folder / "log").read_text()
        if (database.folder / "s.sock").exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"MariaDB does not answer: {(database.folder / 'log').read_text()}")
