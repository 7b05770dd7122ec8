"""An invented newspaper on loopback, and a folder in which it is crawled, trained on and served."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from examples.newsrooms import InventedNewsroom, load_newsroom, story_url, topics_by_url, write_site
from recsys.cli import app
from tests.cli.conftest import Ran
from tests.serve.hosting import Place, free_port


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Quiet."""


@dataclass
class Newspaper:
    """A newsroom whose last story is at most a week old, its site on loopback, and a folder of work."""

    newsroom: InventedNewsroom
    base: str
    place: Place
    service_port: int
    _answers: dict[tuple[str, ...], dict[str, list[dict[str, Any]]]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.place.folder

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://")

    @cached_property
    def topics(self) -> dict[str, str | None]:
        return topics_by_url(self.newsroom, self.base)

    @cached_property
    def published(self) -> dict[str, datetime]:
        return {
            story_url(self.newsroom, each, self.base): each.published_at for each in self.newsroom.stories
        }

    @cached_property
    def last_of_topics(self) -> list[str]:
        """The address of the last story of every topic."""
        return list({topic: url for url, topic in self.topics.items() if topic}.values())

    def run(self, *args: object, env: dict[str, str] | None = None) -> Ran:
        """Run a command in the folder, with its store and models."""
        kept = {"RECSYS_STORE": str(self.place.store), "RECSYS_MODELS": str(self.place.models)}
        with chdir(self.folder):
            result = CliRunner().invoke(
                app, [str(each) for each in args], env=kept | (env or {}), catch_exceptions=False
            )
        return Ran(result.exit_code, result.stdout, result.stderr)

    def recommend_all(self, *options: str) -> dict[str, list[dict[str, Any]]]:
        """The recommendations of every story, five each; asked once for all tests."""
        if options not in self._answers:
            self._answers[options] = self._recommend_all(options)
        return self._answers[options]

    def _recommend_all(self, options: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
        ran = self.run("recommend-all", "-k", "5", "--jobs", "1", *options)
        assert ran.code == 0, ran.err
        rows = [json.loads(line) for line in ran.out.splitlines()]
        return {row["url"]: row["items"] for row in rows}

    def moment(self, days: int) -> datetime:
        """The moment some days before the last story."""
        return (self.newsroom.newest_at - timedelta(days=days)).astimezone(UTC)

    def write_earlier(self, folder: Path, days: int) -> datetime:
        """Write the site as it was some days before the last story; the moment."""
        moment = self.moment(days)
        write_site(self.newsroom, folder, self.base, at=moment)
        return moment


@contextmanager
def open_newspaper(language: str, folder: Path) -> Iterator[Newspaper]:
    """A newspaper whose site is served until the end of the block; its pages have the widget."""
    newsroom = load_newsroom(language).moved_before(datetime.now(UTC))
    (folder / "site").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=os.fspath(folder / "site")))
    paper = Newspaper(newsroom, f"http://127.0.0.1:{server.server_port}", Place(folder), free_port())
    write_site(newsroom, paper.site, paper.base, service=f"http://127.0.0.1:{paper.service_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield paper
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
