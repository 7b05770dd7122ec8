"""A newspaper's web server: pages, pictures, and the service behind it as a proxy would have it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx

from tests.widget.town import STYLE, picture


@dataclass
class Site:
    """What is served where: pages by path, and what was reported through the proxy."""

    url: str
    service: str = ""
    """Where `/v1/` is forwarded to."""
    pages: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    """Content-Security-Policy by path."""
    answers: dict[str, bytes] = field(default_factory=dict)
    """What a broken service says to every question, by the first part of the path."""
    gate: threading.Event = field(default_factory=threading.Event)
    """Until it is set, `/slow/v1/…` and `/hanging/v1/…` say nothing."""
    asked: list[str] = field(default_factory=list)

    def add(self, path: str, html: str, policy: str = "") -> str:
        """Serve a page; its address."""
        self.pages[path], self.policies[path] = html, policy
        return self.url + path


@contextmanager
def open_site() -> Iterator[Site]:
    """A server on a free port; `service` is set when that is known."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            path = urlsplit(self.path).path
            first, _, rest = path[1:].partition("/v1/")
            if path.startswith("/v1/"):
                self._forward(self.path)
            elif rest and first in site.answers:
                self._send(site.answers[first], "application/json", status=500 if first == "failing" else 200)
            elif rest:
                site.gate.wait(20)
                self._forward("/v1/" + self.path.partition("/v1/")[2])
            elif path in site.pages:
                self._send(site.pages[path].encode(), "text/html; charset=utf-8", policy=site.policies[path])
            elif path.endswith(".svg"):
                self._send(picture(path).encode(), "image/svg+xml")
            elif path == "/paper.css":
                self._send(STYLE.encode(), "text/css")
            else:
                self._send(b"", "text/html", status=204 if path == "/favicon.ico" else 404)

        def do_POST(self) -> None:
            site.asked.append(self.path)
            self._forward(self.path, self.rfile.read(int(self.headers["content-length"])))

        def _forward(self, path: str, body: bytes | None = None) -> None:
            kept = ("user-agent", "content-type", "accept-encoding")
            headers = {name: self.headers[name] for name in kept if self.headers[name]}
            method = "GET" if body is None else "POST"
            answer = httpx.request(
                method, site.service + path, headers=headers, content=body, timeout=30, trust_env=False
            )
            self._send(answer.content, answer.headers["content-type"], status=answer.status_code)

        def _send(self, body: bytes, kind: str, *, policy: str = "", status: int = 200) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Content-Security-Policy": policy,
            }.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A browser that goes away is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def lying(**items: object) -> bytes:
    """An answer whose one story is as given."""
    story = {"rank": 1, "id": "0" * 16, "first_seen_at": "2026-01-01T00:00:00Z", "score": 1, **items}
    return json.dumps({"items": [story], "model": "pretrained", "fallback": None, "token": "x.y"}).encode()
