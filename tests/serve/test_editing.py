"""What editors decide at the dashboard: who may, for where and how long, who sees it, and how it is undone.

Several processes are several applications on the same files here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from recsys.config.settings import Settings
from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle
from recsys.request import Block, Pin, Rules
from recsys.serve.api_keys import Right
from recsys.serve.app import create_app
from recsys.serve.dashboard.decision_views import marks_by_url
from recsys.serve.dashboard.overview import build_overview
from recsys.serve.middleware import EdgeMiddleware
from recsys.serve.overrides import OverridesFile
from recsys.serve.sessions import SESSION_TIME, SessionFile
from recsys.serve.state import ServeConfig
from recsys.store import ImpressionSummary
from tests.newsroom import address, newsroom, story
from tests.serve.editing import Editor, InThisProcess, signed_in
from tests.serve.hosting import Place, fill

NASTY = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
QUERY, OTHER, THIRD = address(20), address(3), address(2)
SUMMER_ENDS = "2199-10-27T02:30"  # clocks in Berlin are put back at three in that night
SPRING = "2199-03-31T02:30"  # clocks in Berlin are put forward at two in that night


@dataclass(frozen=True)
class Desk:
    """A place with two applications, as two worker processes are."""

    place: Place
    first: EdgeMiddleware
    second: EdgeMiddleware

    @property
    def overrides(self) -> OverridesFile:
        return OverridesFile(self.place.folder / "recsys-overrides.json")

    def browser(self, app: EdgeMiddleware | None = None, url: str = "http://news.example") -> httpx.Client:
        """A browser without cookies. Background tasks do not run: tests follow when another process would."""
        transport = InThisProcess(app or self.first)
        return httpx.Client(transport=transport, base_url=url, headers={"accept-language": "en"})

    def editor(self, *rights: Right, app: EdgeMiddleware | None = None) -> Editor:
        """An editor who has signed in with a new key."""
        name = f"key-{len(self.place.keys.ring().keys)}"
        return signed_in(self.browser(app), self.place.add_key(name, *rights))


def start(place: Place) -> EdgeMiddleware:
    config = ServeConfig(
        str(place.store),
        str(place.models),
        str(place.keys.path),
        str(place.folder / "recsys-overrides.json"),
    )
    return create_app(config, Settings(zone="Europe/Berlin"))


@contextmanager
def started(place: Place) -> Iterator[EdgeMiddleware]:
    app = start(place)
    try:
        yield app
    finally:
        app.state.live.store.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    place = fill(
        tmp_path_factory.mktemp("desk"),
        [
            *newsroom(24),
            story("nasty", 80, NASTY, NASTY * 5, section=NASTY),
            story("ja", 81, "活路　中国停止で", "本文" * 40),
        ],
    )
    for name in ("monday", "tuesday"):
        save_bundle(load_pretrained_weights(), Manifest(name, figures={"nDCG@5": 0.5}), place.models)
    with ExitStack() as stack:
        yield Desk(place, *(stack.enter_context(started(place)) for _ in range(2)))


@pytest.fixture(autouse=True)
def nothing_decided(desk: Desk) -> Iterator[None]:
    """Every test begins without overrides and sessions of its own."""
    yield
    desk.overrides.path.unlink(missing_ok=True)
    for app in (desk.first, desk.second):
        app.state.live.follow()
        app.state.admission.wrong_keys._buckets.clear()


def recommended(app: EdgeMiddleware, beside: str = QUERY) -> list[str]:
    snapshot = app.state.live.snapshot
    now = datetime.now(UTC)
    return [each.article.url for each in snapshot.recommender.recommend(beside, now, snapshot.request)]


# --- signing in ---


def test_one_signs_in_once_and_the_cookie_is_closed_to_scripts_and_other_sites(desk: Desk):
    key = desk.place.add_key("mika", Right.EDIT)
    for url, prefix, is_secure in (
        ("http://news.example", "", False),
        ("https://news.example", "__Host-", True),
    ):
        editor = Editor(desk.browser(url=url))
        answer = editor.sign_in(key)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = next(each for each in answer.headers.get_list("set-cookie") if "recsys-session=" in each)
        assert cookie.startswith(f"{prefix}recsys-session=")
        assert {"HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={12 * 3600}"} <= set(cookie.split("; "))
        assert ("; Secure" in cookie) is is_secure
        assert "domain" not in cookie.lower()
        token = cookie.partition("=")[2].partition(";")[0]
        files = [each.read_text("utf-8") for each in desk.place.folder.glob("*.json")]
        assert not any(token in text or key in text for text in files)  # hashes only
        for slug in (OTHER, THIRD):  # no key is asked for again
            assert editor.decide(action="block", url=slug).status_code == 303
    desk.place.keys.remove("mika")


def test_the_cookie_of_a_revoked_key_opens_nothing_even_for_a_new_key_of_its_name(desk: Desk):
    editor = signed_in(desk.browser(), desk.place.add_key("gone", Right.EDIT))
    token = editor.token("/overrides")
    desk.place.keys.remove("gone")
    refused = editor.post("/overrides", token=token, action="block", url=OTHER)
    assert refused.status_code == 401
    desk.place.add_key("gone", Right.EDIT)
    assert editor.post("/overrides", token=token, action="block", url=OTHER).status_code == 401
    assert desk.overrides.load().blocked == ()


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(desk: Desk):
    editor = desk.editor(Right.EDIT)
    kept, token = dict(editor.client.cookies), editor.token("/overrides")
    assert editor.post("/sign-out").status_code == 303
    again = desk.browser(desk.second)
    again.cookies.update(kept)
    refused = Editor(again).post("/overrides", token=token, action="block", url=OTHER)
    assert refused.status_code == 401


def test_a_session_ends_by_itself(tmp_path: Path):
    place, now = Place(tmp_path), datetime(2026, 3, 1, tzinfo=UTC)
    place.add_key("mika", Right.EDIT)
    ring = place.keys.ring()
    token = SessionFile(tmp_path / "sessions.json").open(ring.keys[0], now)
    other = SessionFile(tmp_path / "sessions.json")
    assert other.find(token, ring, now + SESSION_TIME - timedelta(seconds=1)) is not None
    assert other.find(token, ring, now + SESSION_TIME) is None
    for wrong in (None, "", token[:-1], token + "x", "é", "\ud800", "x" * 5_000):
        assert other.find(wrong, ring, now) is None
    assert (tmp_path / "sessions.json").stat().st_mode & 0o777 == 0o600


def test_only_a_key_that_may_change_something_signs_in_and_guesses_are_limited(desk: Desk):
    editor = Editor(desk.browser())
    writer = desk.place.add_key("cms", Right.WRITE)
    assert editor.sign_in(writer).status_code == 403
    statuses = [editor.sign_in(f"rk_{number}").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert not editor.is_signed_in
    desk.place.keys.remove("cms")


FORMS = {
    "/overrides": {"action": "block", "url": OTHER},
    "/decisions": {"decision": "0" * 16},
    "/models": {"model": "monday"},
    "/sign-out": {},
    "/sign-in": {"key": "rk_x"},
}


@pytest.mark.parametrize("path", FORMS)
def test_no_form_of_another_site_is_carried_out(desk: Desk, path: str):
    editor = Editor(desk.browser()) if path == "/sign-in" else desk.editor()
    own, ours = editor.token("/sign-in" if path == "/sign-in" else "/overrides"), editor.origin
    elsewhere = ("https://evil.example", "null", None, f"{ours}.evil.example", "http://[", "")
    cases = [(own, origin) for origin in elsewhere] + [(token, ours) for token in ("", "0" * 64, "é")]
    for token, origin in cases:
        fields, headers = FORMS[path] | {"token": token}, {} if origin is None else {"origin": origin}
        refused = editor.client.post(path, data=fields, headers=headers, follow_redirects=False)
        assert (refused.status_code, "not sent from this page" in refused.text) == (403, True), (
            token,
            origin,
        )
    assert (desk.overrides.load().log, desk.first.state.current_model) == ((), "tuesday")
    if path != "/sign-in":
        assert editor.decide(action="block", url=OTHER).status_code == 303  # still signed in


def test_the_token_of_another_session_is_none(desk: Desk):
    theirs, editor = desk.editor(Right.EDIT).token("/overrides"), desk.editor(Right.EDIT)
    assert editor.decide(token=theirs, action="block", url=OTHER).status_code == 403


def test_a_right_is_needed_for_each_change(desk: Desk):
    operator, editor = desk.editor(Right.OPERATE), desk.editor(Right.EDIT)
    refused = operator.decide(action="block", url=OTHER)
    assert (refused.status_code, "right edit" in refused.text) == (403, True)
    refused = editor.post("/models", model="monday")
    assert (refused.status_code, "right operate" in refused.text) == (403, True)
    assert desk.first.state.current_model == "tuesday"
    assert desk.overrides.load().log == ()


@pytest.mark.parametrize("page", ["/decisions", "/clicks", "/models"])
def test_names_and_figures_are_for_who_is_signed_in(desk: Desk, page):
    answer = desk.browser().get(page, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=%2F{page[1:]}")
    assert desk.editor(Right.EDIT).client.get(page).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/v1/related"]
)
def test_signing_in_leads_only_to_our_own_pages(desk: Desk, target):
    editor = Editor(desk.browser())
    answer = editor.post("/sign-in", key=desk.place.add_key(f"to {target}", Right.EDIT), next=target)
    assert answer.headers["location"] == "/"


def test_signing_in_leads_back_to_the_story_that_was_chosen(desk: Desk):
    browser, chosen = desk.browser(), f"/overrides?url={quote(OTHER, safe='')}&beside={quote(QUERY, safe='')}"
    link = re.search(r'href="(/sign-in\?next=[^"]+)"', browser.get(chosen).text).group(1)
    field = re.search(r'name="next" value="([^"]+)"', browser.get(link).text).group(1)
    key = desk.place.add_key("back", Right.EDIT)
    answer = Editor(browser).post("/sign-in", key=key, next=html.unescape(field))
    assert answer.headers["location"] == chosen


# --- deciding ---


def test_a_story_is_found_by_words_of_its_headline_and_blocked_everywhere(desk: Desk):
    editor = desk.editor(Right.EDIT)
    first = recommended(desk.first)[0]
    headline = desk.first.state.live.snapshot.corpus.article(first).headline
    words = f"{headline.split()[2]} {headline.split()[0][:4].upper()}"
    found = editor.client.get("/overrides", params={"q": words})
    assert f"/overrides?url={first.replace(':', '%3A')}" in found.text
    assert editor.decide(action="block", url=first).headers["location"] == "/overrides"
    assert first not in recommended(desk.first)
    assert "Blocked: not shown" in editor.client.get("/overrides").text


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("中国", "ja"),
        ("活路 停止", "ja"),
        ("中国　活路", "ja"),
        ("<SCRIPT>", "nasty"),
        (address(5), 5),
        ("潮見台 report", 23),
    ],
)
def test_search_knows_words_of_any_language_and_whole_addresses(desk: Desk, query, slug):
    page = desk.browser().get("/", params={"q": query})
    results = page.text.partition('id="preview"')[0]
    assert f'href="{address(slug)}"' in results
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_a_search_without_a_match_says_so(desk: Desk):
    browser = desk.browser()
    assert "No headline contains “zeppelin &lt;b&gt;”" in browser.get("/", params={"q": "zeppelin <b>"}).text
    assert "No story with this address is known" in browser.get("/", params={"q": address("unheard")}).text


def test_a_decision_may_hold_beside_one_story_only(desk: Desk):
    editor = desk.editor(Right.EDIT)
    beside, elsewhere = QUERY, address(14)
    blocked = next(
        url for url in recommended(desk.first, beside) if url in recommended(desk.first, elsewhere)
    )
    done = editor.decide(action="block", url=blocked, scope="beside", beside=beside)
    assert done.status_code == 303
    pin = {"action": "pin", "url": OTHER, "position": "1", "scope": "beside", "beside": beside}
    assert editor.decide(**pin).status_code == 303
    assert recommended(desk.first, beside)[0] == OTHER
    assert blocked not in recommended(desk.first, beside)
    assert recommended(desk.first, elsewhere)[0] != OTHER
    assert blocked in recommended(desk.first, elsewhere)
    page = editor.client.get("/overrides").text
    assert page.count("Only beside “") == 2
    # the same story in every list is another decision
    assert editor.decide(action="block", url=OTHER, scope="everywhere", beside=beside).status_code == 303
    assert len(desk.overrides.load().pinned) == 1
    assert editor.decide(action="release", url=OTHER, beside=beside).status_code == 303
    assert (desk.overrides.load().pinned, len(desk.overrides.load().blocked)) == ((), 2)


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("2199-03-31T01:59", datetime(2199, 3, 31, 0, 59, tzinfo=UTC)),
        ("2199-03-31T03:00", datetime(2199, 3, 31, 1, 0, tzinfo=UTC)),
        ("2199-07-01T12:00", datetime(2199, 7, 1, 10, 0, tzinfo=UTC)),
        ("2199-12-01T12:00", datetime(2199, 12, 1, 11, 0, tzinfo=UTC)),
        (SUMMER_ENDS, datetime(2199, 10, 27, 1, 30, tzinfo=UTC)),  # the second of two
        ("2199-10-27T01:59", datetime(2199, 10, 26, 23, 59, tzinfo=UTC)),
    ],
)
def test_a_pin_ends_at_the_time_typed_in_the_zone_of_the_site(desk: Desk, typed, until):
    editor = desk.editor(Right.EDIT)
    assert editor.decide(action="pin", url=OTHER, position="1", until=typed).status_code == 303
    assert desk.overrides.load().pinned == (Pin(OTHER, 1, until),)
    page = editor.client.get("/overrides").text
    assert "Europe/Berlin" in page
    assert re.search(rf">\d+ [A-Z][a-z]+ 2199, {typed[-5:]}<", page)  # shown as it was typed
    snapshot = desk.first.state.live.snapshot
    for seconds, holds in ((-1, True), (0, False)):
        moment = until + timedelta(seconds=seconds)
        shown = snapshot.recommender.recommend(QUERY, moment, snapshot.request)
        assert (shown[0].article.url == OTHER) is holds


@pytest.mark.parametrize("action", ["pin", "block"])
@pytest.mark.parametrize(
    ("until", "says"),
    [
        (SPRING, "does not exist in the zone Europe/Berlin"),
        ("2020-01-01T00:00", "in the future"),
        ("soon", "Expected a date"),
    ],
)
def test_a_time_that_is_skipped_or_past_is_refused_with_the_reason(desk: Desk, action, until, says):
    refused = desk.editor(Right.EDIT).decide(action=action, url=OTHER, until=until)
    assert (refused.status_code, says in refused.text) == (422, True)
    assert f'value="{until}"' in refused.text
    assert 'id="until"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert desk.overrides.load().log == ()


def test_a_block_ends_too(desk: Desk):
    editor, first = desk.editor(Right.EDIT), recommended(desk.first)[0]
    assert editor.decide(action="block", url=first, until="2199-12-01T12:00").status_code == 303
    snapshot = desk.first.state.live.snapshot
    for hour, is_shown in ((10, False), (11, True)):
        moment = datetime(2199, 12, 1, hour, tzinfo=UTC)
        shown = snapshot.recommender.recommend(QUERY, moment, snapshot.request)
        assert (first in [each.article.url for each in shown]) is is_shown


def test_what_is_decided_in_one_process_holds_in_the_other_and_after_a_restart(desk: Desk):
    editor = desk.editor(Right.EDIT)
    assert editor.decide(action="pin", url=OTHER, position="1").status_code == 303
    desk.second.state.live.follow()
    assert recommended(desk.second)[0] == OTHER
    theirs = desk.browser(desk.second)
    theirs.cookies.update(dict(editor.client.cookies))  # the session holds there too
    log = theirs.get("/decisions").text
    assert editor_name(desk) in log
    undo = Editor(theirs).post("/decisions", decision=desk.overrides.load().log[0].id)
    assert undo.status_code == 303
    desk.first.state.live.follow()
    assert recommended(desk.first)[0] != OTHER
    with started(desk.place) as again:
        fresh = desk.browser(again)
        fresh.cookies.update(dict(editor.client.cookies))
        page = fresh.get("/decisions").text
        assert (page.count(">Pinned<"), page.count(">Undid the change<")) == (1, 1)


def editor_name(desk: Desk) -> str:
    return desk.place.keys.ring().keys[-1].name


# --- undoing ---


def undo_last(editor: Editor, desk: Desk) -> int:
    return editor.post("/decisions", decision=desk.overrides.load().log[-1].id).status_code


@pytest.mark.parametrize(
    "made",
    [
        {"action": "pin", "url": THIRD, "position": "2"},
        {"action": "pin", "url": OTHER, "position": "3"},  # moves the pin
        {"action": "block", "url": OTHER},  # replaces the pin
        {"action": "block", "url": THIRD, "scope": "beside", "beside": QUERY},
        {"action": "release", "url": OTHER},
    ],
)
def test_every_decision_is_logged_and_can_be_undone_and_done_again(desk: Desk, made):
    editor = desk.editor(Right.EDIT)
    name = editor_name(desk)
    editor.decide(action="pin", url=OTHER, position="1")
    before = desk.overrides.load()
    assert editor.decide(**made).status_code == 303
    after = desk.overrides.load()
    assert (after.log[-1].by, str(after.log[-1].action)) == (name, made["action"])
    assert (after.pinned, after.blocked) != (before.pinned, before.blocked)
    assert undo_last(editor, desk) == 303
    undone = desk.overrides.load()
    assert (undone.pinned, undone.blocked) == (before.pinned, before.blocked)
    assert undo_last(editor, desk) == 303  # undoing what was undone
    assert (desk.overrides.load().pinned, desk.overrides.load().blocked) == (after.pinned, after.blocked)
    assert [str(each.action) for each in desk.overrides.load().log[-2:]] == ["undo", "undo"]


def log_rows(editor: Editor) -> list[str]:
    """The words of each row of the log, latest first."""
    page = editor.client.get("/decisions").text
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


def test_the_log_names_what_was_removed_and_what_holds_then(desk: Desk):
    editor = desk.editor(Right.EDIT)
    for made in ({"action": "pin", "position": "2"}, {"action": "block"}):
        editor.decide(url=OTHER, **made)
        editor.decide(url=OTHER, action="release")
    unblocked, blocked, unpinned, pinned = log_rows(editor)
    assert (unblocked.split()[0], "blocked → shown" in unblocked) == ("Unblocked", True)
    assert "shown → blocked" in blocked
    assert (unpinned.split()[0], "pinned at 2 → shown" in unpinned) == ("Unpinned", True)
    assert "Changed again later, so it cannot be undone" in pinned


def test_stories_that_are_pinned_or_blocked_are_marked_where_stories_are_chosen(desk: Desk):
    editor = desk.editor(Right.EDIT)

    def marks() -> list[list[str]]:
        pages = [editor.client.get(path, params={"q": OTHER}).text for path in ("/", "/overrides")]
        results = [page.partition('role="status"')[2].partition("</ul>")[0] for page in pages]
        return [re.findall(r'<span class="tag">([^<]+)</span>', result) for result in results]

    assert marks() == [[], []]
    editor.decide(action="block", url=OTHER)
    assert marks() == [["Blocked"]] * 2
    editor.decide(action="pin", url=OTHER, until="2199-01-01T00:00")
    editor.decide(action="block", url=OTHER, scope="beside", beside=QUERY)
    assert marks() == [["Pinned", "Blocked beside one story"]] * 2


def test_an_override_that_has_expired_marks_nothing():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    rules = Rules(
        blocked=(THIRD,), pinned=(Pin(OTHER, 1, now),), blocks=(Block(THIRD), Block(QUERY, None, OTHER))
    )
    assert marks_by_url(rules, now) == {THIRD: ["block"], QUERY: ["block_beside"]}


def test_as_many_lists_are_counted_as_the_table_has(desk: Desk):
    now = datetime.now(UTC)
    shown = [ImpressionSummary("news.example", 1_500, now)]
    snapshot = desk.first.state.live.snapshot
    overview, without = build_overview(snapshot, shown, now), build_overview(snapshot, [], now)
    assert overview.lists == sum(each.lists for each in overview.sources) == without.lists + 1_500


def test_what_was_changed_since_is_not_undone_behind_the_back_of_others(desk: Desk):
    editor = desk.editor(Right.EDIT)
    editor.decide(action="pin", url=OTHER, position="1")
    editor.decide(action="pin", url=OTHER, position="2")
    first, second = desk.overrides.load().log
    refused = editor.post("/decisions", decision=first.id)
    assert (refused.status_code, "Something else was decided" in refused.text) == (422, True)
    assert desk.overrides.load().pinned == (Pin(OTHER, 2),)
    page = editor.client.get("/decisions").text
    assert (f'value="{second.id}"' in page, f'value="{first.id}"' in page) == (True, False)
    assert editor.post("/decisions", decision="nonesuch").status_code == 422


def test_a_model_is_chosen_used_at_once_logged_and_undone(desk: Desk):
    editor = desk.editor(Right.OPERATE)
    page = editor.client.get("/models").text
    assert "nDCG@5" in page
    assert "0.500" in page
    assert page.index(">tuesday <span") < page.index(">monday<")
    assert editor.post("/models", model="monday").status_code == 303
    assert (desk.first.state.current_model, desk.first.state.live.snapshot.model) == ("monday", "monday")
    assert desk.second.state.live.follow()
    assert desk.second.state.live.snapshot.model == "monday"
    decision = desk.overrides.load().log[-1]
    assert (str(decision.action), decision.before, decision.after) == ("model", "tuesday", "monday")
    assert "model tuesday → model monday" in " ".join(editor.client.get("/decisions").text.split())
    assert undo_last(editor, desk) == 303
    assert (desk.first.state.current_model, desk.first.state.live.snapshot.model) == ("tuesday", "tuesday")
    undone = log_rows(editor)[0]
    assert "Undid the change now using tuesday" in undone
    assert "Redo" in undone
    for wrong in ("nonesuch", "../x", "", "current"):
        assert editor.post("/models", model=wrong).status_code == 422
    assert desk.first.state.current_model == "tuesday"


def test_hostile_headlines_are_shown_as_text_on_every_page(desk: Desk):
    editor = desk.editor()
    editor.decide(action="pin", url=address("nasty"), position="1")
    nasty = address("nasty")
    chosen = f"/overrides?url={nasty}"
    pages = (f"/?url={nasty}", f"/preview?url={QUERY}", f"{chosen}&beside={nasty}")
    for path in (*pages, f"{chosen}&choose=beside&q=script", "/overrides", "/decisions", "/clicks"):
        text = editor.client.get(path).text
        assert "<script>" not in text
        assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in editor.client.get("/decisions").text


# --- the preview and the languages ---


def test_the_fragment_of_the_live_preview_is_the_list_of_the_page(desk: Desk):
    browser = desk.browser()
    for options in ({"dial": "0.2"}, {"dial": "1"}, {"own": "1", "minimum": "20"}, {"minimum": "20"}):
        whole, part = (browser.get(path, params={"url": QUERY, **options}) for path in ("/", "/preview"))
        urls = re.findall(r'<li><span class="story"><a href="([^"]+)"', part.text)
        answer = whole.text.partition('id="answer"')[2].partition("</section>")[0]
        assert re.findall(r'<li><span class="story"><a href="([^"]+)"', answer) == urls
        assert bool(urls) is ("own" not in options)
        assert ("Nothing to show" in part.text) is ("own" in options)
    assert browser.get("/preview", params={"url": address("unheard")}).status_code == 404
    for bad in ({"url": "x"}, {"url": QUERY, "dial": "2"}, {"url": QUERY, "own": "1", "minimum": "nan"}):
        assert browser.get("/preview", params=bad).status_code == 422


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ja", "ja"), ("ja-JP,ja;q=0.9,en;q=0.8", "ja"), ("en,ja;q=0.9", "en"), ("fr,ja;q=0.3", "ja"),
     ("fr", "en"), ("ja;q=0", "en"), ("", "en"),
     ("*", "en"), ("ja;q=x", "en"), ("EN-gb;q=0.1,JA;q=0.5", "ja")],
)  # fmt: skip
def test_the_language_is_that_of_the_browser(desk: Desk, accepted, language):
    page = desk.browser().get("/", headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in page.text
    assert ("新着記事" in page.text) is (language == "ja")
    assert "accept-language" in page.headers["vary"]


def test_a_chosen_language_is_remembered_and_others_are_not_taken(desk: Desk):
    browser = desk.browser()
    chosen = browser.get("/", params={"language": "ja"})
    cookie = next(each for each in chosen.headers.get_list("set-cookie") if "recsys-language" in each)
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert '<html lang="ja">' in browser.get("/overrides").text
    odd = browser.get("/", params={"language": "xx; Path=/evil"})
    assert "set-cookie" not in odd.headers
    assert '<html lang="ja">' in odd.text


# --- what browsers may do ---


ALL_PAGES = (
    "/",
    "/overrides",
    "/decisions",
    "/clicks",
    "/models",
    "/docs",
    "/sign-in",
    f"/preview?url={QUERY}",
)


@pytest.mark.parametrize("page", ALL_PAGES)
def test_pages_allow_only_our_own_script_and_style(desk: Desk, page):
    answer = desk.editor().client.get(page)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert all('src="/static/' in each for each in re.findall(r"<script[^>]*>", answer.text))
    assert not re.findall(r'(?:src|<link[^>]* href)="(?!/)', answer.text)
    outward = re.findall(r'<a href="http[^>]*>', answer.text)
    assert all('rel="noopener noreferrer"' in link for link in outward)
    with desk.browser() as head:
        assert head.head(page, follow_redirects=False).status_code in {200, 303, 405}
