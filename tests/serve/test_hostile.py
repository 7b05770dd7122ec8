"""Whatever is sent, nothing fails: a table for each kind of malice, and the answer that it gets."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from recsys.serve.api_keys import Right
from recsys.serve.impression_tokens import ShownList, sign
from tests.newsroom import address
from tests.serve.conftest import Open
from tests.serve.hosting import read_answer

JSON = {"content-type": "application/json"}
SCRIPT = '<script>alert("1")</script><img src=x onerror=alert(1)>'
STORY = {"url": "https://harbour.example/hostile", "headline": "A story"}
MOST_READ = {"kind": "popular", "site": "harbour.example", "items": [{"headline": "A story"}]}
DEEP = b"[" * 50_000
BOMB = b" " * 5_000_000
SQL = (
    "'; DROP TABLE articles; --",
    '" OR ""="',
    "') UNION SELECT 1 --",
    "`%_\\",
    "\u202egnp.exe",
    "${7*7}{{7*7}}",
)
UNSAFE = ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//host", "vbscript:x", "x", " ")
MIXED = "https://harb\u043eur.example/x"  # a Cyrillic o
LABEL = "harb\u043eur".encode("punycode").decode()
PUNYCODE = f"https://xn--{LABEL}.example/x"  # the same as DNS has it
KINDS = ("articles", "lists", "pages", "events", "related")


def body_of(kind: str) -> tuple[str, str]:
    """Method and path of a route that takes a body."""
    return ("PUT" if kind == "articles" else "POST", f"/v1/{kind}")


def refused(answer: httpx.Response, *statuses: int) -> None:
    """It has one of these statuses, and says why in JSON."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["error"]["message"]


def test_a_script_in_a_headline_stays_text_in_json(newsdesk: Open):
    payload = STORY | {"headline": SCRIPT, "section": SCRIPT, "tags": [SCRIPT], "url": address("<script>")}
    assert newsdesk.keyed.put("/v1/articles", json=payload).status_code == 200
    for answer in (
        newsdesk.plain.get("/v1/popular", params={"k": 100, "section": SCRIPT}),
        newsdesk.plain.get("/v1/related", params={"url": SCRIPT}),
        newsdesk.plain.get(f"/{SCRIPT}"),
    ):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_of_thirty_megabytes_is_too_large_declared_or_not(newsdesk: Open, kind: str, is_chunked: bool):
    method, path = body_of(kind)
    whole = b" " * 30_000_000

    def pieces() -> Iterator[bytes]:
        yield from (whole[:1_000_000] for _ in range(30))

    sent = pieces() if is_chunked else whole
    params = {"url": address(1)} if kind == "pages" else {}
    refused(newsdesk.keyed.request(method, path, content=sent, headers=JSON, params=params), 413)


@pytest.mark.parametrize("kind", ["lists", "events", "related"])
def test_ten_megabytes_are_too_much_where_less_is_enough(newsdesk: Open, kind: str):
    method, path = body_of(kind)
    refused(newsdesk.keyed.request(method, path, content=b" " * 10_000_001, headers=JSON), 413)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(BOMB)), ("deflate", zlib.compress(BOMB)), ("br", b"x"), ("gzip, gzip", b"x")],
)
def test_what_is_compressed_is_not_unpacked(newsdesk: Open, kind: str, encoding: str, packed: bytes):
    method, path = body_of(kind)
    headers = JSON | {"content-encoding": encoding}
    refused(newsdesk.keyed.request(method, path, content=packed, headers=headers), 415)


@pytest.mark.parametrize("rest", [1_000, 199_000])
def test_the_rest_of_a_body_that_was_refused_gets_no_second_answer(newsdesk: Open, rest: int):
    head = (
        "PUT /v1/articles HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {1_000 + rest}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", newsdesk.served.port), timeout=20) as wire:
        wire.sendall(head.encode() + b"x" * 1_000)
        assert read_answer(wire).startswith(b"HTTP/1.1 415")
        for _ in range(rest // 1_000):
            wire.sendall(b"x" * 1_000)
        time.sleep(0.3)  # else the next request comes together with the end of the body
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_answer(wire).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "target",
    [
        "/v1/../healthz/..", "/v1/../../etc/passwd", "//v1/related", "/v1//related",
        "/v1/%2e%2e/%2e%2e/etc/passwd",
        "/v1/..%2f..%2fetc%2fpasswd", "/v1/related%00", "/%00", "/v1/related/",
        "/v1/related/../articles", "/v1\\related",
        "/%ff%fe", "/V1/RELATED", "/v1/related;x=1", "/v1/openapi.json/..",
    ],
)  # fmt: skip
def test_tricks_with_the_path_find_nothing(newsdesk: Open, target: str):
    said = newsdesk.served.exchange(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert said.split()[1] in {b"400", b"404"}, said
    assert b"root:" not in said


@pytest.mark.parametrize(
    ("head", "statuses"),
    [
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + "y" * 60_000, {b"431"}),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n" + "\r\n".join(f"X-{n}: y" for n in range(8_000)), {b"431"}),
        ("GET /v1/related?url=" + "x" * 40_000 + " HTTP/1.1\r\nHost: x", {b"414"}),
        ("GET /v1/related?url=" + "x" * 90_000 + " HTTP/1.1\r\nHost: x", {b"400"}),
        ("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6", {b"400"}),
        ("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", {b"400"}),
        ("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1", {b"400"}),
        ("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999", {b"400", b"413"}),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rb", {b"400"}),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b", {b"400"}),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n: nameless", {b"400"}),
        ("GET /healthz HTTP/9.9\r\nHost: x", {b"400"}),
        ("\x16\x03\x01 no HTTP at all", {b"400"}),
        ("NONESUCH /healthz HTTP/1.1\r\nHost: x", {b"400", b"405"}),
    ],
)
def test_tricks_with_the_head_are_refused(newsdesk: Open, head: str, statuses: set[bytes]):
    said = newsdesk.served.exchange(head.encode("latin-1") + b"\r\n\r\n")
    assert said.split()[1] in statuses, said[:300]


def test_what_a_client_says_never_becomes_a_header(newsdesk: Open):
    sent = "a\r\nSet-Cookie: x=1"
    for path in (f"/v1/related?url={quote(sent)}", f"/v1/{quote(sent)}", f"/v1/popular?scope={quote(sent)}"):
        answer = newsdesk.plain.get(path, headers={"origin": "https://x.example"})
        assert "set-cookie" not in answer.headers
        assert answer.status_code in {404, 422}


@pytest.mark.parametrize("text", SQL)
def test_quotes_and_sql_are_text_like_any_other(newsdesk: Open, text: str):
    for path, names in {
        "/v1/related": ("url", "id", "window", "exclude", "section", "fallback", "k", "dial", "nonesuch"),
        "/v1/popular": ("scope", "window", "exclude", "section", "k", "explain"),
        "/v1/related/batch": ("url", "dial"),
    }.items():
        for name in names:
            params = {name: text} | (
                {} if name in {"url", "id"} or "popular" in path else {"url": address(3)}
            )
            assert newsdesk.plain.get(path, params=params).status_code in {200, 404, 422}, (path, name)
    payload = STORY | {"url": address(quote(text)), "headline": text, "section": text, "tags": [text]}
    assert newsdesk.keyed.put("/v1/articles", json=payload).status_code == 200
    assert newsdesk.keyed.delete("/v1/articles", params={"url": text}).status_code in {404, 422}
    shown = MOST_READ | {"title": text, "scope": text, "items": [{"headline": text}]}
    assert newsdesk.keyed.post("/v1/lists", json=shown).status_code == 200
    answer = newsdesk.plain.get("/v1/related", params={"url": payload["url"]})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "url", [*UNSAFE, MIXED, PUNYCODE, "https://user:word@host.example/x", "https://[::1", "http://"]
)
def test_an_address_that_leads_astray_is_refused_wherever_it_stands(newsdesk: Open, url: str):
    keyed = newsdesk.keyed
    refused(keyed.put("/v1/articles", json=STORY | {"url": url}), 422)
    refused(keyed.post("/v1/related", json={"article": STORY | {"url": url}}), 422)
    refused(keyed.post("/v1/lists", json=MOST_READ | {"page_url": url}), 422)
    refused(keyed.post("/v1/lists", json=MOST_READ | {"items": [{"headline": "x", "url": url}]}), 422)
    refused(keyed.post("/v1/pages", params={"url": url}, content=b"<h1>x</h1>"), 422)
    if not url.startswith("http"):
        refused(keyed.put("/v1/articles", json=STORY | {"image": url}), 422)


WRONG_JSON = [
    b'{"url": "https://harbour.example/x", "headline": "\\ud800"}',
    b'{"url": "https://harbour.example/x", "headline": "a\\u0000b"}',
    b'{"url": "https://harbour.example/x", "body": "a\\u0000b"}',
    b'{"url": "https://harbour.example/x", "headline": "h", "tags": ["\\udfff"]}',
    b'{"url": "https://harbour.example/x", "headline": "h", "language": "\\ud800"}',
    b'{"url": "https://harbour.example/\\u0000", "headline": "h"}',
    b'{"\\ud800": 1}', b'{"url": NaN, "headline": "h"}', b'{"url": 1e999}', b"Infinity", b"-1",
    b"null", b'""',
    b'{"url": "https://harbour.example/x", "headline": "h", "published_at": 1e999}',
    b'{"url": "https://harbour.example/x", "headline": "h", "published_at": NaN}',
    b'{"url": "https://harbour.example/x", "headline": "h", "published_at": "9999-12-31T23:59:59-23:00"}',
    b'{"url": "https://harbour.example/x", "headline": "h", "published_at": "0001-01-01T00:00:00+14:00"}',
    b'{"url": "https://harbour.example/x", "headline": "h", "published_at": "2025-01-01T00:00:00"}',
    b'{"url": "https://harbour.example/x", "headline": "h", "nonesuch": 1}',
    b'{"articles": []}', b'{"lists": []}', b'{"events": []}', b"{}", b"", b"{",
    b"\xff\xfe", b"\xef\xbb\xbf{}",
    DEEP, b'{"url":' * 8_000, b'{"articles":' + DEEP, b'{"a":1,' * 100, b"9" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("sent", WRONG_JSON, ids=lambda sent: ascii(sent[:60]))
def test_json_that_says_what_it_cannot_is_refused_on_every_route(newsdesk: Open, sent: bytes):
    for kind in ("articles", "lists", "events", "related"):
        method, path = body_of(kind)
        refused(newsdesk.keyed.request(method, path, content=sent, headers=JSON), 400, 422)
    inside = b'{"article": ' + sent + b"}"
    refused(newsdesk.plain.post("/v1/related", content=inside, headers=JSON), 400, 422)


@pytest.mark.parametrize(
    "sent",
    [
        {"position": float("nan")},
        {"position": 10**400},
        {"position": 0},
        {"headline": ""},
        {"headline": "\ud800"},
    ],
)
def test_an_item_of_a_list_that_says_what_it_cannot_is_refused(newsdesk: Open, sent: dict[str, object]):
    payload = json.dumps(MOST_READ | {"items": [sent]})
    refused(newsdesk.keyed.post("/v1/lists", content=payload, headers=JSON), 400, 422)


@pytest.mark.parametrize(
    "query",
    ["k=0", "k=-1", "k=1000000000", "k=1e9", "k=NaN", "k=", "k=5&k=1e9", "window=99999999d", "window=0d",
     "window=-1d", "window=%D9%A3d", "dial=2", "dial=nan", "dial=-inf", "dial=1e999", "explain=perhaps",
     "section=%00", "exclude=%00", "exclude=" + "x" * 2_001, "nonesuch=1", "id=0000000000000000",
     "&".join(f"exclude=https://x.example/{n}" for n in range(101))],
)  # fmt: skip
def test_a_parameter_that_says_what_it_cannot_is_refused(newsdesk: Open, query: str):
    refused(newsdesk.plain.get(f"/v1/related?url={address(3)}&{query}"), 422)


def test_a_batch_of_51_is_one_too_many(newsdesk: Open):
    urls = [address(n) for n in range(51)]
    refused(newsdesk.plain.get("/v1/related/batch", params={"url": urls}), 422)
    assert newsdesk.plain.get("/v1/related/batch", params={"url": urls[:50]}).status_code == 200


def test_a_page_of_a_million_open_elements_is_read_or_refused(newsdesk: Open):
    for page in (
        b"<div>" * 1_000_000,
        b"<a href='" * 200_000,
        b"&" * 3_000_000,
        b"\0" * 1_000,
        b"<h1>\x80</h1>",
    ):
        answer = newsdesk.keyed.post("/v1/pages", params={"url": address("deep")}, content=page)
        assert answer.status_code in {200, 422}


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer x", "Bearer rk_", "Basic eDp4", "Bearer rk_" + "a" * 43]
)
def test_without_a_key_of_ours_nothing_is_written(newsdesk: Open, given: str | None):
    headers = {} if given is None else {"authorization": given}
    with newsdesk.served.client(address="127.0.0.21") as stranger:
        answer = stranger.put("/v1/articles", json=STORY, headers=headers)
    refused(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_opens_only_what_it_has_the_right_to(newsdesk: Open):
    key = newsdesk.served.place.add_key("editor alone", Right.EDIT)
    with newsdesk.served.client(key) as editor:
        refused(editor.put("/v1/articles", json=STORY), 403)
        refused(editor.post("/v1/model/reload"), 403)


def test_who_tries_many_keys_has_to_wait_and_nobody_else(newsdesk: Open):
    with newsdesk.served.client(address="127.0.0.22") as stranger:
        tried = [
            stranger.put(
                "/v1/articles",
                json=STORY,
                headers={"authorization": f"Bearer rk_{n}", "x-forwarded-for": f"192.0.2.{n}"},
            )
            for n in range(15)
        ]
    assert [each.status_code for each in tried[:10]] == [401] * 10
    assert tried[-1].status_code == 429
    assert 1 <= int(tried[-1].headers["retry-after"]) <= 10
    assert newsdesk.keyed.put("/v1/articles", json=STORY).status_code == 200


def test_a_token_that_is_forged_foreign_or_old_counts_nothing(newsdesk: Open):
    good = newsdesk.plain.get("/v1/related", params={"url": address(40)}).json()["token"]
    secret = newsdesk.served.place.keys.ring().secret
    shown = ("harbour.example", address(1))
    now = int(time.time() * 1_000_000)
    wrong = [
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"), good + "=", good.replace(".", ""), "." + good,
        ".", "x.y",
        "\u00e9.\u00e9", good[1:],
        sign(ShownList(*shown, now, ((address(2), "x"),)), b"another secret"),
        sign(ShownList(*shown, now - 30 * 86_400_000_000, ((address(2), "x"),)), secret),
        sign(ShownList(*shown, now + 3_600_000_000, ((address(2), "x"),)), secret),
    ]  # fmt: skip
    for token in wrong:
        event = {"kind": "shown", "token": token, "view": "ab" * 16}
        refused(newsdesk.plain.post("/v1/events", json={"events": [event]}), 403)


@pytest.mark.slow
def test_a_body_that_trickles_is_cut_off(newsdesk: Open):
    began = time.monotonic()
    head = b"POST /v1/related HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
    said = newsdesk.served.exchange(head)
    assert said.split()[1] == b"408", said
    assert b"connection: close" in said.lower()
    assert 8 < time.monotonic() - began < 14


@pytest.mark.parametrize("spaces", [50, 990])
def test_a_headline_of_spaces_around_a_half_update_marker_is_answered_at_once(newsdesk: Open, spaces: int):
    headline = "x" + " " * spaces + "(第" + " " * spaces + "x)"
    start = time.process_time()
    assert newsdesk.plain.post("/v1/related", json={"article": STORY | {"headline": headline}}).is_success
    assert newsdesk.keyed.put("/v1/articles", json=STORY | {"headline": headline}).is_success
    assert newsdesk.plain.get("/v1/related", params={"url": STORY["url"]}).is_success
    assert time.process_time() - start < 1


def test_what_is_shown_in_a_line_is_stored_as_one_line(newsdesk: Open):
    payload = STORY | {
        "headline": "  Storm\t at\n\nsea\u3000\u5d50\x1b[31m ",
        "section": "World \n news",
        "tags": [" a \u0007 b "],
        "body": "One\n\nTwo\u0000"[:-1],
    }
    assert newsdesk.keyed.put("/v1/articles", json=payload).is_success
    items = newsdesk.plain.get("/v1/popular", params={"k": 100, "section": "World   news"}).json()["items"]
    (shown,) = [item for item in items if item["url"] == STORY["url"]]
    assert (shown["headline"], shown["section"]) == ("Storm at sea\u3000\u5d50[31m", "World news")


@pytest.mark.parametrize("field", ["headline", "section"])
def test_a_field_of_white_space_alone_is_refused(newsdesk: Open, field: str):
    refused(newsdesk.keyed.put("/v1/articles", json=STORY | {field: " \n\u3000"}), 422)


def test_a_word_longer_than_a_lead_and_a_headline_of_function_words_are_answered(newsdesk: Open):
    for letter in "abc":
        payload = STORY | {"body": letter * 5_000}
        assert newsdesk.plain.post("/v1/related", json={"article": payload}).is_success
    payload = STORY | {"headline": "What was that?", "body": "The harbour is shut.", "language": "en"}
    assert newsdesk.plain.post("/v1/related", json={"article": payload}).is_success
