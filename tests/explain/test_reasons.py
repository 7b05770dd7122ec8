"""Reasons in words: the names, the words, the age, the place on a list, the links that drive a score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recsys.corpus import Corpus
from recsys.domain import Contribution, Kind
from recsys.explain import give_reasons, shared_names, shared_words
from recsys.explain.list_position import ordinal
from recsys.ranking import BASELINES, LogisticRanker
from recsys.ranking.features import QueryContext
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender, Request
from recsys.request import NO_MINIMUM, Rules
from tests.newsroom import END, address, article, at, corpus_of, newsroom_corpus, shown, story

PLANT = "Officials said on Friday that Tepco would restart the Kashima-Delmoor plant in Niigata."
QUERY = article("query", 60, "Governor to approve restart of Kashima-Delmoor", PLANT)


def plant(*more: object) -> Corpus:
    pages = [
        story(1, 0, "Chairman Visits Kashima-Delmoor Nuclear Plant, Tepco’s Pride", None),
        story(2, 1, "Ferry late again", "The ferry was late again because of fog near the bridge."),
        story(
            3, 2, "Plant to restart soon", "The operator Tepco wants to restart a plant at Kashima-Delmoor."
        ),
        *(story(n, n, f"Quiet day {n}") for n in range(4, 8)),
    ]
    return corpus_of([*pages, *more], at(72))  # type: ignore[list-item]


def reading(corpus: Corpus, hour: float = 70) -> QueryContext:
    return QueryContext(corpus.at(at(hour)), corpus.query(QUERY))


def reasons(corpus: Corpus, slug: int, *features: str, hour: float = 70) -> tuple[str, ...]:
    parts = [
        Contribution(name, "relatedness", 1.0, "", 1.0 / place) for place, name in enumerate(features, 1)
    ]
    return give_reasons(reading(corpus, hour), address(slug), parts)


def test_a_name_ends_where_its_sentence_does():
    text = "The ferry to Brackwater. The mayor of St. Osyth spoke to the Brackwater council."
    corpus = plant(story(8, 3, "Ferry and mayor", f"Today. {text}"))
    asked = QueryContext(corpus.at(at(70)), corpus.query(article("query", 60, "Ferry", text)))
    found = shared_names(asked, corpus.row_of[address(8)])
    assert {"Brackwater", "St. Osyth"} <= set(found)


def test_names_that_both_hold_are_told_in_their_spelling():
    corpus = plant()
    found = shared_names(reading(corpus), corpus.row_of[address(1)])
    assert set(found) == {"Kashima-Delmoor", "Tepco"}
    assert reasons(corpus, 1, "text_text") == (f"same names: {', '.join(found)}",)
    assert reasons(corpus, 1, "names", "lead_headline") == (f"same names: {', '.join(found)}",)


def test_the_rarest_name_comes_first():
    corpus = plant(*(story(f"t{n}", 10 + n, None, f"Later said Tepco in report {n}") for n in range(5)))
    assert shared_names(reading(corpus), corpus.row_of[address(3)]) == ["Kashima-Delmoor", "Tepco"]


def test_words_that_begin_a_sentence_or_stand_in_small_letters_are_no_names():
    corpus = corpus_of([story(1, 0, None, "Officials waited. Since then the Plant was closed.")], at(72))
    assert shared_names(reading(corpus), 0) == []


def test_where_no_name_is_shared_the_words_are():
    corpus = corpus_of([story(1, 0, None, "They restart the old plant soon.")], at(72))
    assert reasons(corpus, 0 + 1, "text_text") == ("same words: restart, plant",)


def test_pairs_of_han_are_told_as_the_run_they_come_from():
    corpus = corpus_of([story(1, 0, "原発再稼働を知事が容認")], at(72))
    asked = QueryContext(corpus.at(at(70)), corpus.query(article("q", 60, "県議会で原発再稼働へ")))
    assert shared_words(asked, 0) == ["原発再稼働"]


def test_a_text_that_was_not_known_yet_gives_no_reason():
    listed = shown(1, 1, headlines=["Quiet week"])
    corpus = corpus_of([listed, story(1, 71, "Quiet week", f"It did. {PLANT}")], at(72))
    assert shared_names(reading(corpus, 70), 0) == []
    assert shared_names(reading(corpus, 72), 0) != []


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (0.5, "less than an hour old"),
        (1.5, "1 hour old"),
        (47, "47 hours old"),
        (48, "2 days old"),
        (71, "2 days old"),
    ],
)
def test_the_age_is_told_in_hours_then_in_days(hour: float, expected: str):
    assert reasons(plant(), 1, "age", hour=hour) == (expected,)


def test_the_place_on_a_list_is_told_with_its_title_and_where_it_moves():
    corpus = plant(
        shown(60, 4, 2, 1, 5, title="ACCESS RANKING"),
        shown(61, 4, 1, 2, 6, title="ACCESS RANKING"),
        shown(61, 3, title="Front", kind=Kind.FRONT_PAGE),
    )
    assert reasons(corpus, 1, "popular_place_0h") == ("2nd in ACCESS RANKING, rising",)
    assert reasons(corpus, 2, "popular_seen_3h") == ("3rd in ACCESS RANKING, falling",)
    assert reasons(corpus, 4, "popular_seen_3h") == ("1st in ACCESS RANKING",)
    assert reasons(corpus, 6, "popular_seen_3h") == ("4th in ACCESS RANKING, new",)
    assert reasons(corpus, 5, "popular_seen_3h") == ("was 4th in ACCESS RANKING",)
    assert reasons(corpus, 3, "front_place_0h", "popular_seen_3h") == ("1st in Front",)
    assert reasons(corpus, 1, "popular_place_0h", hour=60.5) == ("3rd in ACCESS RANKING",)


def test_links_from_similar_stories_are_counted():
    corpus = plant(
        story(8, 3, "Tepco to restart Kashima-Delmoor", PLANT),
        shown(4, 2, kind=Kind.RELATED, beside=3),
        shown(5, 2, kind=Kind.RELATED, beside=8),
        shown(6, 5, kind=Kind.RELATED, beside=4),
        shown(7, 1, kind=Kind.RELATED, beside=3),
    )
    assert reasons(corpus, 2, "inlink_similarity") == ("linked by 2 similar stories",)
    assert reasons(corpus, 3, "outlink_similarity") == ("links to 1 similar story",)
    assert reasons(corpus, 5, "inlinks") == ("linked by 1 story",)


def test_what_adds_most_is_told_first_and_what_adds_nothing_is_not_told():
    corpus = plant(shown(60, 1, title="Most read"))
    found = reasons(corpus, 1, "popular_place_0h", "text_text", "age")
    assert found[0] == "1st in Most read"
    assert found[2] == "2 days old"
    parts = [Contribution("age", "appeal", 1, "", -1.0), Contribution("text_text", "relatedness", 1, "", 2.0)]
    assert len(give_reasons(reading(corpus), address(1), parts)) == 1


def test_every_ranker_gives_reasons_with_its_explanations():
    for ranker in (LogisticRanker(load_pretrained_weights()), *BASELINES.values()):
        recommender = Recommender(newsroom_corpus(), ranker)
        request = Request(explain=True, rules=Rules(minimum_relatedness=NO_MINIMUM))
        for query in (newsroom_corpus().stored[40].article, None):
            for each in recommender.recommend(query, END, request):
                assert each.reasons
                assert each.in_words == " · ".join(each.reasons)
        plain = recommender.recommend(None, END, replace(request, explain=False))
        assert not any(each.reasons for each in plain)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd")],
)
def test_places_are_ordinals(number: int, expected: str):
    assert ordinal(number) == expected
