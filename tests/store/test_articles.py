"""Articles: what the store makes of pages and of headlines on lists, now and as of a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.domain import Kind, Page
from recsys.errors import InvalidValueError
from recsys.store import Counts, SeenHeadline, Store, StoredArticle
from tests.store.examples import BRIDGE, FERRY, NOON, SITE, TOKYO, article, at, listed, paged


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "recsys.db") as opened:
        yield opened


def only(store: Store) -> StoredArticle:
    (known,) = store.read_articles()
    return known


def test_a_page_comes_back_as_it_was_added(store: Store) -> None:
    said = article(
        headline="Bridge “opens” 橋",
        body="It opened.",
        published_at=NOON.astimezone(TOKYO),
        section="News",
        tags=("bridge", "sea"),
        language="en",
    )
    assert store.add(Page(article=said)) == Counts(articles_new=1)
    known = only(store)
    assert known.article == said
    assert known.article.published_at is not None
    assert known.article.published_at.isoformat() == "2025-06-13T21:00:00+09:00"
    assert known.page_seen_at == at(0)
    assert known.headlines == (SeenHeadline("Bridge “opens” 橋", at(0)),)


def test_a_page_without_headline_has_none(store: Store) -> None:
    store.add(paged(headline=None, body="It opened."))
    assert only(store).article.headline is None
    assert only(store).headlines == ()


def test_an_entry_with_url_becomes_an_article_known_by_its_headline_alone(store: Store) -> None:
    assert store.add(listed(0, ("Bridge opens", BRIDGE))) == Counts(headlines_new=1, lists_new=1, items=1)
    known = only(store)
    assert known.article == article()
    assert known.page_seen_at is None


def test_an_entry_without_url_becomes_an_article_without_address(store: Store) -> None:
    store.add(listed(0, "Bridge opens"))
    known = only(store).article
    assert known.url.startswith("urn:recsys:headline:harbour.example:")
    assert not known.has_address
    assert known.headline == "Bridge opens"


def test_a_page_with_the_same_headline_takes_over_the_entry_without_url(store: Store) -> None:
    store.add(listed(0, "BRIDGE opens"))
    stub = only(store)
    store.add(paged(3, "Bridge  opens", body="It opened."))
    known = only(store)
    assert known.article == article(0, "Bridge  opens", body="It opened.")
    assert known.page_seen_at == at(3)
    assert [each.text for each in known.headlines] == ["BRIDGE opens", "Bridge  opens"]
    (stored,) = store.read_lists()
    assert stored.article_ids == (known.id,)
    assert store.article(stub.article.url) == known


def test_of_two_articles_the_one_first_printed_with_a_headline_owns_it(store: Store) -> None:
    store.add_all([listed(5, "Bridge opens"), paged(4, url=FERRY)])
    (stored,) = store.read_lists()
    assert store.article(FERRY).id == stored.article_ids[0]  # type: ignore[union-attr]
    store.add(paged(3, url=BRIDGE))
    (stored,) = store.read_lists()
    assert store.article(BRIDGE).id == stored.article_ids[0]  # type: ignore[union-attr]


def test_an_update_of_a_story_is_another_headline(store: Store) -> None:
    store.add_all([paged(0), listed(1, "Bridge opens (UPDATE 1)")])
    assert len(list(store.read_articles())) == 2


def test_the_newest_page_wins_and_what_it_leaves_out_stays(store: Store) -> None:
    store.add(paged(5, "Bridge is open", section="News"))
    counts = store.add(paged(1, "Bridge opens", body="It opened.", tags=("bridge",)))
    assert counts == Counts(articles_changed=1)
    known = only(store)
    assert known.article == article(1, "Bridge is open", body="It opened.", section="News", tags=("bridge",))
    assert known.headlines == (SeenHeadline("Bridge opens", at(1)), SeenHeadline("Bridge is open", at(5)))


def test_a_page_that_returns_to_what_it_said_is_the_newest_again(store: Store) -> None:
    store.add_all([paged(1, "Bridge opens"), paged(2, "Bridge shut"), paged(3, "Bridge opens")])
    headlines = [store.article(BRIDGE, before=at(hour)).article.headline for hour in (2, 3, 4)]  # type: ignore[union-attr]
    assert headlines == ["Bridge opens", "Bridge shut", "Bridge opens"]


def test_a_page_read_again_unchanged_is_counted_so(store: Store) -> None:
    assert store.add_all([paged(1), paged(1), paged(2)]) == Counts(articles_new=1, articles_unchanged=2)


def test_before_its_page_was_seen_an_article_has_the_newest_headline_of_its_lists(store: Store) -> None:
    store.add_all(
        [
            listed(1, ("Bridge to open", BRIDGE)),
            listed(2, ("Bridge opens soon", BRIDGE)),
            paged(3, "Bridge open", body="It opened."),
        ]
    )
    (known,) = store.read_articles(before=at(3))
    assert known.article == article(1, "Bridge opens soon")
    assert known.page_seen_at is None
    assert [each.seen_at for each in known.headlines] == [at(1), at(2)]
    assert store.article(BRIDGE, before=at(1)) is None
    assert list(store.read_articles(before=at(1))) == []


def test_a_link_in_a_text_dates_only_what_is_known_through_nothing_else(store: Store) -> None:
    store.add(listed(1, ("here", BRIDGE), kind=Kind.INLINE))
    assert only(store).article == article(1, "here")
    store.add(listed(5, ("Bridge opens", BRIDGE)))
    known = only(store)
    assert known.article == article(5, "Bridge opens")
    assert known.headlines == (SeenHeadline("Bridge opens", at(5)),)
    assert list(store.read_articles(before=at(5))) == []


def test_a_link_without_words_makes_no_article_known(store: Store) -> None:
    store.add(listed(1, ("", BRIDGE), ("Ferry sinks", FERRY)))
    assert only(store).article.url == FERRY
    store.add(paged(4))
    (stored,) = store.read_lists()
    assert stored.article_ids == (store.article(BRIDGE).id, store.article(FERRY).id)  # type: ignore[union-attr]
    assert store.article(BRIDGE).article.first_seen_at == at(4)  # type: ignore[union-attr]


def test_articles_are_found_by_any_spelling_of_their_headline(store: Store) -> None:
    store.add_all([paged(1), listed(2, ("Bridge ‘open’", BRIDGE)), listed(0, "Ferry sinks")])
    (bridge,) = store.find_by_headline(SITE, "bridge 'OPEN'")
    assert bridge.article.url == BRIDGE
    assert [each.article.headline for each in store.find_by_headline(None, "FERRY sinks")] == ["Ferry sinks"]
    assert store.find_by_headline("elsewhere.example", "Ferry sinks") == ()
    assert store.article("https://harbour.example/unknown") is None


def test_the_counts_tell_pages_from_headlines(store: Store) -> None:
    store.add_all([paged(1), listed(0, "Bridge opens", ("Ferry sinks", FERRY)), listed(7, "Bridge opens")])
    counts = store.counts()
    assert (counts.articles, counts.with_page, counts.headline_only) == (2, 1, 1)
    assert (counts.lists, dict(counts.lists_by_kind), counts.items) == (2, {Kind.POPULAR: 2}, 3)
    assert (counts.first_at, counts.last_at) == (at(0), at(7))


def test_an_empty_store_holds_nothing(store: Store) -> None:
    assert store.add_all([]) == Counts()
    assert store.counts().articles == 0
    assert store.counts().first_at is None
    assert list(store.read_articles()) == list(store.read_lists()) == []


def test_text_that_is_no_unicode_is_refused_and_nothing_of_its_batch_is_stored(store: Store) -> None:
    with pytest.raises(InvalidValueError, match="UTF-8"):
        store.add_all([paged(url=FERRY), paged(section="lone \ud800 surrogate")])
    assert list(store.read_articles()) == []


def test_a_site_of_the_longest_name_makes_articles_that_can_be_read(store: Store) -> None:
    page = listed(0, "Bridge opens")
    long = "a" * 2000
    store.add(
        Page(lists=tuple(type(each)(long, each.kind, each.observed_at, each.items) for each in page.lists))
    )
    assert only(store).article.site == long


def test_progress_is_told_after_each_batch(store: Store) -> None:
    heard: list[int] = []
    store.add_all([paged(hour) for hour in range(5)], batch=2, progress=heard.append)
    assert heard == [2, 4, 5]


def test_a_half_read_store_can_be_written_and_closed(tmp_path: Path) -> None:
    with Store.open(tmp_path / "recsys.db") as store:
        store.add_all([paged(1), listed(2, "Ferry sinks"), listed(3, "Ferry sinks")])
        lists = store.read_lists()
        next(lists)
        store.add(listed(4, "Ferry sinks"))
        assert len(list(lists)) == 1  # those that were there when reading began
        articles = store.read_articles()
        next(articles)
        articles.close()  # type: ignore[attr-defined]


def test_of_two_pages_at_one_moment_the_same_one_wins_whichever_came_first(tmp_path: Path) -> None:
    said = [paged(1, "Bridge opens"), paged(1, "Bridge shut")]
    for number, order in enumerate((said, said[::-1])):
        with Store.open(tmp_path / f"{number}.db") as store:
            store.add_all(order)
            assert only(store).article.headline == "Bridge shut"
