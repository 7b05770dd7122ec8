"""Where OpenTelemetry's variables say so, every request becomes a span at a collector."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.newsroom import newsroom
from tests.serve.hosting import fill, serving


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A real HTTP server that takes what is posted: its address, and the paths and bodies."""
    taken: list[tuple[str, bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_requests_become_spans_without_what_was_said(tmp_path: Path):
    place = fill(tmp_path, list(newsroom())[:20])
    with collector() as (address, taken):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with serving(place, env=environment) as served, served.client() as client:
            assert client.get("/v1/popular").status_code == 200
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and not any(b"/v1/popular" in body for _, body in taken):
                time.sleep(0.1)
    spans = b"".join(body for path, body in taken if path == "/v1/traces")
    assert b"/v1/popular" in spans
    assert b"recsys" in spans
    assert b"headline" not in spans
