"""No time that is sent to a service stops it, and a service that does not follow its store is not ready."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.newsroom import address, newsroom
from tests.serve.conftest import Open
from tests.serve.hosting import fill, serving

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
TIMES = {
    "1899": "1900-01-01T00:00:00+01:00",
    "first": "0001-01-01T00:00:00+14:00",
    "last": "9999-12-31T23:59:59-12:00",
    "2201": "2200-12-31T23:59:59-05:00",
    "tomorrow": TOMORROW,
    "minus one": "-0001-11-30T00:00:00+00:00",
    "nought": "0000-00-00T00:00:00Z",
    "odd zone": "2025-01-01T00:00:00+23:59:59.999999",
    "huge text": "1e400",
    "negative": -62_135_596_800_000,
    "huge": 1e300,
}
PAGE = "<html><head><title>T</title></head><body><article><h1>A bridge</h1><p>{}</p></article></body></html>"
WAYS = {
    "PUT first_seen_at": lambda c, t: c.put(
        "/v1/articles", json={"url": address("bad"), "headline": "Bad", "first_seen_at": t}
    ),
    "PUT several": lambda c, t: c.put(
        "/v1/articles",
        json={
            "articles": [
                {"url": address("beside"), "headline": "Good"},
                {"url": address("bad"), "headline": "Bad", "first_seen_at": t},
            ]
        },
    ),
    "POST list": lambda c, t: c.post(
        "/v1/lists",
        json={
            "site": "harbour.example",
            "kind": "popular",
            "observed_at": t,
            "items": [{"headline": "Bad", "url": address("bad")}],
        },
    ),
    "POST page": lambda c, t: c.post(
        "/v1/pages",
        params={"url": address("bad"), "observed_at": str(t)},
        content=PAGE.format("The bridge was closed. " * 20),
        headers={"content-type": "text/html"},
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
def test_a_time_that_is_none_is_refused_before_anything_is_written(newsdesk: Open, way: str, moment: object):
    answer = WAYS[way](newsdesk.keyed, moment)  # type: ignore[no-untyped-call]
    assert answer.status_code == 422, answer.text
    if moment == TOMORROW:
        assert "at most 5 minutes after now" in answer.text
    for name in ("bad", "beside"):
        assert newsdesk.plain.get("/v1/related", params={"url": address(name)}).status_code == 404
    check_service(newsdesk.keyed)


@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
def test_a_time_of_publication_is_refused_or_planned(newsdesk: Open, moment: object):
    story = {"url": address("planned"), "headline": "Planned", "published_at": moment}
    answer = newsdesk.keyed.put("/v1/articles", json=story)
    assert answer.status_code == (200 if moment == TOMORROW else 422), answer.text
    check_service(newsdesk.keyed)


def check_service(client: httpx.Client) -> None:
    """Writes, questions and withdrawals work, and the service is ready."""
    story = {"url": address("good"), "headline": "A good story of the harbour"}
    assert client.put("/v1/articles", json=story).status_code == 200
    assert client.get("/v1/related", params={"url": address("good")}).status_code == 200
    assert client.delete("/v1/articles", params={"url": address("good")}).status_code == 200
    assert client.get("/readyz").status_code == 200


BAD = -2_208_992_400_000_000


def damage(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        for each in statements:
            connection.execute(each)
        connection.commit()


def test_a_store_with_rows_that_cannot_be_read_is_served_without_them(tmp_path: Path):
    place = fill(tmp_path, newsroom(24))
    damage(
        place.store,
        f"UPDATE articles SET paged_at = {BAD}, first_seen_at = {BAD} WHERE id = 3",
        f"UPDATE readings SET seen_at = {BAD} WHERE revision_id = 3",
        f"UPDATE headlines SET paged_at = {BAD} WHERE article_id = 3",
        "UPDATE lists SET kind = 'odd' WHERE id = 2",
        f"INSERT INTO impressions VALUES ('v', 'harbour.example', 'u', {BAD}, 'nope')",
    )
    key = place.add_key("cms")
    with serving(place, "--click-window", "1m") as served, served.client(key) as client:
        for _ in range(3):
            check_service(client)
        said = served.said()
    assert said.count("articles, id 3") == 1
    assert "recsys check --fix" in said
    assert "Traceback" not in said


def test_a_service_that_cannot_follow_its_store_is_alive_and_not_ready(tmp_path: Path):
    place = fill(tmp_path, newsroom(24))
    with serving(place) as served, served.client() as client:
        ask = {"url": address(20)}
        damage(place.store, "UPDATE meta SET value = 'soon' WHERE name = 'newest'")
        answer = wait_for(client, 503)
        assert str(tmp_path) not in answer.text
        assert "see the service log" in answer.text
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/related", params=ask).status_code == 200, "readers are answered as before"
        damage(place.store, "UPDATE meta SET value = '0' WHERE name = 'newest'")
        assert wait_for(client, 200).json()["status"] == "ok"


def wait_for(client: httpx.Client, status: int) -> httpx.Response:
    until = time.monotonic() + 30
    while (answer := client.get("/readyz")).status_code != status and time.monotonic() < until:
        time.sleep(0.1)
    assert answer.status_code == status
    return answer
