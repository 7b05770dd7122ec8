"""One worked example for every rule and every step, small enough to check in the head."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import pytest

from recsys.corpus import Corpus
from recsys.domain import Article
from recsys.request import NO_MINIMUM, Block, Pin, Rules
from recsys.rules import steps
from tests.newsroom import address, article, at, corpus_of, story
from tests.rules.apply import show

NONE = Rules(minimum_relatedness=NO_MINIMUM, never_tags=())
QUERY = article("query", 8, "What is being read")


def news() -> Corpus:
    """Four unrelated stories, and three without headlines: `same1` and `same2` have equal texts."""
    return corpus_of(
        [
            story("ferry", 0, "Ferry late", section="Sport"),
            story("bridge", 1, "Bridge opens", section="World", tags=("storm",)),
            story("vote", 2, "Vote in Eskvale", tags=("sponsored",)),
            story("strike", 3, "Strike is over", section="sport"),
            story("same1", 4, None, "storm floods harbour"),
            story("same2", 5, None, "storm floods harbour"),
            story("other", 6, None, "council passes budget"),
        ],
        at(9),
    )


NEWS = news()


@dataclass(frozen=True)
class Example:
    """Stories with their scores, best first, and what a rule makes of them."""

    rules: Rules
    scores: dict[str, float]
    expected: list[str]
    query: Article | None = QUERY


EXAMPLES = {
    # 1.9 < 2 <= 2.0
    "minimum_relatedness": Example(
        replace(NONE, minimum_relatedness=2.0), {"ferry": 3, "vote": 2, "bridge": 1.9}, ["ferry", "vote"]
    ),
    "only_sections": Example(
        replace(NONE, only_sections=("Sport",)), {"vote": 4, "bridge": 3, "strike": 2, "ferry": 1},
        ["strike", "ferry"],
    ),
    "never_sections": Example(
        replace(NONE, never_sections=("Sport",)), {"vote": 4, "bridge": 3, "strike": 2, "ferry": 1},
        ["vote", "bridge"],
    ),
    "only_tags": Example(replace(NONE, only_tags=("Storm",)), {"vote": 2, "bridge": 1}, ["bridge"]),
    "never_tags": Example(replace(NONE, never_tags=("Storm",)), {"vote": 2, "bridge": 1}, ["vote"]),
    "blocked": Example(replace(NONE, blocked=(address("vote"),)), {"vote": 2, "bridge": 1}, ["bridge"]),
    "blocks": Example(
        replace(NONE, blocks=(Block(address("vote")), Block(address("bridge"), beside=address("elsewhere")))),
        {"vote": 2, "bridge": 1}, ["bridge"],
    ),
    "pinned": Example(
        replace(NONE, pinned=(Pin(address("strike"), 2),)), {"ferry": 3, "bridge": 2, "vote": 1},
        ["ferry", "strike", "bridge", "vote"],
    ),
    # same1 and same2 have a cosine of 1, other has 0 with both
    "most_of_thread": Example(
        replace(NONE, most_of_thread=1), {"same1": 3, "same2": 2, "other": 1}, ["same1", "other"]
    ),
    # after same1: same2 has .9 * .9 - .1 * 1 = .71, other has .9 * .8 - .1 * 0 = .72
    "diversity": Example(
        replace(NONE, diversity=0.1), {"same1": 1, "same2": 0.9, "other": 0.8}, ["same1", "other", "same2"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_rule(name: str):
    example = EXAMPLES[name]
    slugs, scores = list(example.scores), list(example.scores.values())
    assert show(NEWS, slugs, example.rules, query=example.query, scores=scores) == example.expected
    assert show(NEWS, slugs, NONE, query=example.query, scores=scores) == slugs, "without the rule: by score"


def test_every_rule_has_an_example():
    assert {*EXAMPLES, "fill"} == {field.name for field in fields(Rules)}  # filling follows the rules


def test_diversity_as_small_as_the_difference_in_score_changes_nothing():
    """.95 * .9 - .05 * 1 = .805 for same2, .95 * .8 = .76 for other."""
    rules = replace(NONE, diversity=0.05)
    scores = [1, 0.9, 0.8]
    assert show(NEWS, ["same1", "same2", "other"], rules, scores=scores) == ["same1", "same2", "other"]


@pytest.mark.parametrize(
    ("step", "slugs", "expected"),
    [
        ("the article being read", ["ferry", "vote"], ["vote"]),
        ("a copy of the article being read", ["copy", "vote"], ["vote"]),
        ("an update, at the rank of the original", ["bridge", "vote", "bridge2"], ["bridge2", "vote"]),
        ("a reworded headline, the newer stays", ["vote", "dies71", "aged71"], ["vote", "aged71"]),
        ("the same words in another order", ["giants", "tigers"], ["giants", "tigers"]),
    ],
)
def test_duplicates(step: str, slugs: list[str], expected: list[str]):
    corpus = corpus_of(
        [
            story("ferry", 0, "Ferry late"),
            story("copy", 1, "FERRY late"),
            story("vote", 2, "Vote in Eskvale"),
            story("bridge", 3, "Bridge opens"),
            story("bridge2", 4, "Bridge opens (UPDATE 1)"),
            story("dies71", 5, "Star of Delmoor Creek dies at 71"),
            story("aged71", 6, "Star of Delmoor Creek dies aged 71"),
            story("giants", 7, "Giants beat Tigers"),
            story("tigers", 8, "Tigers beat Giants"),
        ],
        at(9),
    )
    assert show(corpus, slugs, NONE, query=corpus.article(address("ferry"))) == expected


# "red" and "blue" have the same two words, so their cosine is 1; "pink" shares none with them.
COLOURS = corpus_of(
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
    found = show(COLOURS, RANKED, replace(NONE, diversity=diversity), scores=scores)
    assert found == ORDERS[diversity, scores]


THREADS = {1: ["red", "pink"], 2: ["red", "blue", "pink"], None: ["red", "blue", "pink"]}


@pytest.mark.parametrize("most", THREADS)
def test_stories_of_the_same_words_are_one_thread(most):
    assert show(COLOURS, RANKED, replace(NONE, most_of_thread=most)) == THREADS[most]


def test_the_steps_are_the_ones_with_examples():
    assert [step.__name__ for step in steps.STEPS] == [
        "keep_related", "exclude", "collapse_stories", "diversify", "limit_threads", "place_pins",
        "drop_duplicates",
    ]  # fmt: skip
