"""A story that a service or a store refuses is listed and does not hold up others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.documents.html.link_rules import MAX_INLINE_LINKS
from recsys.integrations.django.adapters import MAX_LANGUAGE, MAX_NAME, MAX_TAGS
from recsys.serve.api_keys import Right
from recsys.serve.schemas import ArticleIn, ListIn
from recsys.store import Store
from tests.cms.wagtail.hosting import Site, copy_site
from tests.cms.wagtail.test_django import page_of
from tests.serve.hosting import Place, Served, serving

STORIES = 230
"""More than one batch."""
REFUSED = (3, 120, 229)
TAGGED = 40
ADAPTER = {"plain.Story": "plain.recommending.OutspokenAdapter"}
CREATE = """
from django.utils import timezone
from plain.models import Story
Story.objects.create(
    title={title!r}, text="It is sent at once.", status="published", published_at=timezone.now()
)
"""
REPAIR = """
from plain.models import Story
for story in Story.objects.filter(title__contains={flaw!r}):
    story.title = "It is in order now"
    story.save()
"""


def write_stories(path: Path, flaw: str) -> str:
    """A fixture in which some stories have a flaw, and one has more tags than a service takes."""
    rows = []
    for n in range(1, STORIES + 1):
        at = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(hours=n)
        title = f"Report {n} from the harbour" + (f" with {flaw}" if n in REFUSED else "")
        text = f"<p>What report {n} says of the harbour.</p>"
        if n == TAGGED:
            text += " ".join(f"#tag{tag}" for tag in range(150)) + f" #{'long' * 600}"
        fields = {"title": title, "text": text, "published_at": at.isoformat(), "status": "published"}
        rows.append({"model": "plain.story", "pk": n, "fields": fields})
    path.write_text(json.dumps(rows), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("service")).allow_unrelated()


@pytest.fixture(scope="module")
def service(place: Place) -> Iterator[Served]:
    with serving(place) as served:
        yield served


@pytest.fixture
def remote_site(plain_base: Site, place: Place, service: Served, tmp_path: Path) -> Site:
    key = place.add_key("site", Right.WRITE)
    return copy_site(plain_base, tmp_path / "site", URL=service.url, KEY=key, ARTICLES=ADAPTER)


def check_sync(site: Site, store: Path, flaw: str, reason: str, *, address: str) -> None:
    """What a sync says and does of stories with a flaw, then and after they changed."""
    site.manage("loaddata", write_stories(site.folder / "stories.json", flaw))

    def known() -> set[str]:
        with Store.open(store) as opened:
            return {each.article.url for each in opened.read_articles()}

    def check_refused(said: str) -> None:
        for number in REFUSED:
            assert f"{address}{page_of(number)}: {reason}" in said
        assert "3 refused, listed above" in said
        assert "The others were sent." in said

    good = {site.url + page_of(n) for n in range(1, STORIES + 1) if n not in REFUSED}
    first = site.manage("recsys_sync", fails=True)
    check_refused(first)
    assert f"{STORIES} public stories, {STORIES - 3} changes sent, 0 withdrawn." in first
    assert known() == good
    with Store.open(store) as opened:
        tags = opened.article(site.url + page_of(TAGGED)).article.tags
    assert tags == tuple(f"tag{n}" for n in range(100))

    site.manage("shell", "-v0", "-c", CREATE.format(title="News"))
    assert known() == good | {site.url + page_of(STORIES + 1)}, "an editor's story does not wait for them"
    again = site.manage("recsys_sync", fails=True)
    check_refused(again)
    assert f"{STORIES + 1} public stories, 0 changes sent, 0 withdrawn." in again

    site.manage("shell", "-v0", "-c", REPAIR.format(flaw=flaw))
    assert site.manage("recsys_sync") == f"{STORIES + 1} public stories, 0 changes sent, 0 withdrawn.\n"
    assert known() == good | {site.url + page_of(n) for n in (*REFUSED, STORIES + 1)}


def test_what_a_service_refuses_is_listed_and_all_others_are_sent(remote_site, place):
    reason = "url: url: expected a host that is written in one alphabet"
    flaw, host = "two alphabets", remote_site.url.replace("127.0.0.1", "h\u0435rald.example")
    check_sync(remote_site, place.store, flaw, reason, address=host)


def test_what_a_store_refuses_is_listed_and_all_others_are_sent(plain_base, tmp_path):
    site = copy_site(plain_base, tmp_path / "site", ARTICLES=ADAPTER)
    reason = "text: expected characters that can be encoded as UTF-8"
    check_sync(site, site.folder / "recsys.db", "half a character", reason, address=site.url)


def test_an_adapter_cuts_to_what_a_service_takes():
    def most(model: type, field: str) -> int:
        found = json.loads(json.dumps(model.model_json_schema()))["properties"][field]
        options = found.get("anyOf", [found])
        return next(each[name] for each in options for name in ("maxItems", "maxLength") if name in each)

    assert most(ArticleIn, "tags") == MAX_TAGS
    assert most(ArticleIn, "language") == MAX_LANGUAGE
    assert {most(ArticleIn, name) for name in ("section", "image", "url")} == {MAX_NAME}
    assert most(ListIn, "items") == MAX_INLINE_LINKS
