"""A process that adds a key and pins a story: `python -m tests.serve.deciding FOLDER NUMBER`.

It says when it is ready, and begins when it is sent a line, so that several begin at once.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from recsys.request import Pin
from recsys.serve.api_keys import KeyFile, Right
from recsys.serve.overrides import OverridesFile
from tests.newsroom import address


def main() -> None:
    """Write both once."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    KeyFile(folder / "keys.json").add(f"key-{number}", [Right.EDIT])
    pin, now = Pin(address(number), number + 1), datetime(2026, 1, 1, tzinfo=UTC)
    OverridesFile(folder / "desk.json").add(pin, by=f"key-{number}", now=now)


if __name__ == "__main__":
    main()
