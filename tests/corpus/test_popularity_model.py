"""The popularity model predicts the career of a story on the most-read list from its words."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.corpus.popularity_model import OUTCOMES, outcomes_of
from recsys.domain import Kind
from tests.newsroom import at, corpus_of, shown, story


def test_an_outcome_is_the_highest_place_and_the_hours_of_the_first_day():
    pages = [
        *(story(n, 0) for n in range(12)),
        *(shown(hour, 0, 1) for hour in (1, 1.5, 2)),
        shown(30, 2, 1),  # a day later: too late to count
        shown(3, 3, kind=Kind.FRONT_PAGE),
    ]
    corpus = corpus_of(pages, at(40))
    outcomes = outcomes_of(corpus.lists, corpus.first_seen)
    assert outcomes.shape == (12, len(OUTCOMES))
    rows = [corpus.row_of[f"https://harbour.example/{n}"] for n in range(4)]
    expected = [[1.0, 2 / 24], [0.9, 2 / 24], [0, 0], [0, 0]]
    np.testing.assert_allclose(outcomes[rows], expected, rtol=1e-6)


@pytest.mark.parametrize("field", ["headline", "text"])
def test_words_of_stories_that_were_read_promise_more(field):
    """Every second story is about Anslow, and every one of these is read; words learn it in two days."""
    pages = []
    for n in range(60):
        about = "Anslow ferry" if n % 2 else "Eskvale bridge"
        pages.append(story(n, n, f"{about} {n}", f"{about} harbour council storm {n}"))
        pages += [shown(n + hours, n) for hours in (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)] if n % 2 else []
    corpus = corpus_of(pages, at(61))
    predicted_popularity = corpus.predict_popularity().values[field]
    late = np.arange(40, 60)
    read, unread = predicted_popularity[late[late % 2 == 1]], predicted_popularity[late[late % 2 == 0]]
    assert (read > unread).all()


def test_what_is_foretold_of_a_story_knows_nothing_that_came_later():
    pages = [story(n, n, f"Story {n % 3} of {n}") for n in range(40)]
    pages += [shown(n + 2, n) for n in range(0, 40, 3)]
    early = [page for page in pages if _seen(page) < at(30)]
    whole, before = corpus_of(pages, at(99)), corpus_of(early, at(30))
    for field, predicted_popularity in before.predict_popularity().values.items():
        np.testing.assert_array_equal(
            whole.predict_popularity().values[field][: len(predicted_popularity)], predicted_popularity
        )


def _seen(page):
    return page.article.first_seen_at if page.article is not None else page.lists[0].observed_at
