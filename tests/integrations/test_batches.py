"""Records sent together: a refused one is found alone, a busy service is waited for within bounds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import InvalidValueError, RequestRefusedError, ServiceError
from recsys.integrations.batch_splitting import Refusal, send_with_bisection, split_by_size
from recsys.integrations.client import BATCH, MAX_RETRY_WAIT, ServiceClient
from recsys.serve.api_keys import Right
from tests.serve.hosting import Place, serving


@given(st.integers(0, 300), st.sets(st.integers(0, 299)))
def test_exactly_what_is_refused_alone_is_left_out(count: int, bad: set[int]):
    taken: set[int] = set()
    calls = 0

    def send(batch: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        if found := [each for each in batch if each in bad]:
            raise InvalidValueError("record", expected="a good one", found=found)
        taken.update(batch)

    refused = send_with_bisection(range(count), send)
    expected = sorted(bad & set(range(count)))
    assert [record for record, _ in refused] == expected
    assert taken == set(range(count)) - bad
    assert calls <= 2 * len(expected) * (ceil(log2(max(count, 2))) + 1) + 1


def test_an_error_of_the_moment_is_passed_on():
    def send(_: Sequence[int]) -> None:
        raise ServiceError("away")

    with pytest.raises(ServiceError, match="away"):
        send_with_bisection([1, 2, 3], send)


@given(st.lists(st.integers(0, 12)), st.integers(1, 10))
def test_batches_keep_the_order_and_are_no_larger_than_allowed(sizes: list[int], most: int):
    batches = list(split_by_size(sizes, lambda each: each, most))
    assert [each for batch in batches for each in batch] == sizes
    assert all(sum(batch) <= most or len(batch) == 1 for batch in batches)


@dataclass
class Busy:
    """A service that is busy for some requests, refuses large bodies by their head, and takes the rest."""

    url: str = ""
    busy: int = 0
    retry_after: str = "3"
    largest: int = 10**9
    bodies: list[int] = field(default_factory=list)
    """Records in each body that was taken."""


@pytest.fixture
def busy() -> Iterator[Busy]:
    state = Busy()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            size = int(self.headers["Content-Length"])
            if size > state.largest:
                self._say(
                    413, {"error": {"code": "too_large", "message": "too\x1b[31m large", "field": None}}
                )
                return
            body = json.loads(self.rfile.read(size))
            if state.busy > 0:
                state.busy -= 1
                self._say(429, {"error": {"code": "too_many", "message": "wait", "field": None}})
                return
            state.bodies.append(len(body["articles"]))
            self._say(200, {})

        def _say(self, status: int, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", state.retry_after)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Time:
    """Time that goes by when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("said", "waited"),
    [("3", 3.0), ("", 1.0), ("0", 1.0), ("86400", MAX_RETRY_WAIT), ("tomorrow", 1.0), ("-5", 1.0)],
)
def test_a_busy_service_is_waited_for_as_it_says_within_bounds(busy: Busy, said: str, waited: float):
    clock = Time()
    remote = ServiceClient(busy.url, None, clock, clock.sleep)
    busy.busy, busy.retry_after = 2, said
    assert remote.write_all("PUT", "/v1/articles", "articles", [{}], patience=100) == []
    assert clock.slept == [waited] * 2
    assert busy.bodies == [1]


def test_patience_ends_and_an_editor_has_none(busy: Busy):
    clock = Time()
    remote = ServiceClient(busy.url, None, clock, clock.sleep)
    busy.busy = 1_000
    with pytest.raises(ServiceError, match="answered 429: wait"):
        remote.write("PUT", "/v1/articles", {"articles": []}, patience=20)
    assert sum(clock.slept) <= 20
    with pytest.raises(ServiceError, match="answered 429"):
        remote.write("PUT", "/v1/articles", {"articles": []})
    assert sum(clock.slept) <= 20
    assert not remote.is_paused


def test_a_body_that_is_too_large_is_halved_and_a_record_that_is_too_large_is_named(busy: Busy):
    busy.largest = 5_000
    records = [{"body": "x" * (9_000 if n == 3 else 900)} for n in range(10)]
    ((index, error),) = ServiceClient(busy.url).write_all("PUT", "/v1/articles", "articles", records)
    assert index == 3
    assert isinstance(error, RequestRefusedError)
    assert (error.status, error.reason) == (413, "too\N{REPLACEMENT CHARACTER}[31m large")
    assert sum(busy.bodies) == 9


def test_no_body_is_larger_than_a_batch(busy: Busy):
    busy.largest = BATCH + 1_000
    records = [{"body": "x" * 1_500_000}] * 5
    assert ServiceClient(busy.url).write_all("PUT", "/v1/articles", "articles", records) == []
    assert busy.bodies == [2, 2, 1]


def test_a_real_service_names_the_field_of_the_story_that_it_refuses(tmp_path):
    place = Place(tmp_path)
    key = place.add_key("site", Right.WRITE)
    good = [{"url": f"https://harbour.example/{n}", "headline": f"Report {n}"} for n in range(20)]
    bad = {
        4: {"url": "https://harbour.example/tags", "headline": "Tags", "tags": ["tag"] * 101},
        9: {"url": "ftp://harbour.example/x", "headline": "No web address"},
        17: {"url": "https://harbour.example/long", "headline": "x" * 2_001},
        18: {"url": "https://harbour.example/large", "headline": "Large", "body": "x" * 21_000_000},
    }
    records = [bad.get(n, story) for n, story in enumerate(good)]
    with serving(place) as served:
        remote = ServiceClient(served.url, key)
        refused = remote.write_all("PUT", "/v1/articles", "articles", records, patience=60)
        with served.client() as client:
            assert client.get("/readyz").json()["articles"] == 16
    found = dict(refused)
    assert sorted(found) == sorted(bad)
    assert [getattr(found[index], "field", None) for index in (4, 9, 17)] == ["tags", "url", "headline"]
    assert [getattr(error, "status", None) for error in found.values()] == [422, 422, 422, 413]


def test_a_refusal_is_one_line_of_printable_text():
    assert str(Refusal("https://a.example", "tags:\r\n\x1b[2Jtoo many\u202e")) == (
        "https://a.example: tags: \N{REPLACEMENT CHARACTER}[2Jtoo many\N{REPLACEMENT CHARACTER}"
    )
