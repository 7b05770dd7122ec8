"""TF-IDF and BM25 of the archive are those of the formula, computed here anew for every row."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.corpus import Corpus, InvertedIndex
from recsys.corpus.analysis import count_terms
from recsys.corpus.inverted_index import TEXT_FIELDS
from recsys.corpus.term_segments import BM25_B, BM25_K1, weigh_terms
from recsys.text import content_terms
from tests.newsroom import END, NAMES, address, article, at, corpus_of, newsroom_corpus, story, text_of

MOMENTS = [at(0.5), at(33), at(120), END]


def content_terms_of(text: str) -> list[str]:
    """The terms of a text that does not say its language."""
    return content_terms(text, None)


def rarity(holding: int, rows: int) -> float:
    return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))


class Formula:
    """The cosine and BM25 of a query with every earlier text, from nothing but lists of terms."""

    def __init__(self, texts: list[str]) -> None:
        self.rows = [Counter(content_terms_of(text)) for text in texts]

    def holding(self, term: str, before: int) -> int:
        return sum(term in row for row in self.rows[:before])

    def weights(self, counts: Counter[str], holding: dict[str, int], rows: int) -> dict[str, float]:
        weights = {t: (1 + math.log(n)) * rarity(holding[t], rows) for t, n in counts.items()}
        length = math.sqrt(sum(w * w for w in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}

    def cosines(self, query: str, before: int) -> list[float]:
        asked = Counter(content_terms_of(query))
        ours = self.weights(asked, {t: self.holding(t, before) for t in asked}, before)
        found = []
        for row, counts in enumerate(self.rows[:before]):
            theirs = self.weights(counts, {t: self.holding(t, row) + 1 for t in counts}, row + 1)
            found.append(sum(weight * theirs.get(term, 0) for term, weight in ours.items()))
        return found

    def bm25(self, query: str, before: int) -> list[float]:
        found = []
        lengths = [sum(counts.values()) for counts in self.rows]
        for row, counts in enumerate(self.rows[:before]):
            average = sum(lengths[: row + 1]) / (row + 1)
            relative = lengths[row] / average if average else 0
            damped = BM25_K1 * (1 - BM25_B + BM25_B * relative)
            found.append(
                sum(
                    rarity(self.holding(term, before), before) * counts[term] / (counts[term] + damped)
                    for term in set(content_terms_of(query))
                )
            )
        return found


def full_text(each: object) -> str:
    return f"{each.headline or ''}\n{each.body or ''}"  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def formula() -> Formula:
    return Formula([full_text(stored.article) for stored in newsroom_corpus().stored])


QUERIES = [
    article("new", 0, "Anslow ferry", text_of("Anslow", 999)),
    article("mixed", 0, "潮見台 and Eskvale", "橋 bridge " * 20),
    article("unknown", 0, None, "xyzzy plugh harbour harbour"),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
@pytest.mark.parametrize("bm25", [False, True], ids=["cosine", "bm25"])
def test_a_search_gives_what_the_formula_gives_for_every_row(formula: Formula, moment, bm25):
    corpus = newsroom_corpus()
    view = corpus.at(moment)
    for asked in [*QUERIES, corpus.stored[7].article]:
        weighted = view.weigh(corpus.query(asked))["text"]
        found = corpus.terms["text"].search(weighted, view.size, bm25=bm25)
        expected = (formula.bm25 if bm25 else formula.cosines)(full_text(asked), view.size)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("field", ["headline", "text"])
@pytest.mark.parametrize("bm25", [False, True], ids=["cosine", "bm25"])
def test_searching_all_rows_and_comparing_some_give_the_same(field, bm25):
    corpus = newsroom_corpus()
    view, terms = corpus.at(at(150)), corpus.terms[field]
    weighted = view.weigh(corpus.query(QUERIES[0]))[field]
    every = terms.search(weighted, view.size, bm25=bm25)
    rows = np.random.default_rng(1).permutation(view.size)[:30].astype(np.int64)
    np.testing.assert_allclose(terms.similarity(weighted, rows, bm25=bm25), every[rows], rtol=1e-5, atol=1e-6)
    assert len(terms.similarity(weighted, rows[:0])) == 0


def test_searching_a_window_is_the_end_of_searching_all():
    corpus = newsroom_corpus()
    view = corpus.at(at(150))
    weighted = view.weigh(corpus.query(QUERIES[0]))["text"]
    every = corpus.terms["text"].search(weighted, view.size)
    for since in (0, 1, 20, view.size):
        part = corpus.terms["text"].search(weighted, view.size, since=since)
        np.testing.assert_array_equal(part, every[since:])


def test_an_article_is_exactly_like_itself_when_it_has_just_arrived():
    corpus = newsroom_corpus()
    for row in (5, 40, 70):
        view = corpus.at_microseconds(int(corpus.first_seen[row]) + 1)
        weighted = view.weigh(corpus.query_row(row))["text"]
        assert corpus.terms["text"].search(weighted, view.size)[row] == pytest.approx(1, abs=1e-5)


def test_a_stored_article_asks_the_same_from_its_row_as_from_its_text():
    corpus = newsroom_corpus()
    view = corpus.at(at(150))
    stored = corpus.stored[9].article
    for field, weighted in view.weigh(corpus.query_row(9)).items():
        anew = view.weigh(corpus.query(stored))[field]
        np.testing.assert_allclose(
            corpus.terms[field].search(weighted, view.size),
            corpus.terms[field].search(anew, view.size),
            rtol=1e-5,
            atol=1e-7,
        )


texts = st.lists(st.text(st.sampled_from("ab 橋"), max_size=8), max_size=8)


@given(texts, st.text(st.sampled_from("abc 橋"), max_size=8))
@settings(max_examples=60)
def test_frequencies_count_the_rows_before_a_row(said, asked):
    index = InvertedIndex.of(count_terms(said, content_terms_of))
    vector = index.vector(count_terms([asked], content_terms_of))
    for before in range(len(said) + 1):
        found = sorted(index.document_frequencies(vector.columns, before).tolist())
        terms = set(content_terms_of(asked))
        assert found == sorted(
            sum(term in content_terms_of(text) for text in said[:before]) for term in terms
        )


@given(texts, st.text(st.sampled_from("abc 橋"), max_size=8))
@settings(max_examples=60)
def test_a_search_of_any_texts_gives_what_the_formula_gives(said, asked):
    index, formula = InvertedIndex.of(count_terms(said, content_terms_of)), Formula(said)
    vector = index.vector(count_terms([asked], content_terms_of))
    for before in range(len(said) + 1):
        weighted = index.weigh(vector, before)
        rows = np.arange(before)
        for bm25, expected in ((False, formula.cosines), (True, formula.bm25)):
            found = index.search(weighted, before, bm25=bm25)
            np.testing.assert_allclose(found, expected(asked, before), rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(
                found, index.similarity(weighted, rows, bm25=bm25), rtol=1e-4, atol=1e-5
            )


def best(corpus: Corpus, asked: object) -> str:
    view = corpus.at(corpus.as_of)
    weighted = view.weigh(corpus.query(asked))["text"]  # type: ignore[arg-type]
    found = corpus.terms["text"].search(weighted, view.size)
    return corpus.stored[int(found.argmax())].article.url


@pytest.mark.parametrize("name", ["Quillfeather", "鶴ヶ浜", "두루미섬"])
def test_a_word_that_no_earlier_text_held_finds_the_other_story_with_it(name):
    pages = [story(n, n, None, text_of(NAMES[n % 6], n)) for n in range(20)]
    corpus = corpus_of([*pages, story("first", 21, f"{name} is seen", text_of("Anslow", 98))], at(22))
    assert best(corpus, article("second", 22, None, text_of(name, 99))) == address("first")


@pytest.mark.parametrize(
    "query",
    [
        *(article("long", 200, "Anslow ferry", letter * 5_000) for letter in "abcx"),
        article(
            "short", 200, "What was that?", text_of("Anslow", 999), language="en"
        ),  # function words alone
        article("tagged", 200, "Anslow ferry", text_of("Anslow", 999), tags=("Eskvale",)),
    ],
    ids=[
        *(f"a word of {letter} longer than the lead, which ends in it" for letter in "abcx"),
        "a headline of function words",
        "tags",
    ],
)
def test_every_term_of_a_part_is_weighed_by_how_many_texts_hold_it(query):
    view = newsroom_corpus().at(END)
    weighed, vectors = (
        view.weigh(newsroom_corpus().query(query)),
        newsroom_corpus().query(query).vectors,
    )
    for part in TEXT_FIELDS:
        holding = view.corpus.terms["text"].document_frequencies(vectors[part].columns, view.size)
        expected = weigh_terms(vectors[part], holding, view.size)
        np.testing.assert_array_equal(weighed[part].bm25, expected.bm25)
        np.testing.assert_array_equal(weighed[part].tfidf, expected.tfidf)


def test_rows_without_weights_match_nothing_and_count_in_frequencies():
    index = newsroom_corpus().terms["text"]
    hidden, asked = np.array([3, 40]), index.row_vector(71)
    weighted, cut = index.weigh(asked, 71), index.without_weights(np.array([3, 40]))
    assert np.array_equal(
        cut.document_frequencies(asked.columns, 71), index.document_frequencies(asked.columns, 71)
    )
    for bm25 in (False, True):
        expected = index.search(weighted, 71, bm25=bm25)
        assert (expected[hidden] > 0).all()
        expected[hidden] = 0
        assert np.array_equal(cut.search(weighted, 71, bm25=bm25), expected)
        assert np.array_equal(cut.similarity(weighted, np.arange(71), bm25=bm25) > 0, expected > 0)
    assert cut.row_vector(3).counts.max() == 1
