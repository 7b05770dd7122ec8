"""One request against real servers: bounded in time and size, and sent to the address that was checked."""

from __future__ import annotations

import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from recsys.crawl.http_client import Fetcher, Limits
from recsys.errors import FetchError, RefusedAddressError, TooMuchError
from tests.crawl import hostile
from tests.crawl.hostile import talking

PEM = Path(__file__).parents[1] / "fixtures" / "tls" / "news.example.pem"
SHORT = Limits(seconds=0.6, silence=0.3, bytes=2**20)


def fetcher(base: str, limits: Limits = SHORT) -> Fetcher:
    return Fetcher(allowed=[base.partition("://")[2]], limits=limits)


@pytest.mark.parametrize(
    ("talk", "error", "says"),
    [
        (hostile.drip_headers, TooMuchError, "it took more than 0.6 s"),
        (hostile.drip_body, TooMuchError, "it took more than 0.6 s"),
        (hostile.stay_silent, FetchError, "no answer within 0.3 s"),
        (hostile.redirect_on_and_on, TooMuchError, "more than 5 redirects"),
        (hostile.send_a_gigabyte, TooMuchError, "expected at most 1,048,576 bytes, found more"),
        (hostile.claim_a_gigabyte, TooMuchError, "expected at most 1,048,576 bytes, found 1,000,000,000"),
        (hostile.send_a_bomb, TooMuchError, "expected at most 1,048,576 bytes, found more"),
        (hostile.break_off, FetchError, "peer closed connection"),
        (hostile.speak_nonsense, FetchError, "disconnected without sending a response"),
        (hostile.send_endless_headers, FetchError, ""),
        (hostile.send_damaged_gzip, FetchError, "expected gzip, found data that breaks off"),
    ],
)
def test_a_server_that_means_ill_costs_bounded_time_and_memory_and_is_named(talk, error, says):
    hostile.bomb()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with talking(talk) as (base, paths), fetcher(base) as asked:
        with pytest.raises(error) as caught:
            asked.fetch(f"{base}/")
        assert says in str(caught.value)
        assert str(caught.value).startswith(base)
        assert len(paths) <= 6
    assert time.monotonic() - began < 8
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024, f"{grown} kB"


def test_every_redirect_is_checked_and_nothing_is_sent_to_what_is_not_allowed():
    with talking(hostile.stay_silent) as (inner, asked_there):
        for there in (
            f"{inner}/secret",
            inner.replace("127.0.0.1", "2130706433"),
            inner.replace("127.0.0.1", "localhost"),
            inner.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
            inner.replace("http://", "http://user@"),
            "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
            "//0x7f.1:1/",
            "//[::1",
            "http://ex ample/",
            "http://\xff\xfe.example:1/",
        ):

            def redirect(connection: socket.socket, _path: str, to: str = there) -> None:
                connection.sendall(f"HTTP/1.1 302 x\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())

            with talking(redirect) as (base, _), fetcher(base) as asked, pytest.raises(FetchError):
                asked.fetch(f"{base}/")
        assert asked_there == []


def test_a_name_that_resolves_to_what_is_not_public_is_refused_however_often_it_changes():
    answers = [["1.1.1.1", "127.0.0.1"], ["::ffff:127.0.0.1"], ["0.0.0.0"], []]
    with talking(hostile.stay_silent) as (base, asked_there):
        port = base.rpartition(":")[2]
        with Fetcher(resolve=lambda host, port: answers.pop(0), limits=SHORT) as asked:
            while answers:
                with pytest.raises(RefusedAddressError, match=r"http://news\.example"):
                    asked.fetch(f"http://news.example:{port}/")
        assert asked_there == []


@contextmanager
def speaking_http2() -> Iterator[tuple[int, dict[str, object]]]:
    """A server for one HTTP/2 connection over TLS, and what it saw."""
    seen: dict[str, object] = {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda _socket, name, _context: seen.update(sni=name)

    def serve(listener: socket.socket) -> None:
        raw, _ = listener.accept()
        with suppress(ssl.SSLError), context.wrap_socket(raw, server_side=True) as connection:
            state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
            state.initiate_connection()
            connection.sendall(state.data_to_send())
            while data := connection.recv(65_536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        seen["headers"] = {_text(k): _text(v) for k, v in event.headers}
                        state.send_headers(event.stream_id, [(":status", "200"), ("etag", '"1"')])
                        state.send_data(event.stream_id, b"<html>over two</html>", end_stream=True)
                connection.sendall(state.data_to_send())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], seen
        thread.join(5)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_the_connection_goes_to_the_checked_address_and_tls_and_host_bear_the_name():
    resolved: list[str] = []

    def resolve_once(host: str, port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["127.0.0.2"]

    trusted = ssl.create_default_context(cafile=PEM)
    trusted.set_alpn_protocols(["http/1.1", "h2"])
    with speaking_http2() as (port, seen):
        name = f"news.example:{port}"
        with Fetcher(allowed=[name], resolve=resolve_once, trusted=trusted, user_agent="daily/1") as asked:
            first = asked.fetch(f"https://{name}/a?b=ü", headers={"If-None-Match": '"0"'})
            asked.fetch(f"https://{name}/again")
    assert (first.status, first.version, first.body) == (200, "HTTP/2", b"<html>over two</html>")
    assert first.headers["etag"] == '"1"'
    assert resolved == ["news.example"]
    assert seen["sni"] == "news.example"
    headers = seen["headers"]
    assert isinstance(headers, dict)
    assert headers[":authority"] == name
    assert headers["user-agent"] == "daily/1"


def test_a_certificate_of_another_name_or_one_that_nobody_trusts_is_an_error():
    for trusted, name in ((None, "news.example"), (ssl.create_default_context(cafile=PEM), "other.example")):
        with speaking_http2() as (port, _):
            place = f"{name}:{port}"
            asked = Fetcher(allowed=[place], resolve=lambda host, port: ["127.0.0.1"], trusted=trusted)
            with asked, pytest.raises(FetchError, match="certificate verify failed"):
                asked.fetch(f"https://{place}/")
