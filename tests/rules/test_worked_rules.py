"""Worked examples of the rules that compute: diversity, and threads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.newsroom import at, corpus_of, story
from tests.rules.apply import OPEN, show

# "red" and "blue" have the same two words, so their cosine is 1; "pink" shares none with them.
STORIES = corpus_of(
    [story("red", 0, "red", "blue"), story("blue", 1, "blue", "red"), story("pink", 2, "pink")], at(9)
)
RANKED = ["red", "blue", "pink"]

ORDERS = {  # after the first: (1 - diversity) * score - diversity * cosine
    (0.5, (3, 1.8, 1.0)): ["red", "pink", "blue"],  # .9 - .5 = .4 is less than .5
    (0.5, (3, 2.2, 1.0)): ["red", "blue", "pink"],  # 1.1 - .5 = .6 is more than .5
    (0.2, (3, 1.2, 1.0)): ["red", "pink", "blue"],  # .96 - .2 = .76 is less than .8
    (0.2, (3, 1.3, 1.0)): ["red", "blue", "pink"],  # 1.04 - .2 = .84 is more than .8
    (0.0, (3, 1.8, 1.0)): ["red", "blue", "pink"],
}


@pytest.mark.parametrize(("diversity", "scores"), ORDERS)
def test_diversity_trades_score_for_similarity(diversity, scores):
    found = show(STORIES, RANKED, replace(OPEN, diversity=diversity), scores=scores)
    assert found == ORDERS[diversity, scores]


THREADS = {1: ["red", "pink"], 2: ["red", "blue", "pink"], None: ["red", "blue", "pink"]}


@pytest.mark.parametrize("most", THREADS)
def test_stories_of_the_same_words_are_one_thread(most):
    assert show(STORIES, RANKED, replace(OPEN, most_of_thread=most)) == THREADS[most]
