"""The seed page yields exactly its article and its two lists.

After an intended change: pytest tests/documents/test_seed.py --refresh-seed
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from recsys.documents import article_record, list_record, read_file
from recsys.domain import Kind, Page
from recsys.text import split_update

from .conftest import FIXTURES, SEEN

SEED = Path(__file__).parents[2] / "seeds" / "000_3525abcd086fa521.txt"


@pytest.fixture
def seed() -> Page:
    (page,) = read_file(SEED, observed_at=SEEN)
    assert isinstance(page, Page)
    return page


def test_the_seed_yields_what_is_on_record(seed: Page, pytestconfig: pytest.Config) -> None:
    assert seed.article is not None
    found = {"article": article_record(seed.article), "lists": [list_record(each) for each in seed.lists]}
    golden = FIXTURES / "seed.json"
    if pytestconfig.getoption("--refresh-seed", default=False):
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))
    assert seed.warnings == ()


def test_its_article_has_a_caption_six_paragraphs_and_the_dateline_with_its_zone(seed: Page) -> None:
    assert seed.article is not None
    assert seed.article.headline is None
    assert seed.article.published_at is not None
    assert seed.article.published_at.isoformat() == "2025-06-13T12:44:00+09:00"
    assert seed.article.published_at.utcoffset() == timedelta(hours=9)
    caption, *paragraphs = (seed.article.body or "").split("\n")
    assert caption.startswith("Freed Ukrainian prisoners of war (POWs) return")
    assert len(paragraphs) == 6
    assert paragraphs[4].startswith("“They are being provided")
    assert seed.article.label.endswith(" …")


def test_its_lists_are_seen_when_it_was_saved_and_not_when_its_article_was_published(seed: Page) -> None:
    assert [(each.kind, each.title, each.scope, len(each.items)) for each in seed.lists] == [
        (Kind.POPULAR, '"News Services" POPULAR ARTICLE', "News Services", 5),
        (Kind.POPULAR, "JN ACCESS RANKING", None, 5),
    ]
    assert {each.observed_at for each in seed.lists} == {SEEN}
    assert seed.article is not None
    assert seed.article.first_seen_at == SEEN


def test_an_update_marker_is_kept_as_printed(seed: Page) -> None:
    updated = seed.lists[0].items[3].headline
    assert updated.endswith("BOJ Hike Bets (UPDATE 1)")
    assert split_update(updated)[1] == 1
