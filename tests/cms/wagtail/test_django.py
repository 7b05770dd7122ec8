"""Django alone, in-process: what is saved is found, what is not public never is, and settings are checked."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.store import Store
from tests.cms.wagtail.hosting import SOON, Site, copy_site, running, wait_for
from tests.newsroom import NAMES
from tests.newsroom import text_of as text_about

ROOT = Path(__file__).parents[3]
STORIES = 24


@pytest.fixture(scope="module")
def desk(plain_base: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Stories about six names that were there before recsys was; the newest is a draft."""
    site = copy_site(plain_base, tmp_path_factory.mktemp("desk"))
    site.manage("loaddata", str(write_stories(site.folder / "stories.json")))
    with running(site):
        site.log_in("django-admin/login/")
        assert site.shown(page_of(7)) == []
        assert site.manage("recsys_sync") == "23 public stories, 23 changes sent, 0 withdrawn.\n"
        wait_for(lambda: site.shown(page_of(7)), within=SOON)
        yield site


def write_stories(path: Path) -> Path:
    """A Django fixture, which sends no signals."""
    user = {"username": "editor", "is_staff": True, "is_superuser": True, "password": "md5$a$" + MD5}
    rows = [{"model": "auth.user", "pk": 1, "fields": user}]
    rows.append({"model": "plain.desk", "pk": 1, "fields": {"name": "Harbour"}})
    for n in range(1, STORIES + 1):
        name, at = NAMES[n % len(NAMES)], datetime(2025, 6, 1, tzinfo=UTC) + timedelta(hours=n)
        link = f"<a href='/stories/{max(n - len(NAMES), 1)}/'>what was before</a>"
        text = f"<p>{text_about(name, n)}</p><p>See {link}.</p>"
        fields = {"title": f"{name}: report {n}", "text": text, "published_at": at.isoformat(), "desk": 1}
        rows.append({"model": "plain.story", "pk": n, "fields": fields | {"status": "published"}})
    rows[-1]["fields"]["status"] = "draft"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


MD5 = "ca0592699869b673cb281e4966372494"
"""Of the salt and `secret`."""


def page_of(number: int) -> str:
    return f"/stories/{number}/"


def save(site: Site, path: str, **more: str) -> None:
    """Save a story in Django's admin."""
    fields = {
        "title": "",
        "text": "",
        "status": "published",
        "published_at_0": "",
        "published_at_1": "",
        "desk": "1",
    }
    site.post(path, **fields | more)


def key_of(site: Site, number: int) -> str:
    """How the desk finds a story: by typing a part of its headline or address."""
    query = {"term": page_of(number), "app_label": "recsys", "model_name": "pin", "field_name": "story"}
    found = site.client.get(f"{site.url}/django-admin/autocomplete/", params=query).json()["results"]
    assert len(found) == 1
    return str(found[0]["id"])


def behind_djangos_back(site: Site, sql: str) -> None:
    """What no signal hears of."""
    with closing(sqlite3.connect(site.folder / "site.db", timeout=10)) as database, database:
        assert database.execute(sql).rowcount == 1


def test_existing_articles_are_synced_and_trained_on(desk):
    assert desk.manage("recsys_sync") == "23 public stories, 0 changes sent, 0 withdrawn.\n"
    with Store.open(desk.folder / "recsys.db") as store:
        story = store.article(desk.url + page_of(13))
        links = [each for each in store.read_lists() if each.list.page_url == desk.url + page_of(13)]
    assert story.article.section == "Harbour"
    assert story.article.first_seen_at == datetime(2025, 6, 1, 13, tzinfo=UTC)  # in its place in time
    assert "<" not in story.article.body
    assert [item.url for item in links[0].list.items] == [desk.url + page_of(7)]

    same = {desk.url + page_of(each) for each in (1, 13, 19)}
    assert set(desk.shown(page_of(7))[:3]) == same
    assert "Trained on 22 inline." in desk.manage("recsys_train")
    wait_for(lambda: set(desk.shown(page_of(7))[:3]) == same, within=SOON)


def test_what_is_saved_in_the_admin_is_shown_and_what_is_no_draft(desk):
    assert desk.get(page_of(24)).status_code == 404
    save(
        desk,
        "/django-admin/plain/story/add/",
        title="Brackwater <b>bold</b> & new",
        text=text_about(NAMES[1], 99),
    )
    new = desk.url + page_of(25)
    wait_for(lambda: new in desk.shown(page_of(7)), within=SOON)
    page = desk.get(page_of(7)).text
    assert "Brackwater &lt;b&gt;bold&lt;/b&gt; &amp; new" in page
    assert re.search(
        r"<h2 id=\"recsys-related-1\">More & more</h2>", page
    )  # words of a template are its author's
    assert len(desk.shown(page_of(7))) == 4
    save(desk, "/django-admin/plain/story/25/change/", title="Brackwater is a draft again", status="draft")
    wait_for(lambda: new not in desk.shown(page_of(7)), within=SOON)
    save(
        desk,
        "/django-admin/plain/story/25/change/",
        title="Brackwater is back",
        text=text_about(NAMES[1], 99),
    )
    wait_for(lambda: new in desk.shown(page_of(7)), within=SOON)
    assert desk.shown(page_of(25)) != []
    desk.post("/django-admin/plain/story/25/delete/", post="yes")
    wait_for(lambda: new not in desk.shown(page_of(7)), within=SOON)
    assert desk.get("/django-admin/recsys/story/").text.count("icon-no.svg") >= 2  # withdrawn, and sent


def test_changes_without_a_signal_are_sent_by_the_next_sync(desk):
    behind_djangos_back(desk, "UPDATE plain_story SET status = 'draft' WHERE id = 19")
    assert desk.url + page_of(19) in desk.shown(page_of(7))
    assert "22 public stories, 1 changes sent" in desk.manage("recsys_sync")
    wait_for(lambda: desk.url + page_of(19) not in desk.shown(page_of(7)), within=SOON)
    back = "UPDATE plain_story SET status = 'published', title = 'It is there again' WHERE id = 19"
    behind_djangos_back(desk, back)
    desk.manage("recsys_sync")
    wait_for(lambda: "It is there again" in desk.get(page_of(7)).text, within=SOON)
    behind_djangos_back(desk, "DELETE FROM plain_story WHERE id = 19")
    assert "1 withdrawn" in desk.manage("recsys_sync")
    wait_for(lambda: "It is there again" not in desk.get(page_of(7)).text, within=SOON)


def test_pins_and_blocks_of_djangos_admin_hold_at_once(desk):
    pin = {"story": key_of(desk, 2), "beside": key_of(desk, 7), "position": "1"}
    desk.post("/django-admin/recsys/pin/add/", **pin, until_0="", until_1="")
    pinned = desk.url + page_of(2)
    wait_for(lambda: desk.shown(page_of(7))[0] == pinned, within=SOON)
    assert desk.shown(page_of(8))[0] != pinned
    everywhere = {"story": key_of(desk, 3), "beside": "", "position": "4"}
    desk.post("/django-admin/recsys/pin/add/", **everywhere, until_0="", until_1="")
    for number in (7, 8, 10):
        wait_for(lambda at=number: desk.shown(page_of(at))[3] == desk.url + page_of(3), within=SOON)
    assert desk.shown(page_of(7))[0] == pinned
    desk.post("/django-admin/recsys/block/add/", story=everywhere["story"])
    wait_for(lambda: desk.url + page_of(3) not in desk.shown(page_of(8)), within=SOON)


def test_an_invalid_object_is_listed_and_the_rest_is_sent(desk):
    behind_djangos_back(desk, "UPDATE plain_story SET published_at = '0018-01-01 00:00:00' WHERE id = 5")
    said = desk.manage("recsys_sync", fails=True)
    assert "1 refused, listed above. The others were sent." in said
    assert "plain.story 5: not a valid article: published_at: expected a year from 1900 to 2200" in said


WRONG = [
    ({"STOR": "x"}, "unknown key 'STOR', expected some of ARTICLES, SITE_URL, STORE"),
    ({"URL": "ftp://a"}, "RECSYS['URL']: expected a URL that begins with http:// or https://"),
    ({"RULES": {"dial": 2}}, "RECSYS['RULES'].dial: expected a number from 0"),
    ({"MODELS": 3}, "RECSYS['MODELS']: expected the path of a folder, found 3"),
    ({"ARTICLES": {"plain.Nobody": {}}}, "unknown model 'plain.nobody'"),
    ({"ARTICLES": {"plain.Story": {"hedline": "x"}}}, "unknown 'hedline', expected some of ['body'"),
    ({"ARTICLES": {"plain.Story": "plain.models.Story"}}, "expected a dictionary of fields or a subclass"),
    ({"ARTICLES": {"plain.Story": {"body": "text"}}}, "RECSYS['SITE_URL'] is not set"),
    ({"STORE": "x.db"}, "RECSYS['ARTICLES'] names no model"),
]


def test_settings_that_are_wrong_are_said_by_check(plain_base):
    code = """
from django.conf import settings
from recsys.integrations.django.adapters import reset_adapters
from recsys.integrations.django.apps import check_settings
for settings.RECSYS in {}:
    reset_adapters()
    print([f"{{each.id}} {{each.msg}}" for each in check_settings()])
"""
    settings = [recsys for recsys, _ in WRONG] + [
        {},
        {"ARTICLES": {"plain.Story": {}}, "SITE_URL": "https://a.example"},
    ]
    lines = plain_base.manage("shell", "-v0", "-c", code.format(settings)).splitlines()
    for (_, says), line in zip(WRONG, lines, strict=False):
        assert says in line
    assert lines[len(WRONG) :] == ["[]", "[]"]
    known = re.search(r"expected some of ([A-Z_, ]+)", lines[0]).group(1).split(", ")
    rows = re.findall(
        r"^\| (`[A-Z_`, ]+`) \|", (ROOT / "docs" / "django.md").read_text(encoding="utf-8"), re.M
    )
    assert sorted(re.findall("[A-Z_]+", " ".join(rows))) == sorted(known)  # the document has them all
