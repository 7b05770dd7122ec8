"""Real sites for tests: `manage.py` on a folder of their own, a server on a free port, an editor."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import httpx

from tests.serve.hosting import free_port, stop

SITE = Path(__file__).parent / "site"
ROOT = Path(__file__).parents[3]
PATIENCE = 60.0
"""Seconds for a start, on a busy machine."""
SOON = 2.0
"""Seconds within which a page shows what was published."""
LINK = re.compile(r'<li( data-position="\d+")?><a href="([^"]+)">')
T = TypeVar("T")


@dataclass(frozen=True)
class Story:
    """A page that the site was filled with, and the thread of news that it belongs to."""

    number: int
    path: str
    thread: int
    parent: int
    headline: str
    text: str


@dataclass(frozen=True)
class Site:
    """A folder with a site's database, and where it is served."""

    folder: Path
    kind: str
    port: int
    recsys: dict[str, object] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)
    """Those that the site was filled with, the oldest first."""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("RECSYS_")}
        return clean | {
            "NEWSDESK_FOLDER": str(self.folder),
            "NEWSDESK_ADDRESS": self.url,
            "NEWSDESK_KIND": self.kind,
            "NEWSDESK_RECSYS": json.dumps(self.recsys),
            "PYTHONPATH": os.pathsep.join([str(SITE), str(ROOT)]),
        }

    def manage(self, *args: str, fails: bool = False) -> str:
        """What a command of `manage.py` prints."""
        command = [sys.executable, str(SITE / "manage.py"), *args]
        done = subprocess.run(
            command, env=self.env(), capture_output=True, text=True, check=False, timeout=120
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done.stdout + (done.stderr if fails else "")

    def fill(self, stories: int) -> None:
        """Publish stories of the simulated newsroom."""
        filled = json.loads(self.manage("fill", str(stories), str(self.port)))
        self.stories.extend(Story(*each) for each in filled)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(self.url + path if path.startswith("/") else path)

    def shown(self, path: str) -> list[str]:
        """The addresses of the list on a page, in their order."""
        return [url for _, url in LINK.findall(self.get(path).text)]

    def log_in(self, path: str) -> None:
        self.post(f"/{path}", username="editor", password="secret")
        assert "sessionid" in self.client.cookies

    def post(self, path: str, **fields: object) -> httpx.Response:
        """Send a form as a browser does: with the token of the page that it stands on."""
        self.client.get(self.url + path)
        token = {"csrfmiddlewaretoken": self.client.cookies["csrftoken"]}
        done = self.client.post(self.url + path, data=token | fields, headers={"referer": self.url + path})
        wrong = re.findall(r'(?s)class="(?:w-field__errors|errorlist).*?</', done.text)
        assert done.status_code == 302, (done.status_code, wrong)
        return done

    def said(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8")


def make_site(folder: Path, kind: str, **recsys: object) -> Site:
    """A site whose database is there, and empty."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder, kind, free_port(), dict(recsys))
    site.manage("migrate", "--verbosity", "0")
    return site


def copy_site(site: Site, folder: Path, **recsys: object) -> Site:
    """The same beside it, on another port and with other settings."""
    shutil.copytree(site.folder, folder, dirs_exist_ok=True)
    client = httpx.Client(timeout=30, trust_env=False)
    return replace(site, folder=folder, port=free_port(), recsys=dict(recsys), client=client)


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """A site that answers until the block ends."""
    command = [sys.executable, str(SITE / "manage.py"), "runserver", "--noreload", f"127.0.0.1:{site.port}"]
    with (site.folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=site.env(), stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(lambda: answers(site, process), within=PATIENCE)
        yield site
        assert "Traceback" not in site.said()
    finally:
        site.client.close()
        stop(process)


def answers(site: Site, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, site.said()
    try:
        httpx.get(f"{site.url}/static/recsys/related.css", timeout=5, trust_env=False).raise_for_status()
    except httpx.TransportError:
        return False
    return True


def wait_for(found: Callable[[], T], *, within: float) -> T:
    """What a question finds, asked until it finds something; AssertionError when that takes too long."""
    until = time.monotonic() + within
    while not (it := found()):
        assert time.monotonic() < until, f"not within {within} s"
        time.sleep(0.05)
    return it
