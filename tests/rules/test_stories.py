"""The editorial rules: no story twice, the last update only, never the article that is being read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recsys.archive import Archive
from recsys.ranking import keep_allowed
from recsys.text import split_update, story_key
from tests.newsroom import address, archive_of, article, at, story

HEADLINES = [
    "Ferry late",
    "Ferry late (UPDATE 1)",
    "Bridge opens",
    "“Bridge”  opens",
    '"BRIDGE" opens',
    "Ferry late (UPDATE 2)",
    "潮見台が開通",
    "潮見台が開通（更新）",
]
ARCHIVE = archive_of([story(n, n, headline) for n, headline in enumerate(HEADLINES)], at(9))


def kept(*slugs: int, beside: object = None, archive: Archive = ARCHIVE) -> list[str]:
    rows = [archive.row_of[address(slug)] for slug in slugs]
    found = keep_allowed(archive, rows, beside)  # type: ignore[arg-type]
    return [archive.stored[row].article.url for row in found]


def urls(*slugs: int) -> list[str]:
    return [address(slug) for slug in slugs]


def test_an_update_takes_the_place_of_its_predecessor():
    assert kept(2, 0, 1) == urls(2, 1)
    assert kept(0, 2, 5, 1) == urls(5, 2)
    assert kept(5, 2, 0) == urls(5, 2)
    assert kept(6, 2, 7) == urls(7, 2)


def test_an_update_that_is_no_candidate_replaces_nothing():
    assert kept(0, 2) == urls(0, 2)


def test_two_spellings_of_one_headline_are_one_story():
    assert len(kept(3, 4)) == 1
    assert len(kept(2, 3, 4)) == 2


def test_neither_the_article_nor_another_of_its_story_stands_beside_it():
    ferry = ARCHIVE.article(address(0))
    assert kept(0, 1, 2, 5, beside=ferry) == urls(2)
    assert kept(2, 3, beside=article("copy", 9, "bridge OPENS")) == urls(3)
    assert kept(0, 2, beside=article("update", 9, "Ferry late (UPDATE 3)")) == urls(2)


def test_an_article_without_headline_is_its_own_story():
    archive = archive_of([story(n, n, None, "The same text.") for n in range(3)], at(9))
    assert kept(0, 1, 2, archive=archive) == urls(0, 1, 2)
    assert kept(0, 1, 2, archive=archive, beside=archive.article(address(1))) == urls(0, 2)


def test_of_nothing_nothing_is_kept():
    assert kept() == []


@given(st.permutations(range(len(HEADLINES))).flatmap(lambda p: st.integers(0, 8).map(lambda n: p[:n])))
def test_every_story_is_kept_once_at_its_first_place_with_its_last_update(slugs):
    found = [int(url.rsplit("/", 1)[1]) for url in kept(*slugs)]
    keys = [story_key(HEADLINES[slug]) for slug in found]
    assert len(set(keys)) == len(keys)
    assert keys == list(dict.fromkeys(story_key(HEADLINES[slug]) for slug in slugs))
    for slug, key in zip(found, keys, strict=True):
        same = [split_update(HEADLINES[each])[1] for each in slugs if story_key(HEADLINES[each]) == key]
        assert split_update(HEADLINES[slug])[1] == max(same)
