"""Limits of clients, of the process, of pages and of the cache."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recsys.serve.api_keys import KeyFile
from recsys.serve.response_cache import ResponseCache, StoredResponse
from tests.newsroom import address, newsroom
from tests.serve.conftest import Open
from tests.serve.hosting import fill, serving

pytestmark = pytest.mark.slow


def test_cached_answers_are_not_rate_limited(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    draft = {"article": {"url": address("draft"), "headline": "A draft"}}
    with serving(place, "--rate", "1") as served, served.client() as client:
        answers = [client.get("/v1/related", params={"url": address(3), "k": 1 + n}) for n in range(14)]
        assert [each.status_code for each in answers[:10]] == [200] * 10
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert client.post("/v1/related", json=draft).status_code == 429
        assert client.get("/v1/related", params={"url": address(3), "k": 1}).status_code == 200
        forwarded = {"x-forwarded-for": "192.0.2.7"}  # not from a trusted proxy
        assert client.get("/v1/related", params={"url": address(4)}, headers=forwarded).status_code == 429
        with served.client(address="127.0.0.2") as other:
            assert other.get("/v1/related", params={"url": address(4)}).status_code == 200


def test_every_query_of_a_batch_is_charged(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    with serving(place, "--rate", "1") as served, served.client() as client:
        batch = {"url": [address(n) for n in range(12)]}
        assert client.get("/v1/related/batch", params=batch).status_code == 200
        refused = client.get("/v1/related", params={"url": address(3)})
        assert refused.status_code == 429  # ten at once, of which the batch has taken twelve
        assert int(refused.headers["retry-after"]) >= 2


def test_a_full_queue_refuses_with_retry_after(newsdesk: Open):
    batch = {"url": [address(n) for n in range(25)]}
    statuses: list[int] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        with newsdesk.served.client() as client:
            answer = client.get("/v1/related/batch", params=batch | {"dial": number / 100})
        with lock:
            statuses.append(answer.status_code)
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "1"
                assert answer.json()["error"]["code"] == "overload"

    with ThreadPoolExecutor(40) as many:
        list(many.map(ask, range(40)))
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 1


def test_a_page_that_unpacks_to_a_gigabyte_is_refused_soon(newsdesk: Open):
    packed = gzip.compress(gzip.compress(b" " * 300_000_000, compresslevel=9))
    once = gzip.compress(b"<p>" + b" " * 300_000_000)
    for page in (packed, once):
        answer = newsdesk.keyed.post("/v1/pages", params={"url": address("bomb")}, content=page)
        assert answer.status_code == 422
        assert answer.elapsed.total_seconds() < 10


def test_processes_that_start_together_have_one_secret(tmp_path: Path):
    files = [KeyFile(tmp_path / "keys.json") for _ in range(16)]
    with ThreadPoolExecutor(16) as many:
        rings = list(many.map(lambda each: each.ring(), files))
    assert len({ring.secret for ring in rings}) == 1
    left = {each.name for each in tmp_path.iterdir()}
    assert left == {"keys.json", ".keys.json.lock"}, "no temporary file is left"


def test_the_cache_counts_long_addresses_too():
    cache = ResponseCache(most=100_000)
    stored = StoredResponse("e", (), b"x", None, cache.until(60), 1)
    for number in range(100):
        cache.add(b"%d" % number + b"?" * 10_000, stored)
    held = [number for number in range(100) if cache.find(b"%d" % number + b"?" * 10_000, 1)]
    assert held == list(range(100 - len(held), 100))
    assert 5 <= len(held) <= 9
