"""Later observations change no feature of an earlier moment: there is no leakage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.columns import NAMES as NAMES_OF_GROUPS
from recsys.corpus import Corpus
from recsys.domain import Kind, Page
from recsys.ranking.features import (
    APPEAL,
    RELATEDNESS,
    CandidateSet,
    ColumnGroup,
    QueryContext,
    columns,
    compute,
    find_candidates,
)
from tests.newsroom import END, NAMES, address, at, corpus_of, newsroom, shown, story, text_of

MOMENT = 100.0
SECTIONS = ("Sea", "Town")


def classified_newsroom() -> list[Page]:
    """The newsroom, with sections and tags: a story has its name as a tag, and a topic."""
    return [_classify(page) for page in newsroom()]


def _classify(page: Page) -> Page:
    if page.article is None:
        return page
    number = int(page.article.url.rpartition("/")[2])
    tags = (NAMES[number % len(NAMES)], f"topic {number % 2}")
    return replace(page, article=replace(page.article, tags=tags, section=SECTIONS[number % len(SECTIONS)]))


def seen_at(page: Page) -> object:
    return page.article.first_seen_at if page.article is not None else page.lists[0].observed_at


def earlier(pages: list[Page], hour: float) -> list[Page]:
    return [page for page in pages if seen_at(page) < at(hour)]  # type: ignore[operator]


def answer(
    corpus: Corpus, groups: tuple[ColumnGroup, ...], slug: object, hour: float
) -> dict[str, list[float]]:
    """The columns of every candidate, by its address."""
    query = None if slug is None else corpus.query(corpus.article(address(slug)))
    context = QueryContext(corpus.at(at(hour)), query)
    rows = find_candidates(context)
    matrix = compute(groups, CandidateSet(context, rows))
    return {corpus.stored[row].article.url: matrix[n].tolist() for n, row in enumerate(rows.tolist())}


def assert_same_answers(
    early: Corpus, late: Corpus, groups: tuple[ColumnGroup, ...], slug: object, hour: float = MOMENT
) -> None:
    before, after = answer(early, groups, slug, hour), answer(late, groups, slug, hour)
    assert list(before) == list(after)
    for url, found in before.items():
        np.testing.assert_allclose(after[url], found, rtol=0, atol=1e-6, err_msg=url)


@pytest.fixture(scope="module")
def early() -> Corpus:
    return corpus_of(earlier(classified_newsroom(), MOMENT), at(MOMENT))


@pytest.fixture(scope="module")
def late() -> Corpus:
    return corpus_of(classified_newsroom(), END)


@pytest.mark.parametrize("name", NAMES_OF_GROUPS)
@pytest.mark.parametrize("slug", [32, 28, 29], ids=str)
def test_for_an_article_later_stories_lists_and_links_change_nothing(early, late, name, slug):
    assert_same_answers(early, late, (NAMES_OF_GROUPS[name],), slug)


def test_every_group_is_held_to_that():
    assert tuple(NAMES_OF_GROUPS.values()) == RELATEDNESS + APPEAL


def test_without_an_article_later_stories_and_lists_change_nothing(early):
    assert_same_answers(early, corpus_of(classified_newsroom(), END), APPEAL, None)


def test_a_corpus_as_of_a_moment_is_the_view_at_that_moment(early):
    as_of = corpus_of(classified_newsroom(), at(MOMENT))
    assert_same_answers(early, as_of, RELATEDNESS + APPEAL, 32)
    assert_same_answers(corpus_of(classified_newsroom(), END), as_of, RELATEDNESS + APPEAL, 32)


KINDS = st.sampled_from(list(Kind))


@st.composite
def histories(draw: st.DrawFn) -> list[Page]:
    """A dozen stories, an hour apart, and lists of what was known by then."""
    pages = [story(n, n, f"Story {n}", text_of(NAMES[n % len(NAMES)], n, 20)) for n in range(12)]
    for _ in range(draw(st.integers(0, 12))):
        hour = draw(st.integers(2, 11))
        slugs = draw(st.lists(st.integers(0, hour - 1), min_size=1, max_size=4, unique=True))
        beside = draw(st.integers(0, hour - 1))
        title = draw(st.sampled_from([None, "Most read"]))
        pages.append(shown(hour + 0.5, *slugs, kind=draw(KINDS), beside=beside, title=title))
    return pages


@given(histories(), st.integers(3, 11))
@settings(max_examples=25, deadline=None)  # every example writes two stores
def test_whatever_was_seen_what_came_later_changes_nothing(pages, hour):
    early, late = corpus_of(earlier(pages, hour), at(hour)), corpus_of(pages, at(99))
    assert_same_answers(early, late, RELATEDNESS + APPEAL, hour - 1, hour)
    assert_same_answers(early, late, APPEAL, None, hour)


ARRIVALS = {
    "the page of a story known by its headline": story("stub", 110, "Anslow ferry", text_of("Anslow", 500)),
    "another headline on a list": shown(110, "stub", headlines=["Anslow ferry sinks"], kind=Kind.LATEST),
    "a new text on a known page": story(5, 110, "Another headline", text_of("Brackwater", 900)),
}


@pytest.mark.parametrize("what", ARRIVALS)
def test_where_a_story_stood_stays_the_same_whatever_it_turns_out_to_say(what):
    """What reads its words does not: a corpus holds the last ones, unless it is loaded as of the moment."""
    known = [*earlier(newsroom(), MOMENT), shown(50, "stub", headlines=["Anslow ferry"], kind=Kind.LATEST)]
    early, late = corpus_of(known, at(MOMENT)), corpus_of([*known, ARRIVALS[what]], END)
    by_words = ("predicted_", "format_")
    wordless = np.array([not any(word in each.name for word in by_words) for each in columns(APPEAL)])
    for slug in (32, None):
        before, after = answer(early, APPEAL, slug, MOMENT), answer(late, APPEAL, slug, MOMENT)
        assert list(before) == list(after)
        for url, found in before.items():
            np.testing.assert_allclose(
                np.array(after[url])[wordless], np.array(found)[wordless], rtol=0, atol=1e-6, err_msg=url
            )


def test_a_corpus_as_of_a_moment_holds_no_text_that_came_later():
    known = [*earlier(newsroom(), MOMENT), shown(50, "stub", headlines=["Anslow ferry"], kind=Kind.LATEST)]
    early, full = corpus_of(known, at(MOMENT)), corpus_of([*known, *ARRIVALS.values()], at(MOMENT))
    assert [each.article for each in full.stored] == [each.article for each in early.stored]
    assert_same_answers(early, full, RELATEDNESS + APPEAL, 32)


# --- pages that are read after the moment ---------------------------------------------------------

HEADLINE = "Anslow ferry"
FOUND_EARLY, READ_LATE = 90.0, 110.0
QUERIES = (30, 24)  # about Anslow, like the headlines
PAGES: Mapping[str, Mapping[str, object]] = {
    "similar": {"body": text_of("Anslow", 30), "tags": ("Anslow", "topic 0"), "section": "Sea"},
    "other": {"body": text_of("Eskvale", 900, 200), "tags": ("Eskvale", "topic 1"), "section": "Town"},
}
"""Two pages: one has the tags, the section and much of the text of the queries, the other none of them."""


def found_early(slugs: Iterable[str]) -> list[Page]:
    """What was known at the moment: the newsroom, and a headline of each of some stories."""
    names = list(slugs)
    listed = shown(FOUND_EARLY, *names, headlines=[HEADLINE] * len(names), kind=Kind.LATEST)
    return [*earlier(classified_newsroom(), MOMENT), listed]


def read_late(pages: Mapping[str, str], as_of: datetime = END) -> Corpus:
    """The corpus in which each of these stories gets its page after the moment."""
    late = [story(slug, READ_LATE, HEADLINE, **PAGES[page]) for slug, page in pages.items()]
    return corpus_of([*found_early(pages), *late], as_of)


@pytest.fixture(scope="module")
def one_way_and_the_other() -> tuple[Corpus, Corpus]:
    """Two stories with the same headline, and the pages that they turned out to have; then these exchanged.

    So the words of both corpora are the same, and with them every document frequency, which may count words
    of a page before it was read (see `recsys.evaluation.leakage`).
    """
    return (
        read_late({"first": "similar", "second": "other"}),
        read_late({"first": "other", "second": "similar"}),
    )


@pytest.mark.parametrize("name", NAMES_OF_GROUPS)
@pytest.mark.parametrize("slug", QUERIES)
def test_what_a_page_says_is_unknown_until_it_was_read(one_way_and_the_other, name, slug):
    one, other = one_way_and_the_other
    assert {address("first"), address("second")} <= answer(one, RELATEDNESS, slug, MOMENT).keys()
    assert_same_answers(one, other, (NAMES_OF_GROUPS[name],), slug)


def test_what_a_page_says_is_unknown_without_an_article_too(one_way_and_the_other):
    assert_same_answers(*one_way_and_the_other, APPEAL, None)


@pytest.mark.parametrize("name", ["TEXT", "SECTION", "TOPIC", "FORMAT", "LISTS"])
def test_once_it_was_read_what_a_page_says_matters(one_way_and_the_other, name):
    """Otherwise the tests above could not fail."""
    one, other = one_way_and_the_other
    with pytest.raises(AssertionError, match="Mismatched"):
        assert_same_answers(one, other, (NAMES_OF_GROUPS[name],), QUERIES[0], READ_LATE + 1)


BY_FREQUENCY = frozenset({"TEXT", "TIME", "TOPIC", "LINKS"})
"""Groups that weigh terms by document frequency, which counts the words of a page before it was read."""
FREQUENCIES_IN_LISTS = "predicted_"
"""So do these columns of LISTS."""


@pytest.mark.parametrize("name", sorted(NAMES_OF_GROUPS.keys() - BY_FREQUENCY))
@pytest.mark.parametrize("slug", QUERIES)
def test_a_page_that_is_read_later_changes_nothing(one_way_and_the_other, name, slug):
    """Not even that it will be read is known: nothing differs from the corpus of the moment."""
    group, full = NAMES_OF_GROUPS[name], one_way_and_the_other[0]
    before = answer(corpus_of(found_early(["first", "second"]), at(MOMENT)), (group,), slug, MOMENT)
    after = answer(full, (group,), slug, MOMENT)
    assert list(before) == list(after)
    compared = [FREQUENCIES_IN_LISTS not in column.name for column in group.columns]
    for url, found in before.items():
        np.testing.assert_allclose(
            np.array(after[url])[compared], np.array(found)[compared], rtol=0, atol=1e-6, err_msg=url
        )


def test_a_corpus_as_of_a_moment_holds_no_page_that_was_read_later():
    pages = {"first": "similar", "second": "other"}
    early, as_of = corpus_of(found_early(pages), at(MOMENT)), read_late(pages, at(MOMENT))
    assert_same_answers(early, as_of, RELATEDNESS + APPEAL, QUERIES[0])
