"""One worked example for every feature column, small enough to check in the head."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt

import pytest

from recsys.domain import Kind
from recsys.ranking.features import APPEAL, RELATEDNESS, columns
from tests.features.worked import (
    MONTH,
    YEAR,
    Example,
    cosine,
    logistic,
    over_the_max,
    rarity,
    reciprocal_rank,
    saturated,
    share,
)
from tests.newsroom import article, shown, story

FORMS_OF_A_VALUE = {"_over_max": over_the_max, "_rr": reciprocal_rank}


def in_all_forms(
    raw: dict[str, tuple[float, ...]], *, shown_as: dict[str, tuple[float, ...]] | None = None
) -> dict[str, tuple[float, ...]]:
    """The raw values, and the same over the maximum and as reciprocal rank."""
    found = dict(raw) | (shown_as or {})
    for name, values in raw.items():
        for suffix, form in FORMS_OF_A_VALUE.items():
            found[name + suffix] = form(values)
    return found


# --- words --------------------------------------------------------------------------------------------------
#
# Each word stands in the primer and in one other story, so that all words are equally rare whenever a row is
# weighed. `lead` is the headline with the first 60 words of the body.

ONE = {"red": 1, "green": 1, "blue": 60, "teal": 1}  # the text of story 1
TWO = {"grey": 1, "pink": 1}  # the text of story 2: its headline alone
QUERY = {"red": 1, "blue": 60, "teal": 1, "grey": 1}
PRIMER = {"red": 1, "green": 1, "blue": 1, "teal": 1, "grey": 1, "pink": 1}
WORDS = (
    story("primer", 0, "red green blue teal grey pink"),
    story(1, 1, "red green", "blue " * 60 + "teal"),
    story(2, 2, "grey pink"),
)


def lead(terms: dict[str, int]) -> dict[str, int]:
    return {term: count for term, count in terms.items() if term != "teal"}


def _cosines() -> dict[str, tuple[float, ...]]:
    query = {"headline": {"red": 1, "grey": 1}, "lead": lead(QUERY), "text": QUERY}
    one = {"headline": {"red": 1, "green": 1}, "lead": lead(ONE), "text": ONE}
    primer, two = dict.fromkeys(one, PRIMER), dict.fromkeys(one, TWO)
    return {
        f"{ours}_{theirs}": tuple(cosine(query[ours], them[theirs]) for them in (primer, one, two))
        for ours in query
        for theirs in one
    }


def _bm25(ours: tuple[str, ...]) -> tuple[float, ...]:
    """Every word stands in two of three stories; a row's length is compared with the mean up to itself."""
    lengths = (6, 63, 2)
    means = (6, 69 / 2, 71 / 3)
    texts = (PRIMER, ONE, TWO)
    return tuple(
        sum(rarity(2, 3) * saturated(text[term], length / mean) for term in ours if term in text)
        for text, length, mean in zip(texts, lengths, means, strict=True)
    )


_BM25 = {
    "text_bm25": _bm25(("red", "blue", "teal", "grey")),
    "lead_bm25": _bm25(("red", "blue", "grey")),
    "headline_bm25": _bm25(("red", "grey")),
}
IN_WORDS = Example(
    "words",
    WORDS,
    article("query", 3, "red grey", "blue " * 60 + "teal"),
    3,
    ("primer", 1, 2),
    in_all_forms(
        _cosines() | _BM25,
        shown_as={name: tuple(value / 50 for value in values) for name, values in _BM25.items()},
    ),
)

# As above each word, name and tag stands in a primer and in one other story. What the query's tags say is
# also
# compared, word by word, with the headlines.
TAGGED = Example(
    "names and tags",
    (
        story("words", 0, "red Anslow blue Brackwater sea", tags=("Sea", "Ice", "Blue", "Snow")),
        story("sea", 0.5, "pink sea"),
        story(1, 1, "red Anslow", tags=("Sea", "Ice")),
        story(2, 2, "blue Brackwater", tags=("Blue",)),
    ),
    article("query", 3, "Anslow by Brackwater", tags=("Sea", "Blue")),
    3,
    (1, 2),
    in_all_forms(
        {
            "names": (1 / sqrt(2), 1 / sqrt(2)),  # one of the query's two names, each as rare as the other
            "tags": (cosine({"sea": 1, "blue": 1}, {"sea": 1, "ice": 1}), 1 / sqrt(2)),
            "tag_words": (0, cosine({"sea": 1, "blue": 1}, {"blue": 1, "brackwater": 1})),
        }
    ),
)


# --- time ---------------------------------------------------------------------------------------------------

# Story 1 has half of the query's words, 2 both, 3 none. Only story 1 has one that is newer and closer.
IN_TIME = Example(
    "time",
    (
        story(1, 0, "red green"),
        story(2, 252 - 20, "red blue"),
        story(3, 251, "pink"),
    ),
    article("query", 252, "red blue"),
    252,
    (1, 2, 3),
    {
        "time_gap_log": (share(252, YEAR), share(20, YEAR), share(1, YEAR)),
        "time_gap_week": (1, 20 / 168, 1 / 168),
        "time_gap_60d": (252 / 1440, 20 / 1440, 1 / 1440),
        "pareto_rank": (1 / 2, 1, 1),
    },
)

# --- section ------------------------------------------------------------------------------------------------

IN_SECTION = Example(
    "same_section",
    (story(1, 0, "red", section="Sport"), story(2, 1, "red", section="World"), story(3, 2, "red")),
    article("query", 3, "red", section="Sport"),
    3,
    (1, 2, 3),
    {"same_section": (1, 0, 0)},
)

# --- topic -------------------------------------------------------------------------------------------------

# 1, 2 and 3 say the same, 4 shares no word with them. The neighbours of the query are 1, 2 and 3, each as
# similar
# as the others, and none is its own neighbour. The headline of 2 is another than those of 1 and 3.
IN_TOPIC = Example(
    "topic",
    (
        story(1, 0, "red", "blue"),
        story(2, 1, "blue", "red"),
        story(3, 2, "red", "blue"),
        story(4, 3, "pink"),
    ),
    article("query", 4, "red", "blue"),
    4,
    (1, 2, 3, 4),
    {
        "cluster_centrality": (2 / 3, 2 / 3, 2 / 3, 0),
        "cluster_centrality_over_max": (1, 1, 1, 0),
        "newer_similarity": (1, 1, 0, 0),
        "newer_headline_similarity": (1, 0, 0, 0),
        "recency_weighted_similarity": (1 - share(4, YEAR), 1 - share(3, YEAR), 1 - share(2, YEAR), 0),
    },
)

# The primer says what the query says; 1 and 2 each have one of the two words (cosine 1 / sqrt(2)), not the
# same. Similarities to the query add up to 1 + 2 / sqrt(2).
CENTRAL = Example(
    "weighted centrality",
    (story("primer", 0, "red teal"), story(1, 1, "red"), story(2, 2, "teal")),
    article("query", 4, "red teal"),
    4,
    ("primer", 1, 2),
    {
        "cluster_centrality": (
            (1 / 2 + 1 / 2) / (1 + sqrt(2)),
            1 / sqrt(2) / (1 + sqrt(2)),
            1 / sqrt(2) / (1 + sqrt(2)),
        ),
        "cluster_centrality_over_max": (1, 1 / sqrt(2), 1 / sqrt(2)),
    },
)

# --- links --------------------------------------------------------------------------------------------------

# The query says "red". So does story 1 (cosine 1, its square 1), and 2 among two words (cosine 1 / sqrt(2),
# its
# square 1/2); 3 and 4 share no word with it. The text of 1 links to 3, 4 and 2 (hour 10), that of 2 to 4
# (hour
# 12); the related box of 2 holds 4 (hour 14), and so does that of 3 (hour 18). 2 has linked to 4 before: a
# link
# counts once, from when it was first drawn.
_LINKED_BY = (0, 1, 1, 1 + 1 / 2)
_BOXED_LATELY = 1 / 2 * exp(-(20 - 14) / 48)
LINKED = Example(
    "links",
    (
        story("primer", 0, "red teal"),
        story(2, 1, "red teal"),
        story(1, 2, "red"),
        story(3, 3, "blue"),
        story(4, 4, "pink"),
        shown(10, 3, 4, 2, kind=Kind.INLINE, beside=1),
        shown(12, 4, kind=Kind.INLINE, beside=2),
        shown(14, 4, kind=Kind.RELATED, beside=2),
        shown(18, 4, kind=Kind.RELATED, beside=3),
    ),
    article("query", 20, "red"),
    20,
    (1, 2, 3, 4),
    {
        "inlinks": (0, share(1, 50), share(1, 50), share(3, 50)),
        "inlink_recency": (0, 1 - share(10, YEAR), 1 - share(10, YEAR), 1 - share(2, YEAR)),
        "related_inlinks": (0, 0, 0, share(2, 50)),
        **in_all_forms(
            {
                "inlink_similarity": _LINKED_BY,
                "inlink_similarity_max": (0, 1, 1, 1),
                "outlink_similarity": (1 / 2, 0, 0, 0),
                "cocitation_similarity": (0, 0, 1 / 2, 1 / 2),
                "related_inlink_similarity": (0, 0, 0, 1 / 2),
                "related_inlink_similarity_max": (0, 0, 0, 1 / 2),
                "related_inlink_similarity_decayed": (0, 0, 0, _BOXED_LATELY),
            },
            shown_as={"inlink_similarity": (0, 1, 1, 1)},
        ),
    },
)

# Stories 1 and 2 each have one of the query's two words among two (cosine 1/2, its square 1/4). Story 3 is in
# the related lists of both, seen six and two hours before the query.
RELATED_TWICE = Example(
    "related lists",
    (
        story("primer", 0, "red teal grey pink blue"),
        story(1, 1, "red grey"),
        story(2, 2, "teal pink"),
        story(3, 3, "blue"),
        shown(14, 3, kind=Kind.RELATED, beside=1),
        shown(18, 3, kind=Kind.RELATED, beside=2),
    ),
    article("query", 20, "red teal"),
    20,
    (1, 2, 3),
    {
        "inlinks": (0, 0, share(2, 50)),
        "related_inlinks": (0, 0, share(2, 50)),
        "related_inlink_similarity": (0, 0, 1 / 2),
        "related_inlink_similarity_max": (0, 0, 1 / 4),
        "related_inlink_similarity_decayed": (0, 0, (exp(-6 / 48) + exp(-2 / 48)) / 4),
    },
)

# --- format -------------------------------------------------------------------------------------------------

FORMED = {
    "format_live": ("Live: the storm", "live/1"),
    "format_video": ("Storm seen", "videos/2"),
    "format_sport": ("Storm wins", "sport/3"),
    "format_question": ("Is it a storm?", "4"),
    "format_explainer": ("Why storms come", "5"),
    "format_quote": ("'Storm' comes", "6"),
    "format_colon": ("Storm: it came", "7"),
    "format_recording": ("Watch storm come", "8"),
    "format_starts_with_article": ("The storm comes", "9"),
}
_ALSO = {"live/1": ("format_colon",)}
IN_FORM = Example(
    "format",
    tuple(
        story(slug, hour, headline, "x" * 99 if slug == "9" else None)
        for hour, (headline, slug) in enumerate(FORMED.values())
    ),
    article("query", 20, "red"),
    20,
    tuple(slug for _, slug in FORMED.values()),
    {
        name + suffix: tuple(float(slug == own or name in _ALSO.get(slug, ())) for _, slug in FORMED.values())
        for name, (_, own) in FORMED.items()
        for suffix in ("", "_appeal_unlisted")
    }
    | {
        "format_length" + suffix: tuple(
            share(99, 20_000) if slug == "9" else 0 for _, slug in FORMED.values()
        )
        for suffix in ("", "_appeal_unlisted")
    },
)

# --- lists --------------------------------------------------------------------------------------------------

# The same lists of every kind, a list for each look back from hour 50. The first place is 1, the second .9.
# A list
# is the current one until the next of its source is seen.
SEEN = {20: (1, 2), 37: (3, 2), 43: (2, 1), 46.5: (3, 2), 47.5: (1, 2), 48.5: (2, 3), 49.5: (2, 4)}
CURRENT = {24: 20, 12: 37, 6: 43, 3: 46.5, 2: 47.5, 1: 48.5, 0: 49.5}
PLACES = (1.0, 0.9)
ON_LISTS = {
    slug: {seen: PLACES[slugs.index(slug)] for seen, slugs in SEEN.items() if slug in slugs}
    for slug in (1, 2, 3, 4)
}
HOURS_OUT = 50


def list_values(places: dict[float, float]) -> dict[str, float]:
    """What the columns of a group of lists say of a story that stood at these places."""
    hours = [50 - seen for seen in places]
    found = {f"place_{look}h": places.get(seen, 0) for look, seen in CURRENT.items()}
    for half in (1, 3, 8, 24, 96):
        decayed = {
            slug: sum(place * 2 ** (-(50 - seen) / half) for seen, place in each.items())
            for slug, each in ON_LISTS.items()
        }
        own = sum(place * 2 ** (-(50 - seen) / half) for seen, place in places.items())
        found[f"seen_{half}h"] = own / max(decayed.values())
    return found | {
        "is_new": float(49.5 in places and 48.5 not in places),
        "first": 1 - share(max(hours), MONTH),
        "last": 1 - share(min(hours), MONTH),
        "highest": max(places.values()),
        "count": share(len(places), 200),
    }


LIST_VALUES = {slug: list_values(places) for slug, places in ON_LISTS.items()}
LISTED = {slug for slug, places in ON_LISTS.items() if 49.5 in places}
YOUTH = 1 - share(HOURS_OUT, YEAR)


def apart(name: str, values: dict[int, float]) -> dict[str, tuple[float, ...]]:
    """A column for stories on the most-read list and one for the others."""
    found = {name: tuple(value if slug in LISTED else 0 for slug, value in values.items())}
    if name not in {"popular_place_0h", "popular_is_new"}:  # what is on the list now, by definition
        found[f"{name}_unlisted"] = tuple(
            value if slug not in LISTED else 0 for slug, value in values.items()
        )
    return found


def _lists() -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {"on_most_read": tuple(float(slug in LISTED) for slug in ON_LISTS)}
    for group in ("popular", "front", "other"):
        for name in LIST_VALUES[1]:
            found |= apart(f"{group}_{name}", {slug: each[name] for slug, each in LIST_VALUES.items()})
    return found | apart("age", dict.fromkeys(ON_LISTS, share(HOURS_OUT, YEAR)))


def _products() -> dict[str, tuple[float, ...]]:
    """Products of stories that are not on the most-read list, where nothing is known but lists and age."""
    factors = {
        slug: {
            "front_place_0h": each["place_0h"],
            "front_seen_3h": each["seen_3h"],
            "front_first": each["first"],
            "age": YOUTH,
        }
        for slug, each in LIST_VALUES.items()
    }
    names = ("front_place_0h", "front_seen_3h", "front_first", "age")
    return {
        f"{one}_with_{other}": tuple(
            0 if slug in LISTED else each[one] * each[other] for slug, each in factors.items()
        )
        for at, one in enumerate(names)
        for other in names[at + 1 :]
    }


LISTS_OF_A_KIND = {
    kind: tuple(shown(hour, *slugs, kind=kind, title="List") for hour, slugs in SEEN.items())
    for kind in (Kind.POPULAR, Kind.FRONT_PAGE, Kind.RECOMMENDED)
}
ON_ALL_LISTS = Example(
    "lists",
    (*(story(slug, 0) for slug in ON_LISTS), *(page for each in LISTS_OF_A_KIND.values() for page in each)),
    None,
    50,
    tuple(ON_LISTS),
    _lists() | _products(),
)

# The same without any most-read list: every story is unlisted.
OFF_LISTS = replace(
    ON_ALL_LISTS,
    name="lists without a most-read list",
    pages=tuple(page for page in ON_ALL_LISTS.pages if not page.lists or page.lists[0].kind != Kind.POPULAR),
    expected={
        f"{group}_{name}_unlisted": tuple(each[name] for each in LIST_VALUES.values())
        for group in ("front", "other")
        for name in LIST_VALUES[1]
    },
)

# On the front page now, but not on the most-read list: place .9 when another story has it.
ON_THE_FRONT = Example(
    "a live page on the front page",
    (
        story("live/1", 0, "Live: red", "x" * 99),
        shown(49.5, "other", "live/1", kind=Kind.FRONT_PAGE, title="Front"),
    ),
    None,
    50,
    ("live/1",),
    {
        "front_place_0h_unlisted": (0.9,),
        "front_place_0h_with_age": (0.9 * YOUTH,),
        "front_place_0h_with_front_seen_3h": (0.9,),
        "front_place_0h_with_front_first": (0.9 * (1 - share(0.5, MONTH)),),
        "front_place_0h_with_format_live_appeal": (0.9,),
        "front_place_0h_with_format_length_appeal": (0.9 * share(99, 20_000),),
        "front_seen_3h_with_front_first": (1 - share(0.5, MONTH),),
        "front_seen_3h_with_age": (YOUTH,),
        "front_seen_3h_with_format_live_appeal": (1,),
        "front_seen_3h_with_format_length_appeal": (share(99, 20_000),),
        "front_first_with_age": ((1 - share(0.5, MONTH)) * YOUTH,),
        "front_first_with_format_live_appeal": (1 - share(0.5, MONTH),),
        "front_first_with_format_length_appeal": ((1 - share(0.5, MONTH)) * share(99, 20_000),),
        "age_with_format_live_appeal": (YOUTH,),
        "age_with_format_length_appeal": (YOUTH * share(99, 20_000),),
        "format_live_appeal_with_format_length_appeal": (share(99, 20_000),),
        # nothing has taught yet: the chance of either is 1/2, its logit 0
        "predicted_peak_position_unlisted": (0.5,),
        "predicted_hours_listed_unlisted": (0.5,),
        "predicted_peak_position_with_predicted_hours_listed": (0.25,),
        "front_place_0h_with_predicted_peak_position": (0.9 * 0.5,),
        "front_place_0h_with_predicted_hours_listed": (0.9 * 0.5,),
        "front_seen_3h_with_predicted_peak_position": (0.5,),
        "front_seen_3h_with_predicted_hours_listed": (0.5,),
        "front_first_with_predicted_peak_position": ((1 - share(0.5, MONTH)) * 0.5,),
        "front_first_with_predicted_hours_listed": ((1 - share(0.5, MONTH)) * 0.5,),
        "age_with_predicted_peak_position": (YOUTH * 0.5,),
        "age_with_predicted_hours_listed": (YOUTH * 0.5,),
        "predicted_peak_position_with_format_live_appeal": (0.5,),
        "predicted_hours_listed_with_format_live_appeal": (0.5,),
        "predicted_peak_position_with_format_length_appeal": (0.5 * share(99, 20_000),),
        "predicted_hours_listed_with_format_length_appeal": (0.5 * share(99, 20_000),),
    },
)


def prediction_after(outcome: float) -> float:
    """What one story of one word teaches of the next with the same word: one step of AdaGrad from nothing.

    The error of the first guess (1/2) moves the bias by .02 of it and the weight by half of it over the root
    the sum of squares, which begins at .1.
    """
    error = 0.5 - outcome
    weight = -0.5 * error / sqrt(0.1 + error**2)
    return logistic(weight - 0.02 * error)


# Story 1 was at the top of the most-read list in one of the 24 hours after its arrival. Story 2, of the same
# one
# word, came a day later and is on no list.
PREDICTED = Example(
    "predictions from words",
    (story(1, 0, "red"), shown(1, 1, title="Most read"), story(2, 48, "red")),
    None,
    50,
    (2,),
    {
        "predicted_peak_position_unlisted": (prediction_after(1),),
        "predicted_hours_listed_unlisted": (prediction_after(1 / 24),),
    },
)
PREDICTED_LISTED = replace(
    PREDICTED,
    name="predictions for a listed story",
    pages=(*PREDICTED.pages, shown(49, 2, title="Most read")),
    expected={
        "predicted_peak_position": (prediction_after(1),),
        "predicted_hours_listed": (prediction_after(1 / 24),),
    },
)
LISTED_IN_FORM = replace(
    IN_FORM,
    name="format of listed stories",
    pages=(*IN_FORM.pages, shown(19, *IN_FORM.slugs, title="Most read")),
    expected={
        name.removesuffix("_unlisted"): values
        for name, values in IN_FORM.expected.items()
        if name.endswith("_appeal_unlisted")
    },
)

EXAMPLES = (
    IN_WORDS,
    TAGGED,
    IN_TIME,
    IN_SECTION,
    IN_TOPIC,
    CENTRAL,
    LINKED,
    RELATED_TWICE,
    IN_FORM,
    ON_ALL_LISTS,
    OFF_LISTS,
    ON_THE_FRONT,
    PREDICTED,
    PREDICTED_LISTED,
    LISTED_IN_FORM,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_column_has_the_value_that_its_definition_gives(example):
    found = example.values()
    for name, expected in example.expected.items():
        assert found[name] == pytest.approx(expected, abs=2e-6), name


def test_every_column_has_an_example_in_which_it_is_not_0():
    shown_above_0 = {name for each in EXAMPLES for name, values in each.expected.items() if max(values) > 0}
    assert sorted({column.name for column in columns(RELATEDNESS + APPEAL)} - shown_above_0) == []


def test_the_length_of_a_damped_count_is_one_plus_its_logarithm():
    assert cosine({"red": 1}, {"red": 1, "blue": 3}) == pytest.approx(1 / sqrt(1 + (1 + log(3)) ** 2))
