"""A feature that knows the future is found and named; one that does not is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys.corpus.inverted_index import Floats
from recsys.domain import Kind
from recsys.errors import EvaluationError
from recsys.evaluation import Evaluation, Evaluator, Plan, load_pretrained
from recsys.ranking import Baseline
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, Column, ColumnGroup
from recsys.store import Store
from tests.evaluation.leaking import next_places
from tests.newsroom import address, at, newsroom, shown, story, text_of

pytestmark = pytest.mark.slow

PEEK = ColumnGroup(
    (Column("next_place", "appeal", "its place on the next list", "next"),),
    lambda question: next_places(question)[:, None],
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "news.db") as opened:
        opened.add_all(newsroom())
        yield opened


def plan(**more: object) -> Plan:
    return Plan(at(120), at(200), load_pretrained(), **more)  # type: ignore[arg-type]


def evaluated(store: Store, **more: object) -> Evaluation:
    return Evaluator(store).evaluate(plan(**more))


def test_what_keeps_to_the_past_passes_exactly(store):
    check = evaluated(store).leaks
    assert (check.leaks, check.early) == ((), 0)
    assert check.largest <= check.tolerance
    assert (check.moments, check.features) == (5, sum(len(g.columns) for g in RELATEDNESS + APPEAL))
    assert check.queries >= check.moments


def test_a_feature_that_reads_one_later_list_is_found_and_named(store):
    leaks = evaluated(store, groups=(*RELATEDNESS, *APPEAL, PEEK)).leaks.leaks
    assert [(leak.what, leak.name) for leak in leaks] == [("feature", "next_place")]
    (leak,) = leaks
    assert leak.without_future == 0 < leak.with_future <= 1
    assert leak.story.startswith("https://harbour.example/")


def test_a_text_that_was_changed_later_is_not_met_before(store):
    for n in range(40, 60):
        store.add(story(n, 205, "Another headline", text_of("Corvin Delmoor", 900 + n)))
    check = evaluated(store).leaks
    assert (check.leaks, check.early) == ((), 0)


def test_a_page_that_was_read_after_the_story_was_listed_is_counted(store):
    store.add(shown(110, "stub", headlines=["Anslow ferry"], kind=Kind.LATEST))
    store.add(story("stub", 190, "Anslow ferry sinks", text_of("Anslow", 700)))
    check = evaluated(store).leaks
    assert (check.leaks, check.early) == ((), 1)


def body_lengths(candidates: CandidateSet) -> Floats:
    stored = candidates.view.corpus.stored
    return np.array([len(stored[row].article.body or "") for row in candidates.rows], dtype=np.float32)


def known_body_lengths(candidates: CandidateSet) -> Floats:
    return np.where(candidates.page_came_later, 0, body_lengths(candidates)).astype(np.float32)


def sections(candidates: CandidateSet) -> Floats:
    return candidates.view.corpus.sections[candidates.rows].astype(np.float32)


def shared_words(candidates: CandidateSet) -> Floats:
    """Compares the query with whole texts, even those of pages that were not read yet."""
    weighted, index = candidates.context.weighted, candidates.view.corpus.terms["text"]
    if candidates.context.query is None:
        return np.zeros(len(candidates.rows), dtype=np.float32)
    return index.similarity(weighted["text"], candidates.rows)


def similarity(candidates: CandidateSet) -> Floats:
    return candidates.context.similarity_to_all[candidates.rows]


@pytest.mark.parametrize("measure", [body_lengths, sections, shared_words])
def test_a_ranker_that_reads_a_page_before_it_was_read_is_found(store, measure):
    leaks = with_a_late_page(store, measure).leaks.leaks
    assert [(leak.what, leak.name, leak.story) for leak in leaks] == [("score", "mine", address("stub"))]
    if measure is body_lengths:
        assert (leaks[0].without_future, leaks[0].with_future) == (0, len(text_of("Anslow", 700)))


@pytest.mark.parametrize("measure", [known_body_lengths, similarity])
def test_a_ranker_that_knows_which_pages_came_later_passes(store, measure):
    evaluation = with_a_late_page(store, measure)
    assert (evaluation.leaks.leaks, evaluation.leaks.early) == ((), 1)
    assert [each.label for each in evaluation.provenance.systems if each.name == "mine"] == ["of its own"]


def with_a_late_page(store: Store, measure: Callable[[CandidateSet], Floats]) -> Evaluation:
    """An evaluation of a ranker where a story was listed eighty hours before its page was read."""
    store.add(shown(110, "stub", headlines=["Anslow ferry sinks"], kind=Kind.LATEST))
    store.add(story("stub", 190, "Anslow ferry sinks", text_of("Anslow", 700), section="Harbour"))
    return evaluated(store, rankers={"mine": Baseline("mine", "appeal", measure, "of its own")})


def test_a_period_that_ends_before_it_begins_and_one_after_the_stores_end_are_refused(store):
    with pytest.raises(EvaluationError, match=r"ends .* before it begins"):
        Plan(at(2), at(1), load_pretrained())
    with pytest.raises(EvaluationError, match=r"ends at 2025-06-09.*no observations from"):
        Evaluator(store).evaluate(Plan(at(300), at(400), load_pretrained()))
