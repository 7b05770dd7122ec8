"""What strangers and users of few rights can do to the plugin: read what is not theirs, inflate its counts, take its key."""

from __future__ import annotations

import re
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from recsys.serve.routes.content import BOTS
from tests.cms.wordpress.conftest import Herald
from tests.cms.wordpress.newsroom import create
from tests.cms.wordpress.standards import PLUGIN
from tests.serve.hosting import BROWSER

pytestmark = pytest.mark.cms

ROW = 150
PINS, EXCLUDE = "_recsys_related_pins", "_recsys_related_exclude"
TYPED = "rk_" + "t" * 40
SECRET = "the words of a stranger"
HEALTH = f'{{"status": "ok", "articles": 7, "model": "<b>{SECRET}</b>"}}'.encode()
JOIN = """
$id = wp_insert_user( array( 'user_login' => '{role}', 'user_pass' => 'a test password', 'role' => '{role}' ) );
$id = is_wp_error( $id ) ? get_user_by( 'login', '{role}' )->ID : $id;
return WP_Application_Passwords::create_new_application_password( $id, array( 'name' => wp_generate_password( 8, false ) ) )[0];
"""


@pytest.fixture(autouse=True)
def _as_it_was(herald: Herald) -> Iterator[None]:
    forget_reports(herald)
    yield
    herald.site.php(
        "foreach ( array( 'allow_private', 'client_address', 'report_limits' ) as $name ) { delete_option( \"testing_$name\" ); } return 1;"
    )
    herald.set()


def forget_reports(herald: Herald) -> None:
    herald.site.database.run("USE herald; DELETE FROM wp_recsys_report_rates; DELETE FROM wp_recsys_reports")


def sums(herald: Herald) -> tuple[int, int]:
    """Lists shown and stories clicked today, as the dashboard has them."""
    found = herald.site.php("return array_values( Recsys_Related\\Counts::by_day( 1 ) )[0];")
    return int(found["shown"]), int(found["clicked"])


def token_of(herald: Herald, row: int = ROW) -> str:
    """The token of the list that is shown under a post."""
    found = re.search(r'<recsys-related token="([^"]+)"', herald.page(herald.link(row)))
    assert found
    return found[1]


def event(token: str, position: int | None = None, view: str | None = None) -> dict[str, object]:
    payload: dict[str, object] = {"token": token, "view": view or secrets.token_hex(16)}
    return (
        {**payload, "kind": "shown"}
        if position is None
        else {**payload, "kind": "clicked", "position": position}
    )


def report(herald: Herald, *events: dict[str, object], **headers: str) -> httpx.Response:
    with herald.site.client() as client:
        return client.post(
            "/wp-json/recsys/v1/events", json={"events": list(events)}, headers={**BROWSER, **headers}
        )


def test_pins_are_shown_to_who_may_edit_the_post_and_to_nobody_else(herald: Herald):
    post, pin = herald.posted.posts[ROW], herald.posted.posts[5]
    path, several = f"/wp-json/wp/v2/posts/{post['id']}", f"/wp-json/wp/v2/posts?include={post['id']}"
    with herald.site.client(editor=True) as editor:
        saved = create(editor, {"meta": {PINS: [pin["id"]], EXCLUDE: True}}, post["id"])
        assert saved["meta"][PINS] == [pin["id"]]
        known = editor.get(path, params={"context": "edit"}).json()["meta"]
        assert (known[PINS], known[EXCLUDE]) == ([pin["id"]], True)
    try:
        for role in (None, "subscriber", "contributor", "author"):
            auth = None if role is None else (role, herald.site.php(JOIN.format(role=role)))
            with httpx.Client(base_url=herald.site.url, auth=auth, timeout=60, trust_env=False) as client:
                for asked in (path, several):
                    for context in ("view", "embed", "edit"):
                        answer = client.get(asked, params={"context": context, "_embed": "1"})
                        assert "_recsys_related" not in answer.text, (role, asked, context)
                        assert answer.status_code == 200 or context == "edit"
    finally:
        with herald.site.client(editor=True) as editor:
            create(editor, {"meta": {PINS: [], EXCLUDE: False}}, post["id"])


def test_a_report_that_is_sent_again_counts_once(herald: Herald):
    token, view = token_of(herald), secrets.token_hex(16)
    shown, clicked = sums(herald)
    for _ in range(6):
        report(herald, event(token, view=view))
        report(herald, event(token, 2, view), event(token, 2, view))
    assert sums(herald) == (shown + 1, clicked + 1)
    fresh = [event(token) for _ in range(10)]
    assert report(herald, *fresh, *[event(token, 2, view)] * 20).json() == {"counted": 10}
    assert sums(herald) == (shown + 11, clicked + 1), (
        "showings that count are not taken for clicks that do not"
    )


def test_a_click_on_a_pinned_story_that_is_sent_again_counts_once(herald: Herald):
    post, pins = herald.posted.posts[ROW], [herald.posted.posts[n]["id"] for n in range(8)]
    with herald.site.client(editor=True) as client:
        create(client, {"meta": {PINS: pins}}, post["id"])
        herald.set(k=10)
        token = token_of(herald)
        shown, clicked = sums(herald)
        view = secrets.token_hex(16)
        for _ in range(10):
            report(herald, event(token, view=view), event(token, 100, view), event(token, 100, view))
        assert sums(herald) == (shown + 1, clicked + 1)
        for place in range(93, 101):
            report(herald, event(token, place, view))
        assert sums(herald) == (shown + 1, clicked + 5), "a view has a few clicks"
        create(client, {"meta": {PINS: []}}, post["id"])


def test_what_one_address_reports_is_bounded_and_others_are_heard(herald: Herald):
    herald.site.php("return update_option( 'testing_report_limits', array( 1000, 30 ) );")
    token, (shown, clicked) = token_of(herald), sums(herald)
    statuses = [report(herald, *(event(token) for _ in range(6))).status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert sums(herald) == (shown + 30, clicked)
    assert report(herald, event(token), **{"x-forwarded-for": "192.0.2.77"}).status_code == 429
    assert herald.site.php("return Recsys_Related\\Reports::were_turned_away();") is True
    rows = "USE herald; SELECT COUNT(*) FROM wp_recsys_report_rates"
    assert herald.site.database.run(rows).strip() == "1"
    for address in ("198.51.100.7", "2001:db8::7"):
        herald.site.php(f"return update_option( 'testing_client_address', '{address}' );")
        assert report(herald, event(token)).status_code == 200
    assert sums(herald) == (shown + 32, clicked)


def test_what_one_address_reports_in_a_minute_is_bounded(herald: Herald):
    ask = "Recsys_Related\\Reports::may_come( '{}', {} )"
    one, other = (ask.format("198.51.100.7", events) for events in (60, 1))
    assert herald.site.php(f"return array( {one}, {other}, {ask.format('198.51.100.8', 1)} );") == [
        True,
        False,
        True,
    ]
    herald.site.database.run("USE herald; UPDATE wp_recsys_report_rates SET minute_no = minute_no - 1")
    assert herald.site.php(f"return {other};") is True
    same = [ask.format(f"2001:db8:1:2::{n}", 30) for n in range(3)]
    assert herald.site.php(f"return array( {', '.join(same)} );") == [True, True, False], "one host has many"


def test_one_token_is_good_for_a_few_thousand_reports(herald: Herald):
    token, before = token_of(herald), sums(herald)
    fill = (
        "global $wpdb; $rows = array(); $most = Recsys_Related\\Reports::MOST_OF_TOKEN;"
        f" for ( $n = 0; $n < $most; $n++ ) {{ $rows[] = sprintf( \"('%032x', 0, '%s', 99999)\", $n, md5( '{token}' ) ); }}"
        ' foreach ( array_chunk( $rows, 1000 ) as $some ) { $wpdb->query( "INSERT INTO {$wpdb->prefix}recsys_reports VALUES " . implode( ",", $some ) ); } return 1;'
    )
    herald.site.php(fill)
    report(herald, event(token))
    assert sums(herald) == before
    herald.site.database.run("USE herald; DELETE FROM wp_recsys_reports LIMIT 1")
    report(herald, event(token))
    report(herald, event(token))
    assert sums(herald) == (before[0] + 1, before[1])
    herald.site.database.run("USE herald; UPDATE wp_recsys_reports SET day_no = 1")
    herald.site.php("Recsys_Related\\Reports::forget_old(); return 1;")
    assert herald.site.database.run("USE herald; SELECT COUNT(*) FROM wp_recsys_reports").strip() == "0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null"}, 200),
        ({"origin": "SITE", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "SITE"}, 200),
        ({"user-agent": "Mozilla/5.0 (compatible; lighthouse)"}, 200),
        ({"user-agent": ""}, 200),
    ],
    ids=str,
)
def test_pages_of_other_sites_and_programs_report_nothing(
    herald: Herald, headers: dict[str, str], status: int
):
    token, (shown, _) = token_of(herald), sums(herald)
    sent = {name: value.replace("SITE", herald.site.url) for name, value in headers.items()}
    assert report(herald, event(token), **sent).status_code == status
    counts = status == 200 and "user-agent" not in headers
    assert sums(herald)[0] == shown + counts


def test_the_plugin_knows_the_bots_that_the_service_knows():
    source = (PLUGIN / "recsys-related" / "includes" / "class-reports.php").read_text(encoding="utf-8")
    (listed,) = re.findall(r"const BOTS = array\((.+)\);", source)
    assert tuple(re.findall(r"'(\w+)'", listed)) == BOTS


@dataclass
class Listener:
    """Somebody who listens where a service may be, and writes down what is sent to him."""

    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> set[str]:
        return set(re.findall(r"rk_[\w-]+", "".join(self.heads)))


@contextmanager
def listening(ready: bytes, status: str = "200 OK", *, more: str = "") -> Iterator[Listener]:
    """A listener that answers `GET /readyz`, and 404 to what is withdrawn."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    wire, _ = server.accept()
                except OSError:
                    return
                with wire:
                    found.heads.append(wire.recv(65_536).decode("latin-1"))
                    is_ready = found.heads[-1].startswith("GET")
                    body, said = (ready, status) if is_ready else (b"{}", "404 Not Found")
                    head = (
                        f"HTTP/1.1 {said}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
                    )
                    wire.sendall(head.encode() + body)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def try_connection(herald: Herald, url: str, key: str = "") -> dict[str, object]:
    """What the button on the settings page says."""
    with herald.site.client(editor=True) as client:
        answer = client.post("/wp-json/recsys/v1/test", json={"url": url, "key": key})
    assert answer.status_code == 200, answer.text
    payload = dict(answer.json())
    assert SECRET not in str(payload["message"]) or "service knows" in str(payload["message"])
    assert herald.key not in answer.text
    return payload


def allow_private(herald: Herald) -> None:
    herald.site.php("return update_option( 'testing_allow_private', 1 );")


def test_the_saved_key_goes_to_the_saved_address_only(herald: Herald):
    allow_private(herald)
    with listening(HEALTH) as stranger:
        payload = try_connection(herald, stranger.url)
        assert payload["ok"] is True
        assert "The saved key was not sent" in str(payload["message"])
        assert [head.split()[:2] for head in stranger.heads] == [["GET", "/readyz"]]
        assert "authorization" not in "".join(stranger.heads).lower()

        payload = try_connection(herald, stranger.url, TYPED)
        assert str(payload["message"]).startswith("Connected.")
        assert "<" not in str(payload["message"])
        assert stranger.keys == {TYPED}

        herald.set(url=stranger.url)
        assert str(try_connection(herald, f"{stranger.url}/")["message"]).startswith("Connected.")
        assert stranger.keys == {TYPED, herald.key}


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "x@127.0.0.1",
    ],
)
def test_an_address_inside_the_network_is_not_tested_before_it_is_saved(herald: Herald, host: str):
    with listening(HEALTH) as inside:
        payload = try_connection(herald, f"http://{host}:{inside.port}", TYPED)
        assert payload["ok"] is False
        assert inside.heads == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"]
)
def test_an_address_of_metadata_is_neither_tested_nor_saved(herald: Herald, host: str):
    allow_private(herald)
    url = f"http://{host}"
    assert "link-local" in str(try_connection(herald, url)["message"])
    kept = herald.site.php(f"return Recsys_Related\\Settings::sanitize( array( 'url' => '{url}' ) );")
    assert (kept["url"], kept["key"]) == (herald.served.url, herald.key)


def test_what_a_stranger_answers_is_neither_followed_nor_repeated_nor_read_without_end(herald: Herald):
    allow_private(herald)
    error = f'{{"error": {{"code": "x", "message": "{SECRET}", "field": "{SECRET}"}}}}'.encode()
    with (
        listening(HEALTH) as other,
        listening(b"", "307 Moved", more=f"Location: {other.url}/readyz\r\n") as moved,
    ):
        for url in (moved.url, other.url):
            herald.set(url=url)
            payload = try_connection(herald, moved.url, TYPED)
            assert payload["ok"] is False
        assert other.heads == []
        assert len(moved.heads) == 2
    for ready, status in (
        (error, "500 Broken"),
        (error, "200 OK"),
        (b"<script>" + SECRET.encode(), "200 OK"),
        (b" " * 9_000_000, "200 OK"),
    ):
        with listening(ready, status) as stranger:
            for saved in (stranger.url, herald.served.url):
                herald.set(url=saved)
                payload = try_connection(herald, stranger.url)
                assert payload["ok"] is False
                assert SECRET not in str(payload["message"])


def test_a_key_stays_with_the_address_it_was_written_down_with(herald: Herald):
    change = "Recsys_Related\\Settings::sanitize( array( 'url' => '{}', 'key' => '{}' ) )['key']"
    kept = herald.site.php(
        f"return array( {change.format(herald.served.url + '/', '')}, {change.format('http://127.0.0.1:1', '')}, {change.format('http://127.0.0.1:1', TYPED)} );"
    )
    assert kept == [herald.key, "", TYPED]
    known = "$all = Recsys_Related\\Settings::all(); return array( $all['url'], $all['key'] );"
    by_key = f"define( 'RECSYS_RELATED_KEY', '{TYPED}' ); {known}"
    assert herald.site.php(by_key) == [herald.served.url, herald.key]
    by_both = f"define( 'RECSYS_RELATED_URL', 'http://127.0.0.1:2' ); {by_key}"
    assert herald.site.php(by_both) == ["http://127.0.0.1:2", TYPED]
