"""A small news site on loopback, played by a real server: what it shows follows from its time."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """A request as the server saw it, and how it answered."""

    at: datetime
    path: str
    status: int
    agent: str
    conditional: bool


@dataclass(frozen=True)
class Story:
    """A story of the invented newsroom; `changed_at` is when its text was replaced by another."""

    number: int
    headline: str
    published_at: datetime
    changed_at: datetime | None = None

    @property
    def path(self) -> str:
        return f"/news/{self.published_at:%Y/%m/%d}/{'-'.join(self.headline.lower().split())}"

    def text(self, now: datetime) -> str:
        is_new = self.changed_at is not None and now >= self.changed_at
        said = "The council corrected its figures" if is_new else "The council gave first figures"
        return f"{said} about case {self.number}, and people in the town spoke about it for a long time."


@dataclass
class NewsSite:
    """What the site does at a moment. `trouble` may answer a request instead: status and headers, or None."""

    clock: Callable[[], datetime]
    stories: Sequence[Story]
    robots: str = "User-agent: *\nDisallow: /private/\nDisallow: /*?print\nSitemap: {base}/sitemaps.xml\n"
    trouble: Callable[[str, datetime], tuple[int, dict[str, str]] | None] = lambda path, now: None
    broken_feed: Callable[[datetime], bool] = lambda now: False
    announces: bool = True
    turn: int | None = None
    """The order of the most-read list; None for one that the hour decides."""
    log: list[Asked] = field(default_factory=list)
    base: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def published(self, now: datetime) -> list[Story]:
        """The newest first."""
        return [each for each in reversed(self.stories) if each.published_at <= now]

    def most_read(self, now: datetime) -> list[Story]:
        """Five stories; another order every three hours."""
        known = self.published(now - timedelta(minutes=1))[:8]
        turn = (now.hour // 3 if self.turn is None else self.turn) % len(known)
        return (known[turn:] + known[:turn])[:5]

    def paths(self) -> list[str]:
        return [each.path for each in self.log]

    def answer(self, path: str, now: datetime) -> tuple[int, str, bytes]:
        """Status, content type and body of a page."""
        if path == "/robots.txt":
            return 200, "text/plain", self.robots.format(base=self.base).encode()
        if path == "/":
            return 200, "text/html; charset=utf-8", self._front(now).encode()
        if path == "/sport":
            return 200, "text/html", self._section(now).encode()
        if path == "/feed.xml":
            return 200, "application/rss+xml", self._feed(now).encode()
        if path == "/sitemaps.xml":
            index = f"<sitemap><loc>{self.base}/news-sitemap.xml.gz</loc></sitemap>"
            return 200, "text/html", _xml("sitemapindex", index)
        if path == "/news-sitemap.xml.gz":
            return 200, "application/octet-stream", gzip.compress(self._sitemap(now), mtime=0)
        story = next((each for each in self.published(now) if each.path == path), None)
        if story is not None:
            return 200, "text/html", self._page(story, now).encode()
        return 404, "text/html", b"<html><body>Not here</body></html>"

    def _front(self, now: datetime) -> str:
        main = "".join(
            f"<h2><a href='{each.path}'>{each.headline}</a></h2>" for each in self.published(now)[:6]
        )
        announced = "<link rel='alternate' type='application/rss+xml' href='/feed.xml'>" * self.announces
        read = "".join(f"<li><a href='{each.path}'>{each.headline}</a></li>" for each in self.most_read(now))
        return (
            "<!doctype html><html lang='en'><head><title>The Daily Example</title>"
            f"{announced}<link rel='alternate' type='application/rss+xml' title='Comments' "
            "href='/comments.xml'></head>"
            "<body><nav><a href='/'>Home</a><a href='/sport'>Sport</a><a href='/about'>About us</a></nav>"
            f"<main>{main}<p><a href='/private/a-draft-that-nobody-may-read-2026'>A draft that nobody may "
            f"read</a></p></main><aside><h3>Most read</h3><ol>{read}</ol></aside></body></html>"
        )

    def _section(self, now: datetime) -> str:
        own = [each for each in self.published(now) if each.number % 3 == 0][:4]
        listed = "".join(f"<li><a href='{each.path}'>{each.headline}</a></li>" for each in own)
        body = f"<h3>Latest news</h3><ul>{listed}</ul>"
        return f"<html><head><title>Sport</title></head><body>{body}</body></html>"

    def _feed(self, now: datetime) -> str:
        if self.broken_feed(now):
            return "<html><body>Fatal error: database is down"
        items = "".join(
            f"<item><title>{each.headline}</title><link>{self.base}{each.path}</link>"
            f"<pubDate>{format_datetime(each.published_at)}</pubDate></item>"
            for each in self.published(now)[:5]
        )
        bad = "<item><title>An item without a link</title></item>"
        return (
            f"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>{bad}{items}</channel></rss>"
        )

    def _sitemap(self, now: datetime) -> bytes:
        entries = "".join(
            f"<url><loc>{self.base}{each.path}</loc><lastmod>{self._changed(each, now).isoformat()}</lastmod>"
            f"<n:news><n:publication_date>{each.published_at.isoformat()}</n:publication_date>"
            f"<n:title>{each.headline}</n:title></n:news></url>"
            for each in self.published(now)
        )
        return _xml("urlset", entries)

    def _changed(self, story: Story, now: datetime) -> datetime:
        is_changed = story.changed_at is not None and story.changed_at <= now
        return story.changed_at if is_changed and story.changed_at else story.published_at

    def _page(self, story: Story, now: datetime) -> str:
        return (
            f"<html lang='en'><head><title>{story.headline} - The Daily Example</title>"
            f"<meta property='og:title' content='{story.headline}'>"
            f"<meta property='article:published_time' content='{story.published_at.isoformat()}'>"
            f"<link rel='canonical' href='{self.base}{story.path}'></head><body><article>"
            f"<h1>{story.headline}</h1><p>{story.text(now)}</p><p>{story.text(now)}</p></article></body></html>"
        )


def _xml(root: str, inner: str) -> bytes:
    spaces = (
        "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"
    )
    return f"<?xml version='1.0' encoding='UTF-8'?><{root} {spaces}>{inner}</{root}>".encode()


@contextmanager
def playing(site: NewsSite) -> Iterator[NewsSite]:
    """The site behind a server of its own on a free port; `base` is its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            now = site.clock()
            wrong = site.trouble(self.path, now)
            if wrong is not None:
                status, headers, body = wrong[0], wrong[1], b""
            else:
                status, kind, body = site.answer(self.path, now)
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                headers = {"Content-Type": kind, "ETag": tag}
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
            with site.lock:
                agent, is_conditional = self.headers["User-Agent"], "If-None-Match" in self.headers
                site.log.append(Asked(now, self.path, status, agent, is_conditional))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
