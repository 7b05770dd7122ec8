"""A running service takes stories, lists, pages, clicks, models and keys, and answers from them."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from recsys.ranking.model_files import load_pretrained, save_bundle, use_bundle
from recsys.serve.api_keys import Right
from recsys.store import Store
from tests.documents.test_saved import mhtml
from tests.newsroom import address, newsroom
from tests.serve.conftest import Open
from tests.serve.hosting import Served, fill, read_answer, serving

pytestmark = pytest.mark.slow

MOST = {"k": 100, "window": "all"}


def payload(slug: str, **more: object) -> dict[str, object]:
    """A story as a CMS tells it, about what only this test writes of."""
    return {
        "url": address(slug),
        "headline": f"Lighthouse followers {slug}",
        "body": "Lighthouse followers. " * 9,
    } | more


def urls(answer: httpx.Response) -> list[str]:
    """The addresses that it names, in order."""
    assert answer.status_code == 200, answer.text
    return [item["url"] for item in answer.json()["items"]]


def test_a_story_is_found_as_soon_as_it_is_stored_and_gone_as_soon_as_it_is_withdrawn(newsdesk: Open):
    keyed, plain = newsdesk.keyed, newsdesk.plain
    first, second = payload("followers-1"), payload("followers-2")
    assert plain.get("/v1/related", params={"url": first["url"]}).status_code == 404
    assert keyed.put("/v1/articles", json={"articles": [first, second]}).json()["new"] == 2
    beside = {"url": first["url"]} | MOST
    assert second["url"] in urls(plain.get("/v1/related", params=beside))
    assert keyed.delete("/v1/articles", params={"url": second["url"]}).json() == {"url": second["url"]}
    assert second["url"] not in urls(plain.get("/v1/related", params=beside))
    assert plain.get("/v1/related", params={"url": second["url"]}).status_code == 404
    backfill = second | {"first_seen_at": "2025-06-02T00:00:00Z"}
    assert keyed.put("/v1/articles", json=backfill).status_code == 200
    assert plain.get("/v1/related", params={"url": second["url"]}).status_code == 404
    assert keyed.put("/v1/articles", json=second).status_code == 200
    assert second["url"] in urls(plain.get("/v1/related", params=beside))


def test_an_address_is_known_with_what_readers_bring_along(newsdesk: Open):
    plain = newsdesk.plain.get("/v1/related", params={"url": address(5)})
    tracked = newsdesk.plain.get("/v1/related", params={"url": address(5) + "?utm_source=x#top"})
    assert urls(tracked) == urls(plain)
    by_id = newsdesk.plain.get("/v1/related", params={"id": plain.json()["items"][0]["id"]})
    assert urls(by_id) == urls(newsdesk.plain.get("/v1/related", params={"url": urls(plain)[0]}))


def test_lists_and_pages_are_stored(newsdesk: Open):
    keyed, store = newsdesk.keyed, newsdesk.served.place.store
    items = [{"headline": "Lighthouse lit", "url": address("lit")}, {"headline": "Boats", "position": 4}]
    sent: dict[str, object] = {"kind": "popular", "site": "harbour.example", "scope": "coast", "items": items}
    sent["observed_at"] = "2026-01-01T00:00:00Z"
    assert keyed.post("/v1/lists", json=sent).json()["lists_new"] == 1
    again = keyed.post("/v1/lists", json={"lists": [sent]})
    assert again.json() == {"new": 0, "changed": 0, "unchanged": 0, "lists_new": 0, "lists_known": 1}
    assert address("lit") in urls(newsdesk.plain.get("/v1/popular", params={"scope": "coast", **MOST}))
    page = "<html><h1>Keeper retires</h1><p>The follower of the lighthouse retires after forty years.</p>"
    params = {"url": address("retires"), "observed_at": "2026-01-02T00:00:00Z"}
    assert keyed.post("/v1/pages", params=params, content=page).json()["new"] == 1
    with Store.open(store) as opened:
        found = opened.article(address("retires"))
    assert found is not None
    assert found.article.first_seen_at == datetime(2026, 1, 2, tzinfo=UTC)


def test_a_page_was_seen_at_the_time_of_the_request_or_else_at_that_of_the_document(newsdesk: Open):
    saved = mhtml(
        "<html><h1>Keeper retires</h1><p>The keeper of the lighthouse retires after forty years.</p>"
    )
    given: dict[str, dict[str, str]] = {"named": {"observed_at": "2026-01-02T00:00:00Z"}, "own": {}}
    for name, times in given.items():
        page = saved.replace(b"https://www.q.example/2026/\r\n\tstory", address(name).encode())
        posted = newsdesk.keyed.post("/v1/pages", params={"url": address(name), **times}, content=page)
        assert posted.json()["new"] == 1
    with Store.open(newsdesk.served.place.store) as opened:
        found = {name: opened.article(address(name)) for name in given}
    seen = {name: stored and stored.article.first_seen_at for name, stored in found.items()}
    assert seen == {
        "named": datetime(2026, 1, 2, tzinfo=UTC),
        "own": datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
    }


def test_impressions_and_clicks_count_once(newsdesk: Open):
    plain = newsdesk.plain
    answer = plain.get("/v1/related", params={"url": address(50), "k": 4}).json()
    shown = {"kind": "shown", "token": answer["token"], "view": "1c" * 16}
    clicked = shown | {"kind": "clicked", "position": 2}
    assert plain.post("/v1/events", json={"events": [shown, clicked]}).json() == {"counted": 2, "ignored": 0}
    assert plain.post("/v1/events", json={"events": [shown, clicked]}).json() == {"counted": 0, "ignored": 2}
    other = {"events": [shown | {"view": "2c" * 16}]}
    robot = plain.post("/v1/events", json=other, headers={"user-agent": "Some bot"})
    assert robot.json() == {"counted": 0, "ignored": 1}
    with Store.open(newsdesk.served.place.store) as store:
        stored = {each.impression.id: each for each in store.impressions.read()}
    only = stored[shown["view"]]
    assert only.impression.page_url == address(50)
    assert [url for url, _ in only.impression.items] == [item["url"] for item in answer["items"]]
    assert only.clicked == (2,)


def test_what_is_popular_stands_in_for_what_is_unknown_and_says_so(newsdesk: Open):
    asked = {"url": address("nonesuch"), "k": 3}
    assert newsdesk.plain.get("/v1/related", params=asked).status_code == 404
    instead = newsdesk.plain.get("/v1/related", params=asked | {"fallback": "popular"})
    assert instead.json()["fallback"] == "popular"
    assert urls(instead) == urls(newsdesk.plain.get("/v1/popular", params={"k": 3}))
    assert newsdesk.plain.get("/v1/related", params={"url": address(5)}).json()["fallback"] is None


def test_a_key_holds_from_the_moment_it_is_made_until_it_is_taken_away(newsdesk: Open):
    place, sent = newsdesk.served.place, payload("keys")
    with newsdesk.served.client(place.add_key("new", Right.WRITE)) as client:
        assert client.put("/v1/articles", json=sent).status_code == 200
        place.keys.remove("new")
        assert client.put("/v1/articles", json=sent).status_code == 401


def test_another_model_answers_without_a_failed_request(newsdesk: Open):
    place, shipped = newsdesk.served.place, load_pretrained()
    statuses: list[int] = []
    until = threading.Event()

    def ask() -> None:
        with newsdesk.served.client() as client:
            while not until.is_set():
                number = len(statuses) % 60
                statuses.append(client.get("/v1/related", params={"url": address(number)}).status_code)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    try:
        for name in ("first", "second"):
            manifest = replace(shipped.manifest, name=name, until="2025-06-01T00:00:00Z")
            save_bundle(shipped.ranker.weights_, manifest, place.models)
            wait_until(lambda name=name: model_of(newsdesk.plain) == name, 5)
        use_bundle(place.models, "first")
        wait_until(lambda: model_of(newsdesk.plain) == "first", 5)
    finally:
        until.set()
        for thread in asking:
            thread.join()
    assert set(statuses) == {200}
    assert len(statuses) > 20
    assert newsdesk.keyed.post("/v1/model/reload").json()["model"] == "first"


def test_a_damaged_model_stops_neither_answers_nor_writes(newsdesk: Open):
    before = model_of(newsdesk.plain)
    current = newsdesk.served.place.models / "current"
    current.parent.mkdir(exist_ok=True)
    kept = current.read_bytes() if current.exists() else None
    current.write_text("nonesuch\n")
    try:
        assert newsdesk.keyed.put("/v1/articles", json=payload("damaged")).status_code == 200
        assert model_of(newsdesk.plain) == before
        assert newsdesk.keyed.post("/v1/model/reload").status_code == 503
    finally:
        current.unlink() if kept is None else current.write_bytes(kept)


def model_of(client: httpx.Client) -> str:
    return str(client.get("/readyz").json()["model"])


def wait_until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait for something, and fail after so many seconds; how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


def test_every_process_finds_a_story_within_a_second(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    key = place.add_key("cms")
    with serving(place, "--workers", "2") as served, served.client(key) as keyed:
        assert keyed.put("/v1/articles", json=payload("both")).json()["new"] == 1
        stored = time.monotonic()
        while time.monotonic() - stored < 1.0:
            ask_anew(served, "both")
        answers = [ask_anew(served, "both") for _ in range(30)]
        assert answers == [200] * 30
        metrics = keyed.get("/metrics").text
        assert 'recsys_written_total{kind="articles"} 1.0' in metrics


def ask_anew(served: Served, slug: str) -> int:
    """The status of a question on a connection of its own, which any process may take."""
    return httpx.get(
        f"{served.url}/v1/related", params={"url": address(slug)}, trust_env=False, timeout=30
    ).status_code


def test_what_was_begun_is_answered_when_it_is_asked_to_stop(tmp_path: Path):
    place = fill(tmp_path, newsroom(12))
    key = place.add_key("cms")
    body = b'{"url": "https://harbour.example/late", "headline": "Late"}'
    head = f"PUT /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving(place) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as wire:
            wire.sendall(head.encode() + body[:10])
            time.sleep(0.3)
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            wire.sendall(body[10:])
            said = read_answer(wire)
        assert said.split()[1] == b"200", said
        assert served.process.wait(15) in {0, -signal.SIGTERM}
    with Store.open(place.store) as store:
        assert store.article("https://harbour.example/late") is not None
