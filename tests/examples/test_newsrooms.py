"""The invented newsrooms are whole, and their sites are read as what they are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.newsrooms import NEWSROOMS, load_newsroom, story_url, topics_by_url, write_site
from recsys.documents import read
from recsys.domain import Kind

ROOT = Path(__file__).parents[2]
OBSERVED_AT = datetime(2026, 6, 1, tzinfo=UTC)
BASE = "http://127.0.0.1:8080/paper"


@pytest.fixture(scope="module", params=NEWSROOMS)
def newsroom(request):
    return load_newsroom(request.param)


@pytest.fixture(scope="module")
def site(newsroom, tmp_path_factory):
    folder = tmp_path_factory.mktemp(newsroom.language)
    write_site(newsroom, folder, BASE)
    return folder


def read_page(path: Path):
    return read(path.read_bytes(), name=str(path), observed_at=OBSERVED_AT)


def test_a_newsroom_has_topics_of_three_to_seven_stories_and_single_ones(newsroom):
    sizes = Counter(each.topic for each in newsroom.stories)
    assert sizes.pop(None) >= 5
    assert len(sizes) >= 7
    assert {3 <= size <= 7 for size in sizes.values()} == {True}
    assert len(newsroom.stories) == {"en": 60, "ja": 32}[newsroom.language]
    assert (newsroom.newest_at - newsroom.stories[0].published_at).days in range(18, 22)


def test_links_in_bodies_lead_to_earlier_stories_of_the_topic(newsroom):
    by_id = {each.id: each for each in newsroom.stories}
    assert len(by_id) == len(newsroom.stories)
    links = [
        (each, by_id[target])
        for each in newsroom.stories
        for target in re.findall(r"\]\(([^)]+)\)", each.body)
    ]
    assert len(links) >= 15
    for story, target in links:
        assert target.topic == story.topic
        assert target.published_at < story.published_at


def test_every_article_page_is_read_as_its_story(newsroom, site):
    for story in newsroom.stories:
        url = story_url(newsroom, story, BASE)
        article = read_page(site / url.removeprefix(f"{BASE}/")).article
        assert (article.url, article.headline) == (url, story.headline)
        assert (article.published_at, article.section) == (story.published_at, story.section)
        assert (article.tags, article.language) == (story.tags, newsroom.language)
        assert "[" not in article.body


def test_related_boxes_hold_the_earlier_stories_of_the_topic(newsroom, site):
    topics = topics_by_url(newsroom, BASE)
    shown = 0
    for url, topic in topics.items():
        related = [
            each for each in read_page(site / url.removeprefix(f"{BASE}/")).lists if each.kind is Kind.RELATED
        ]
        for ranked in related:
            shown += 1
            assert {topics[item.url] for item in ranked.items} == {topic}
    # One related story is no list.
    assert shown >= sum(max(size - 2, 0) for topic, size in Counter(topics.values()).items() if topic)


def test_moving_a_newsroom_keeps_weekdays_and_order(newsroom):
    now = datetime(2030, 2, 3, 4, 5, tzinfo=UTC)
    moved = newsroom.moved_before(now)
    assert 0 <= (now - moved.newest_at).days < 7
    for before, after in zip(newsroom.stories, moved.stories, strict=True):
        assert before.published_at.weekday() == after.published_at.weekday()
    assert [each.id for each in moved.stories] == [each.id for each in newsroom.stories]


def test_a_site_shows_only_what_was_published_at_its_moment(newsroom, tmp_path):
    moment = newsroom.stories[9].published_at
    files = write_site(newsroom, tmp_path, BASE, at=moment)
    pages = [path for path in files if path.suffix == ".html" and path.stem not in ("index", "about")]
    assert len(pages) == 10


def test_the_command_writes_a_site_and_its_topics(tmp_path):
    command = [sys.executable, "-m", "examples.newsrooms", str(tmp_path / "site"), "--newsroom", "japanese"]
    command += [
        "--base-url",
        BASE,
        "--before",
        "2026-11-30T00:00:00Z",
        "--topics",
        str(tmp_path / "topics.tsv"),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (run.returncode, run.stderr) == (0, "")
    rows = [line.split("\t") for line in (tmp_path / "topics.tsv").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 32
    assert all((tmp_path / "site" / url.removeprefix(f"{BASE}/")).is_file() for url, _ in rows)
