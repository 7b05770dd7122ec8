"""The simulated newsroom: the same for the same seed, valid wherever lists are read, true to its tastes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from recsys.documents import article_record, format_record, list_record, read_file
from recsys.domain import Article, Kind, Page, RankedList
from recsys.errors import InvalidValueError
from recsys.simulation import Newsroom, Plan, Policy, simulate
from recsys.store import Store
from recsys.text import split_update

SMALL = {"days": 8, "articles_per_day": 20, "views_per_day": 60}


@cache
def newsroom(policy: Policy = Policy.NEWEST, language: str = "en", seed: int = 0) -> Newsroom:
    return simulate(Plan(seed=seed, policy=policy, language=language, **SMALL))


def rows(room: Newsroom, ranked: RankedList) -> np.ndarray:
    row_of = {article.url: row for row, article in enumerate(room.stories.articles)}
    return np.array([row_of[str(item.url)] for item in ranked.items])


def hour(room: Newsroom, ranked: RankedList) -> float:
    return (ranked.observed_at - Plan().end).total_seconds() / 3600 + 24 * Plan().days


def of(room: Newsroom, kind: Kind) -> list[RankedList]:
    return [ranked for ranked in room.all_lists() if ranked.kind is kind]


def test_the_same_seed_makes_the_same_newsroom_and_another_seed_another():
    again = simulate(newsroom().plan)
    assert list(again.pages()) == list(newsroom().pages())
    assert again.truth() == newsroom().truth()
    other = newsroom(seed=1)
    assert {a.headline for a in other.stories.articles} != {a.headline for a in again.stories.articles}


def test_the_policy_changes_what_the_widget_shows_and_nothing_else():
    shuffled = newsroom(Policy.RANDOM)
    assert shuffled.stories.articles == newsroom().stories.articles
    assert shuffled.lists == newsroom().lists
    visits = [
        [(v.shown.observed_at, v.shown.page_url) for v in room.views] for room in (shuffled, newsroom())
    ]
    assert visits[0] == visits[1]
    assert shuffled.views != newsroom().views


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_written_as_interchange_is_read_as_it_was(language: str, tmp_path: Path):
    room = newsroom(language=language)
    path = tmp_path / "all.jsonl"
    records = [article_record(a) for a in room.stories.articles] + [list_record(r) for r in room.all_lists()]
    path.write_text("".join(f"{format_record(record)}\n" for record in records), encoding="utf-8")
    assert list(read_file(path, observed_at=room.plan.end)) == list(room.pages())


def test_a_store_takes_all_of_it_once(tmp_path: Path):
    with Store.open(tmp_path / "news.db") as store:
        first = store.add_all(newsroom().pages())
        digest = store.integrity.digest()
        second = store.add_all(newsroom().pages())
        assert store.integrity.digest() == digest
        assert store.integrity.problems() == ()
    assert first.articles_new == len(newsroom().stories.articles)
    assert first.lists_new == len(list(newsroom().all_lists()))
    assert (second.articles_new, second.articles_changed, second.lists_new) == (0, 0, 0)


def listed_and_not(
    room: Newsroom, kind: Kind, liked: Callable[[np.ndarray, float], np.ndarray]
) -> list[bool]:
    found = []
    for ranked in of(room, kind)[24:]:
        now, listed = hour(room, ranked), rows(room, ranked)
        others = np.setdiff1d(room.stories.between(now - 72, now), listed)
        found.append(liked(listed, now).mean() > liked(others, now).mean() + 1)
        found.append(np.corrcoef(liked(listed, now), np.arange(len(listed)))[0, 1] < -0.5)
    return found


def test_most_read_is_what_readers_want_and_the_front_page_what_editors_hold_important():
    room = newsroom()
    assert np.mean(listed_and_not(room, Kind.POPULAR, room.tastes.interest)) > 0.85
    assert np.mean(listed_and_not(room, Kind.FRONT_PAGE, room.tastes.importance)) > 0.85


def test_editors_link_what_has_to_do_with_a_story_and_was_published_before_it():
    room = newsroom()
    by_url = {article.url: row for row, article in enumerate(room.stories.articles)}
    related, links = of(room, Kind.RELATED), of(room, Kind.INLINE)
    assert len(related) > 100
    for ranked in related + links:
        query, chosen = by_url[str(ranked.page_url)], rows(room, ranked)
        assert (chosen < query).all()
        assert (room.tastes.relation(query, chosen) > 0).all()
    for ranked in links:
        threads = room.stories.threads
        assert (threads[rows(room, ranked)] == threads[by_url[str(ranked.page_url)]]).all()


def test_an_update_repeats_its_headline_with_a_marker_and_its_text_with_something_more():
    def parse(article: Article) -> tuple[str, int]:
        return split_update(article.headline or "")

    articles = newsroom().stories.articles
    updates = [article for article in articles if parse(article)[1]]
    assert updates
    for update in updates:
        bare, number = parse(update)
        earlier = [
            a for a in articles if parse(a) == (bare, number - 1) and a.first_seen_at < update.first_seen_at
        ]
        assert any((update.body or "").startswith(a.body or "?") for a in earlier)


@pytest.mark.parametrize("policy", Policy)
def test_a_click_is_examination_times_attraction(policy: Policy):
    room = newsroom(policy)
    clicked, expected = np.zeros(8), np.zeros(8)
    for view in room.views:
        for item, attractive in zip(view.shown.items, view.attractiveness, strict=True):
            clicked[item.position - 1] += item.clicks
            expected[item.position - 1] += attractive * room.plan.propensities[item.position - 1]
    assert clicked.sum() == room.clicks > 100
    assert (abs(clicked - expected) < 4 * np.sqrt(expected)).all()


def test_the_newest_stand_on_top_unless_the_order_is_random():
    def ages_by_position(room: Newsroom) -> float:
        pairs = [
            (item.position, hour(room, view.shown) - room.stories.hours[row])
            for view in room.views
            for item, row in zip(view.shown.items, rows(room, view.shown), strict=True)
        ]
        return float(np.corrcoef(np.array(pairs).T)[0, 1])

    assert ages_by_position(newsroom(Policy.NEWEST)) > 0.3
    assert abs(ages_by_position(newsroom(Policy.RANDOM))) < 0.1


def test_a_widget_never_shows_the_article_itself_nor_what_is_not_yet_published():
    room = newsroom()
    for view in room.views:
        shown = rows(room, view.shown)
        assert view.shown.page_url not in {item.url for item in view.shown.items}
        assert (room.stories.hours[shown] < hour(room, view.shown)).all()
        assert len(set(shown.tolist())) == len(shown)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("days", 0),
        ("articles_per_day", 0),
        ("views_per_day", -1),
        ("language", "tlh"),
        ("propensities", ()),
        ("propensities", (1.0, 0.0)),
    ],
)
def test_a_plan_that_cannot_be_is_refused(field: str, value: object):
    with pytest.raises(InvalidValueError, match=field):
        Plan(**{field: value})  # type: ignore[arg-type]


def test_the_smallest_newsroom_is_one():
    room = simulate(Plan(days=1, articles_per_day=1, views_per_day=0))
    assert len(room.stories.articles) == 1
    assert next(iter(room.pages())) == Page(article=room.stories.articles[0])
    assert room.clicks == 0
