"""Chromium without a window, for the tests of pages; on Debian it is installed where it is missing."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")  # without a font nothing has a width
PATIENCE = 600  # seconds for apt-get


def can_install() -> bool:
    """Whether Chromium can be installed here: as root, on Debian or its kin."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


@cache
def find_chromium() -> str:
    """The browser of this machine; skips the test where there is none and none can be installed."""
    if _found() is None and can_install():
        with one_at_a_time():
            if _found() is None:
                _install()
    return _found() or pytest.skip("no Chromium: install it (on Debian: apt-get install chromium)")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Tests run in several processes, and all may want a browser at once."""
    with (Path(tempfile.gettempdir()) / "recsys-tests-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install() -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-qq", *step], env=env, timeout=PATIENCE, check=False)


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Visit:
    """An opened page, and what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def violations(self) -> str:
        """What axe finds, in words; nothing when all is well."""
        found = Axe().run(self.page)
        return found.generate_report() if found.violations_count else ""


@contextmanager
def visit(
    browser: Browser, place: Path | str, *, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Visit]:
    """A file, or an address, in a window of that width."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = Visit(page)
    page.on("request", lambda request: opened.requests.append(request.url))
    page.on("console", lambda message: opened.complaints.append(message.text))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("dialog", lambda dialog: opened.complaints.append(f"dialog: {dialog.message}"))
    try:
        page.goto(place if isinstance(place, str) else place.as_uri())
        yield opened
    finally:
        page.close()
