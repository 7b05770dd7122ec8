"""One worked example for every reason: the feature that drives a score, and the phrase an editor reads."""

from __future__ import annotations

import pytest

from recsys.corpus import Corpus
from recsys.domain import Article, Contribution, Kind, Page
from recsys.explain import give_reasons
from recsys.explain.reasons import THEMES, _theme_of
from recsys.ranking import features
from recsys.ranking.features import QueryContext
from recsys.ranking.features.text_features import TEXT
from recsys.ranking.features.topic_features import TOPIC
from tests.newsroom import SITE, address, article, at, corpus_of, shown, story

QUERY = article(
    "query",
    10,
    "Ferry sinks",
    "Rescue boats reach the ferry off Anslow. The rescue by boats.",
    section="Sea",
    tags=("ferry", "fog"),
)
VIDEO = f"https://{SITE}/video/fog-seen-from-above"


def news() -> Corpus:
    """Stories that have something in common with the query, and the lists of the last hours."""
    return corpus_of(
        [
            story("names", 5, "Fog at Anslow", "Fog closed the port of Anslow."),
            story(
                "words",
                5,
                "The boats wait for rescue",
                "Fog all day, and no boats went out, for rescue or trade.",
            ),
            story("section", 5, "Fog in the morning", section="Sea"),
            story("tags", 5, "Fog at noon", tags=("Fog", "weather")),
            Page(Article(SITE, VIDEO, at(5), "Fog seen from above")),
            story("linking", 6, "Ferry sinks", "Rescue boats reach the ferry off Anslow."),
            shown(7, "names", kind=Kind.RELATED, beside="linking"),
            shown(7, "section", kind=Kind.RELATED, beside="words"),
            shown(8, "words", "names", title="Most read"),
            shown(9, "names", "words", title="Most read"),
            shown(9, "section", "tags", kind=Kind.FRONT_PAGE),
            shown(9, "words", kind=Kind.LATEST),
            shown(9, "tags", "words", kind=Kind.RECOMMENDED),
        ],
        at(11),
    )


NEWS = news()
EXAMPLES = [
    ("links", "inlinks", "names", "linked by 1 similar story"),
    ("links", "outlink_similarity", "linking", "links to 1 similar story"),
    ("links", "cocitation_similarity", "section", "linked by 1 similar story"),
    ("age", "age", "names", "6 hours old"),
    ("age", "pareto_rank", "linking", "5 hours old"),
    ("tags", "tags", "tags", "same tag: Fog"),
    ("same_section", "same_section", "section", "same section: Sea"),
    ("format", "format_video", VIDEO, "video"),
    ("predicted", "predicted_peak_position", "names", "headline words that usually attract readers"),
    ("popular", "popular_place_0h", "names", "1st in Most read, rising"),
    ("popular", "popular_place_0h", "words", "2nd in Most read, falling"),
    ("popular", "on_most_read", "words", "2nd in Most read, falling"),
    ("front", "front_place_0h", "tags", "2nd in the front page"),
    ("other", "other_seen_3h", "words", "1st in the latest stories"),
    ("words", "text_text", "names", "same name: Anslow"),
    ("words", "text_text", "words", "same words: rescue, boats"),
]


def reasons(slug: str, *parts: tuple[str, float]) -> tuple[str, ...]:
    context = QueryContext(NEWS.at(at(11)), NEWS.query(QUERY))
    contributions = [Contribution(name, "relatedness", 1.0, "", amount) for name, amount in parts]
    return give_reasons(context, slug if "://" in slug else address(slug), contributions)


@pytest.mark.parametrize(("theme", "feature", "slug", "phrase"), EXAMPLES)
def test_reason(theme: str, feature: str, slug: str, phrase: str):
    assert _theme_of(feature) == theme
    assert reasons(slug, (feature, 1.0)) == (phrase,)


def test_every_theme_has_an_example():
    assert {theme for theme, *_ in EXAMPLES} == set(THEMES)


def test_every_prefix_matches_a_feature():
    names = [column.name for column in features.columns((*features.RELATEDNESS, *features.APPEAL))]
    for theme in THEMES.values():
        for prefix in theme.prefixes:
            assert any(name.startswith(prefix) for name in names), prefix


def test_only_columns_that_compare_texts_are_explained_by_shared_words():
    """A new column without a theme would be, whatever it says: give it one in THEMES."""
    last = list(THEMES)[-1]
    groups = (*features.RELATEDNESS, *features.APPEAL)
    found = {column.name for column in features.columns(groups) if _theme_of(column.name) == last}
    assert found <= {column.name for column in features.columns((TEXT, TOPIC))}


def test_themes_below_a_twentieth_are_not_mentioned_and_at_most_four_are():
    """The sum of what adds is 100 in both cases."""
    assert reasons("names", ("age", 96), ("inlinks", 4), ("text_text", -50)) == ("6 hours old",)
    parts = [("age", 20), ("inlinks", 30), ("text_text", 15), ("popular_place_0h", 25), ("predicted_x", 10)]
    assert reasons("names", *parts) == (
        "linked by 1 similar story",
        "1st in Most read, rising",
        "6 hours old",
        "same name: Anslow",
    )


def test_without_any_reason_the_age_is_given():
    assert reasons("names", ("format_video", 1.0)) == ("6 hours old",)
