"""Django with a real `recsys serve`: stories are sent, shown with a token, and survive an outage."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from statistics import median

import pytest

from recsys.serve.api_keys import Right
from tests.cms.wagtail.hosting import SOON, Site, copy_site, running, wait_for
from tests.cms.wagtail.test_django import key_of, page_of, save, write_stories
from tests.newsroom import NAMES
from tests.newsroom import text_of as text_about
from tests.serve.hosting import Place, Served, free_port, serving

WHOLE = "</main>"
COSTS = 0.050
"""Seconds that a service which does not answer may cost a page, once a minute."""
BUSY = 0.250
"""What else a view may take on a busy machine."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("service")).allow_unrelated()


@pytest.fixture(scope="module")
def service(place: Place) -> Iterator[Served]:
    with serving(place) as served:
        yield served


@pytest.fixture(scope="module")
def desk(
    plain_base: Site, place: Place, service: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    key = place.add_key("site", Right.WRITE)
    site = copy_site(plain_base, tmp_path_factory.mktemp("desk"), URL=service.url, KEY=key)
    site.manage("loaddata", str(write_stories(site.folder / "stories.json")))
    site.manage("recsys_sync")
    with running(site):
        site.log_in("django-admin/login/")
        wait_for(lambda: site.shown(page_of(7)), within=SOON)
        yield site


def test_the_list_of_a_service_comes_with_its_token(desk, service):
    page = desk.get(page_of(7)).text
    assert f'events="{service.url}/v1/events"' in page
    assert set(desk.shown(page_of(7))[:3]) == {desk.url + page_of(each) for each in (1, 13, 19)}
    token = re.search(r'<recsys-related token="([^"]+)"', page).group(1)
    shown = {"kind": "shown", "token": token, "view": "0" * 32}
    clicked = {**shown, "kind": "clicked", "position": 1}
    with service.client() as reader:
        answer = reader.post("/v1/events", json={"events": [shown, clicked]})
        assert answer.json() == {"counted": 2, "ignored": 0}


def test_saved_stories_are_sent_and_unpublished_ones_never_shown(desk, service):
    save(desk, "/django-admin/plain/story/add/", title="Brackwater: new", text=text_about(NAMES[1], 99))
    new = desk.url + page_of(25)
    with service.client() as asks:
        found = asks.get("/v1/related", params={"url": new}).json()["items"]
        assert desk.url + page_of(7) in {each["url"] for each in found}
    assert desk.shown(page_of(25)) != []
    shown = desk.shown(page_of(7))[1]
    number = shown.rstrip("/").rpartition("/")[2]
    save(desk, f"/django-admin/plain/story/{number}/change/", title="A draft again", status="draft")
    page = desk.get(page_of(7)).text  # the answer is remembered, and shown without it
    assert shown not in page
    assert 'data-position="3"' in page
    save(desk, f"/django-admin/plain/story/{number}/change/", title=f"Brackwater: report {number}")


def test_pins_and_blocks_of_the_site_hold_for_the_answers_of_a_service(desk):
    first, pin = desk.shown(page_of(13))[0], key_of(desk, 4)
    more = {"until_0": "", "until_1": "", "position": "2"}
    desk.post("/django-admin/recsys/pin/add/", story=pin, beside=key_of(desk, 13), **more)
    assert desk.shown(page_of(13))[1] == desk.url + page_of(4)
    assert len(desk.shown(page_of(13))) == 4
    assert "token=" not in desk.get(page_of(13)).text  # it is not the list that the service made
    number = first.rstrip("/").rpartition("/")[2]
    desk.post("/django-admin/recsys/block/add/", story=key_of(desk, int(number)))
    assert first not in desk.shown(page_of(13))


def hang(connection: socket.socket) -> None:
    connection.settimeout(30)
    while connection.recv(65_536):
        pass


NASTY = b"""{"items": [
  {"url": "javascript:alert(1)", "headline": "a"},
  {"url": "https://a.example/1", "headline": "<script>alert(1)</script>"},
  {"url": "https://a.example/2", "headline": 7}, "x", null,
  {"url": "https://a.example/3", "headline": "fine", "image": "data:text/html,x", "published_at": "soon"}],
  "token": "\\"><script>"}"""


def say_nasty_things(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(NASTY), NASTY))
    connection.close()


ILL = {"hanging": hang, "nasty": say_nasty_things}


class Ill:
    """A service on a port that behaves as given."""

    def __init__(self, port: int) -> None:
        self.does = hang
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._do, args=[connection], daemon=True).start()

    def _do(self, connection: socket.socket) -> None:
        with suppress(OSError):
            self.does(connection)


@pytest.mark.parametrize("illness", [*ILL, "dead"])
def test_a_service_that_is_not_well_never_costs_a_page(desk, tmp_path, illness):
    port = free_port()
    ill = None if illness == "dead" else Ill(port)
    if ill is not None:
        ill.does = ILL[illness]
    site = copy_site(desk, tmp_path / "site", URL=f"http://127.0.0.1:{port}")
    with running(site):
        took, pages = [], []
        for number in (7, 7, 8, 9, 10, 11):
            began = time.perf_counter()
            pages.append(site.get(page_of(number)).text)
            took.append(time.perf_counter() - began)
        if illness == "nasty":
            pages.append(
                wait_for(lambda: "recsys-related" in (page := site.get(page_of(7)).text) and page, within=5)
            )
    assert all(WHOLE in page for page in pages)
    assert took[0] < COSTS + 3 * BUSY  # it loads the templates too
    assert max(took[1:]) < COSTS + BUSY
    assert median(took[2:]) < BUSY
    if illness == "nasty":
        assert "<script" not in "".join(pages)
        assert "javascript:" not in "".join(pages)
        assert re.findall(r'<li[^>]*><a href="([^"]+)">', pages[-1]) == [
            "https://a.example/1",
            "https://a.example/3",
        ]
    else:
        assert not any("recsys-related" in page for page in pages)
    if ill is not None:
        ill.socket.close()


def test_changes_during_an_outage_are_sent_afterwards(desk, tmp_path):
    folder = tmp_path / "service"
    folder.mkdir()
    place = Place(folder)
    dead, key = f"http://127.0.0.1:{free_port()}", place.add_key("site", Right.WRITE)
    site = copy_site(desk, tmp_path / "site", URL=dead, KEY=key)
    with running(site):
        site.log_in("django-admin/login/")
        for number in (98, 99):
            fields = {"title": f"Said to nobody {number}", "text": text_about(NAMES[1], number)}
            save(site, "/django-admin/plain/story/add/", **fields)
    assert "not sent; the next change" in site.said()
    with serving(place) as served, served.client() as asks:
        again = replace(site, recsys=site.recsys | {"URL": served.url})
        assert "changes sent" in again.manage("recsys_sync")
        found = asks.get("/v1/related", params={"url": site.url + page_of(26)}).json()["items"]
        assert site.url + page_of(27) in {each["url"] for each in found}
