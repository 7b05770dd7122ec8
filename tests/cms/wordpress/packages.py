"""Debian's packages for a real WordPress; installed where they are missing and that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.browser import PATIENCE, can_install, one_at_a_time

WORDPRESS = Path("/usr/share/wordpress")
NEEDED = {
    "wordpress": WORDPRESS / "wp-includes" / "version.php",
    "wordpress-theme-twentytwentythree": WORDPRESS
    / "wp-content"
    / "themes"
    / "twentytwentythree"
    / "style.css",
    "mariadb-server": "mariadbd",
    "php-cli": "php",
    "php-mysql": "module mysqli",
    "php-curl": "module curl",
    "php-xml": "module dom",
    "php-mbstring": "module mbstring",
    "php-gd": "module gd",
    "phpunit": "phpunit",
    "php-codesniffer": "phpcs",
    "fonts-noto-cjk": Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
}
"""What each is recognised by: a file, a program, or a module of PHP, which may be called like a program."""


@cache
def need_wordpress() -> None:
    """Skip the test where WordPress and what it runs on is missing and cannot be installed."""
    if missing() and can_install():
        with one_at_a_time():
            if wanted := missing():
                _install(wanted)
    if wanted := missing():
        pytest.skip(f"no WordPress: needs {', '.join(wanted)} (on Debian, as root, they are installed)")


def missing() -> list[str]:
    """Packages that are not there."""
    modules = _modules()
    return [name for name, sign in NEEDED.items() if not _is_there(sign, modules)]


def _is_there(sign: Path | str, modules: set[str]) -> bool:
    if isinstance(sign, Path):
        return sign.exists()
    if sign.startswith("module "):
        return sign.removeprefix("module ") in modules
    return shutil.which(sign) is not None or Path("/usr/sbin", sign).exists()


def _modules() -> set[str]:
    if shutil.which("php") is None:
        return set()
    return set(subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split())


def _install(names: list[str]) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *names]):
        subprocess.run(["apt-get", "-qq", *step], env=env, timeout=PATIENCE, check=False)
