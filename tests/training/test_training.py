"""Training on an invented newsroom: what it learns, from what, and what must teach nothing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from recsys.corpus import Corpus
from recsys.domain import Kind, Page
from recsys.errors import LookAheadError
from recsys.ranking import LogisticRanker, RankerWeights, order
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_pretrained, load_pretrained_weights
from recsys.training import Trained, choose_start, train
from tests.newsroom import END, address, at, corpus_of, newsroom, newsroom_corpus, shown, story, text_of

LEARNT_UNTIL = at(150)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(newsroom_corpus(), until=LEARNT_UNTIL, prior=RankerWeights.blank())


def same(one: RankerWeights, other: RankerWeights) -> bool:
    return (
        np.array_equal(one.relatedness.weights, other.relatedness.weights)
        and np.array_equal(one.appeal.weights, other.appeal.weights)
        and one.appeal_scale == other.appeal_scale
    )


def ranked(ranker: LogisticRanker, corpus: Corpus, row: int | None, moment: int) -> list[int]:
    """All candidates for a story, or without one, best first."""
    reading = QueryContext(corpus.at_microseconds(moment), None if row is None else corpus.query_row(row))
    rows = ranker.candidates(reading)
    candidates = CandidateSet(reading, rows)
    return rows[order(ranker.score(candidates).total, candidates.times, rows)].tolist()


def places_of_the_linked(ranker: LogisticRanker) -> list[int]:
    """The places, from 1, of what editors linked beside the stories after the training period."""
    corpus = newsroom_corpus()
    places = []
    for row in range(51, len(corpus.stored)):
        slug = int(corpus.stored[row].article.url.rsplit("/", 1)[1])
        places_by_row = ranked(ranker, corpus, row, int(corpus.first_seen[row]))
        places += [places_by_row.index(corpus.row_of[address(slug - back)]) + 1 for back in (6, 12)]
    return places


def test_what_editors_link_comes_first_beside_stories_that_training_never_saw(trained):
    learnt, blank = places_of_the_linked(trained.ranker), places_of_the_linked(LogisticRanker())
    assert np.mean([place <= 2 for place in learnt]) > 0.75
    assert np.mean(learnt) < 0.5 * np.mean(blank)


def test_what_readers_will_want_comes_before_what_is_merely_new(trained):
    corpus = newsroom_corpus()

    def hits(ranker: LogisticRanker) -> int:
        found = 0
        for hour in range(160, 210, 5):
            moment = int(corpus.lists.times[corpus.at(at(hour)).list_count])
            coming = corpus.lists.next_after(corpus.at(at(hour)).list_count - 1, 1)
            if coming < 0 or corpus.lists.pages[coming] >= 0:
                continue
            truth = set(corpus.lists.items(coming)[0].tolist())
            found += len(truth & set(ranked(ranker, corpus, None, moment)[:5]))
        return found

    assert hits(trained.ranker) > 2 * hits(LogisticRanker())


def test_the_report_counts_what_taught_and_names_what_moved(trained):
    report = trained.report
    assert report.until == LEARNT_UNTIL
    assert report.first == at(19)
    assert set(report.contexts) == {"related", "popular"}
    assert report.contexts["related"] == 50 - 6  # stories 6 to 49 had their boxes
    assert report.contexts["popular"] > 100
    assert report.moved
    assert all(moved.before == 0 for moved in report.moved)
    heights = [abs(moved.after - moved.before) for moved in report.moved]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 0


def test_training_twice_learns_the_same(trained):
    again = train(newsroom_corpus(), until=LEARNT_UNTIL, prior=RankerWeights.blank())
    assert same(again.ranker.weights_, trained.ranker.weights_)


WITHOUT_EVIDENCE: dict[str, list[Page]] = {
    "nothing": [],
    "articles alone": [story(n, n, None, text_of("Anslow", n)) for n in range(9)],
    "one list": [story(1, 1), story(2, 2), shown(3, 1)],
    "lists of the latest": [
        *(story(n, n) for n in range(9)),
        *(shown(n + 9, 1, 2, kind=Kind.LATEST) for n in range(9)),
    ],
}


@pytest.mark.parametrize("what", WITHOUT_EVIDENCE)
def test_without_evidence_the_prior_stays_and_that_is_said(what):
    found = train(corpus_of(WITHOUT_EVIDENCE[what], at(99)), until=at(99))
    assert same(found.ranker.weights_, load_pretrained_weights())
    assert sum(found.report.contexts.values()) == 0
    assert not any(moved.before != moved.after for moved in found.report.moved)


def test_learning_begins_at_nothing_only_where_the_lists_are_those_of_the_shipped_weights():
    shipped = load_pretrained()
    theirs, sites = shipped.manifest.contexts or {}, shipped.manifest.sites
    assert theirs, "the pretrained weights name the number of their training examples"
    assert sites, "the pretrained weights name the sites that they were trained on"
    nothing = RankerWeights.blank()
    for counted, whose, begins_at in (
        (theirs, sites, nothing),
        ({source: 3 * count for source, count in theirs.items()}, (*sites, "example.org"), nothing),
        ({source: count // 2 for source, count in theirs.items()}, sites, load_pretrained_weights()),
        ({"related": theirs["related"]}, sites, load_pretrained_weights()),
        (theirs, ("example.org",), load_pretrained_weights()),
        ({}, (), load_pretrained_weights()),
    ):
        start, is_from_pretrained = choose_start(counted, whose)
        assert same(start, begins_at)
        assert is_from_pretrained == (begins_at is not nothing)


def test_little_evidence_stays_nearer_to_the_prior_than_much():
    prior = load_pretrained_weights()

    def moved(until: float) -> tuple[float, float]:
        learnt = train(newsroom_corpus(), until=at(until)).ranker.weights_
        pairs = ((learnt.relatedness, prior.relatedness), (learnt.appeal, prior.appeal))
        return tuple(
            float(np.linalg.norm(a.weights - b.weights) / np.linalg.norm(b.weights)) for a, b in pairs
        )  # type: ignore[return-value]

    (little_related, little_appeal), (much_related, much_appeal) = moved(34), moved(216)
    assert 0 < little_related < min(0.2, 0.6 * much_related)
    assert 0 < little_appeal < min(0.2, 0.6 * much_appeal)


def planted() -> list[Page]:
    """Lists that would teach the contrary: boxes and rankings of the oldest stories."""
    boxes = [shown(151 + n / 60, 0, 1, 2, kind=Kind.RELATED, beside=n) for n in range(20, 50)]
    return [*boxes, *(shown(150 + n, 0, 1, 2, title="Most read") for n in range(40))]


def test_what_is_seen_at_or_after_the_end_of_training_teaches_nothing(trained):
    corpus = corpus_of([*newsroom(), *planted()], END)
    found = train(corpus, until=LEARNT_UNTIL, prior=RankerWeights.blank())
    assert found.report.contexts == trained.report.contexts
    assert same(found.ranker.weights_, trained.ranker.weights_)
    later = train(corpus, until=at(200), prior=RankerWeights.blank())
    assert not same(later.ranker.weights_, trained.ranker.weights_)


def test_an_archive_that_ends_with_the_training_period_teaches_the_same(trained):
    corpus = corpus_of(newsroom(), LEARNT_UNTIL)
    found = train(corpus, until=LEARNT_UNTIL, prior=RankerWeights.blank())
    assert found.report.contexts == trained.report.contexts
    np.testing.assert_allclose(
        found.ranker.weights_.relatedness.weights, trained.ranker.weights_.relatedness.weights, atol=1e-4
    )
    np.testing.assert_allclose(
        found.ranker.weights_.appeal.weights, trained.ranker.weights_.appeal.weights, atol=1e-4
    )


def test_training_beyond_what_the_archive_knows_is_refused():
    with pytest.raises(LookAheadError):
        train(newsroom_corpus(), until=END + timedelta(seconds=1))


def test_progress_is_told_up_to_the_last_context():
    heard: list[tuple[str, int, int]] = []
    train(newsroom_corpus(), until=at(50), progress=lambda *told_so_far: heard.append(told_so_far))
    stages = {stage for stage, _, _ in heard}
    assert stages
    for stage in stages:
        done = [(n, of) for name, n, of in heard if name == stage]
        assert [n for n, _ in done] == sorted(n for n, _ in done)
        assert done[-1][0] == done[-1][1]
