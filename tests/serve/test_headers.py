"""What HTTP promises: HEAD, conditional requests, compression, other origins."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.newsroom import address
from tests.serve.conftest import SITE_OF_READERS, Open

ASKED = [
    ("/v1/related", {"url": address(20)}),
    ("/v1/popular", {"k": 3}),
    ("/v1/related/batch", {"url": [address(20), address(21), address("nonesuch")]}),
]


@pytest.mark.parametrize(("path", "params"), [*ASKED, ("/healthz", {}), ("/readyz", {})])
def test_head_is_get_without_the_body(newsdesk: Open, path: str, params: dict[str, object]):
    whole, head = newsdesk.plain.get(path, params=params), newsdesk.plain.head(path, params=params)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize(("path", "params"), ASKED)
def test_what_is_known_is_not_sent_again(newsdesk: Open, path: str, params: dict[str, object]):
    tag = newsdesk.plain.get(path, params=params).headers["etag"]
    for known in (tag, f'"x", {tag}', tag.removeprefix("W/")):
        again = newsdesk.plain.get(path, params=params, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert newsdesk.plain.get(path, params=params, headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(("path", "params"), ASKED)
def test_the_tag_stays_while_nothing_changes(newsdesk: Open, path: str, params: dict[str, object]):
    first = newsdesk.plain.get(path, params=params)
    computed = newsdesk.plain.get(path, params=params | {"explain": "false"})  # not from the cache
    assert first.json() != computed.json()  # another moment
    assert first.headers["etag"] == computed.headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "is_zipped"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("x-gzipped", False),
    ],
)
def test_it_is_zipped_for_who_takes_that(newsdesk: Open, accepted: str, is_zipped: bool):
    params = {"url": address(30), "k": 20}
    with newsdesk.plain.stream(
        "GET", "/v1/related", params=params, headers={"accept-encoding": accepted}
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert (answer.headers.get("content-encoding") == "gzip") is is_zipped
        assert "accept-encoding" in answer.headers["vary"]
    assert json.loads(gzip.decompress(raw) if is_zipped else raw)["items"]


def test_a_page_of_ours_may_ask_and_report_and_reads_refusals(newsdesk: Open):
    origin = {"origin": SITE_OF_READERS}
    for answer in (
        newsdesk.plain.get("/v1/related", params={"url": address(20)}, headers=origin),
        newsdesk.plain.get("/v1/related", params={"url": "nonesuch"}, headers=origin),
        newsdesk.plain.post("/v1/events", json={}, headers=origin),
    ):
        assert answer.headers["access-control-allow-origin"] == SITE_OF_READERS
        assert "origin" in answer.headers["vary"]
    asks = origin | {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    may = newsdesk.plain.options("/v1/events", headers=asks)
    assert (may.status_code, may.headers["access-control-allow-origin"]) == (204, SITE_OF_READERS)
    assert "POST" in may.headers["access-control-allow-methods"]
    assert may.headers["access-control-allow-headers"] == "content-type"


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", SITE_OF_READERS + ".evil.example", "null", ""]
)
def test_a_page_of_others_may_not(newsdesk: Open, origin: str):
    answer = newsdesk.plain.get("/v1/related", params={"url": address(20)}, headers={"origin": origin})
    asks = {"origin": origin, "access-control-request-method": "POST"}
    preflight = newsdesk.plain.options("/v1/events", headers=asks)
    for each in (answer, preflight):
        assert "access-control-allow-origin" not in each.headers
        assert "origin" in each.headers["vary"]
    assert preflight.status_code == 405


def test_another_method_is_told_which_are_taken(newsdesk: Open):
    for method, path, taken in (
        ("PATCH", "/v1/articles", "DELETE, PUT"),
        ("DELETE", "/v1/related", "GET, HEAD, POST"),
        ("TRACE", "/healthz", "GET, HEAD"),
    ):
        answer = newsdesk.plain.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, taken)
