"""News sites with a part that has no end: each is a real newsroom beside a trap."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime

from tests.crawl.newssite import NewsSite, _xml

STEP = "/trap/where-the-story-has-moved-to?step="
Answered = tuple[int, str, bytes]
_TRAP = "harbour school theatre market bridge library station hospital airport museum castle stadium".split()


@dataclass
class EndlessSite(NewsSite):
    """A news site whose pages in `/trap` lead on and on, and whose front page leads there."""

    entry: str = ""

    def answer(self, path: str, now: datetime) -> Answered:
        if path.startswith("/trap") and (answered := self.trap(path, now)) is not None:
            return answered
        status, kind, body = super().answer(path, now)
        if path == "/":
            links = "".join(f"<a href='{each}'>See what is on today</a>" for each in self.links(now))
            body = body.replace(b"</main>", f"{links}</main>".encode())
        return status, kind, body

    def links(self, now: datetime) -> list[str]:
        return [self.entry]

    def trap(self, path: str, now: datetime) -> Answered | None:
        raise NotImplementedError

    def trapped(self) -> int:
        """The requests that went into the trap."""
        return sum("/trap" in path for path in self.paths())


def page(title: str, links: list[str]) -> Answered:
    """A page without a story, whose most-read list leads to more of them."""
    items = "".join(
        f"<li><a href='{link}'>On day {number} at the old {_TRAP[number % 12]} of the town</a></li>"
        for number, link in enumerate(links)
    )
    body = (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>Nothing is planned.</p>"
        f"<aside><h3>Most read</h3><ol>{items}</ol></aside></body></html>"
    )
    return 200, "text/html", body.encode()


def number_in(path: str) -> int:
    return int((re.findall(r"\d+", path) or ["0"])[-1])


@dataclass
class Calendar(EndlessSite):
    entry: str = "/trap/2026/11/30"

    def trap(self, path: str, now: datetime) -> Answered:
        day = number_in(path)
        return page(f"Events of day {day}", [f"/trap/2026/{each % 12}/{5 * day + each}" for each in range(5)])


@dataclass
class Pagination(EndlessSite):
    entry: str = "/trap/all-stories-of-the-past-years?page=1"

    def trap(self, path: str, now: datetime) -> Answered:
        first = 3 * number_in(path)
        links = [f"/trap/all-stories-of-the-past-years?page={first + each}" for each in range(3)]
        return page("All stories", links)


@dataclass
class Subpaths(EndlessSite):
    """Relative links that a server takes for pages however deep they lie."""

    entry: str = "/trap/events-in-the-old-town/"

    def trap(self, path: str, now: datetime) -> Answered:
        return page("Events", [f"{_TRAP[each]}/events-in-the-old-town/" for each in range(6)])


@dataclass
class Sessions(EndlessSite):
    """Every answer links to each story under a new address."""

    counter: itertools.count[int] = field(default_factory=itertools.count)

    def links(self, now: datetime) -> list[str]:
        return [f"{each.path}?sid={next(self.counter):x}/trap" for each in self.published(now)[:10]]

    def answer(self, path: str, now: datetime) -> Answered:
        return super().answer(path.partition("?")[0], now)


@dataclass
class Redirects(EndlessSite):
    """A redirect to the same address with another query, and so on."""

    def links(self, now: datetime) -> list[str]:
        return [f"{STEP}{each}00" for each in range(60)]

    def __post_init__(self) -> None:
        self.trouble = lambda path, now: (
            (302, {"Location": f"{STEP}{number_in(path) + 1}"}) if "/trap" in path else None
        )


@dataclass
class Sitemaps(EndlessSite):
    """An index of sitemaps that names itself, under this address and others."""

    def links(self, now: datetime) -> list[str]:
        return []

    def answer(self, path: str, now: datetime) -> Answered:
        if path.startswith("/sitemaps.xml"):
            first = 10 * number_in(path)
            own = "".join(
                f"<sitemap><loc>{self.base}/sitemaps.xml?trap={first + n}</loc></sitemap>" for n in range(10)
            )
            own += f"<sitemap><loc>{self.base}/sitemaps.xml</loc></sitemap>"
            own += f"<sitemap><loc>{self.base}/news-sitemap.xml.gz</loc></sitemap>"
            return 200, "application/xml", _xml("sitemapindex", own)
        return super().answer(path, now)

    def trapped(self) -> int:
        return sum("sitemaps.xml?trap" in path for path in self.paths())


@dataclass
class Flood(EndlessSite):
    """A feed of thousands of entries, all newer than the news, that lead nowhere."""

    def links(self, now: datetime) -> list[str]:
        return []

    def answer(self, path: str, now: datetime) -> Answered:
        if path != "/feed.xml":
            return super().answer(path, now)
        items = "".join(
            f"<item><title>Entry {n}</title><link>{self.base}/trap/{n}/an-entry-that-leads-nowhere</link>"
            f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for n in range(3_000)
        )
        return 200, "application/rss+xml", f"<rss version='2.0'><channel>{items}</channel></rss>".encode()

    def trap(self, path: str, now: datetime) -> None:
        return None


@dataclass
class Generated(EndlessSite):
    """Pages that look like stories in all respects, without end: nothing tells them from news."""

    entry: str = "/trap/2026/11/30/a-story-that-a-machine-has-made-0"

    def trap(self, path: str, now: datetime) -> Answered:
        number = number_in(path)
        links = [
            f"/trap/2026/11/30/a-story-that-a-machine-has-made-{12 * number + each}" for each in range(1, 13)
        ]
        status, kind, body = page(f"The machine has made up its story {number}", links)
        date = f"<meta property='article:published_time' content='{now.isoformat()}'></head>"
        return status, kind, body.replace(b"</head>", date.encode())
