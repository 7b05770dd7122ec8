"""The latency benchmark runs on an archive of invented sentences, and its corpus is what it says."""

from __future__ import annotations

import json
import random
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.latency import __main__ as latency
from benchmarks.latency.corpus import END, Corpus, Names, Plan, coin, load_sources
from benchmarks.latency.exact import weigh_exactly
from benchmarks.latency.given import choose_queries
from benchmarks.latency.timing import SystemInfo, time_all
from recsys.domain import Kind
from recsys.simulation import Plan as Newsroom
from recsys.simulation import simulate
from recsys.text import content_terms

WINDOWS = ("window_90d", "archive")
SMALL, LARGE = 300, 2_000


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text file: a paragraph for every story of an invented newsroom, its headline first."""
    stories = simulate(Newsroom(days=10, articles_per_day=12, views_per_day=0)).stories.articles
    texts = [f"{each.headline}\n" + "\n".join(re.split(r"(?<=\.) ", each.body or "")) for each in stories]
    made = tmp_path_factory.mktemp("texts") / "sentences.txt"
    made.write_text("\n\n".join(texts), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def corpus(sentences: Path) -> Corpus:
    return Corpus(load_sources(sentences), Plan(LARGE, LARGE // 10))


@pytest.fixture(scope="module")
def measured(sentences: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """The JSON and the figure of a run of two sizes, in which only scikit-learn is installed."""
    to = tmp_path_factory.mktemp("latency")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("bm25s", "tantivy", "onnxruntime"):
            patch.setitem(sys.modules, module, None)
        latency.main(
            [
                *("--articles", f"{LARGE},{SMALL}", "--data", str(sentences), "--queries", "20"),
                *("--work", str(to / "work"), "--json", str(to / "l.json"), "--plot", str(to / "l.svg")),
            ]
        )
    return json.loads((to / "l.json").read_text()), (to / "l.svg").read_text()


@pytest.mark.slow
def test_every_size_has_its_figures_and_the_largest_stands_at_the_top(measured):
    figures, _ = measured
    assert [size["articles"] for size in figures["sizes"]] == [SMALL, LARGE]
    assert figures["articles"] == LARGE
    for size in figures["sizes"]:
        for name in ("recsys", "sklearn"):
            for window in WINDOWS:
                assert 0 < size[name][window]["p50_ms"] <= size[name][window]["p99_ms"]
        numbers = ("ingest_per_s", "build_s", "open_first_answer_s", "arrival_ms", "disk_mb")
        assert all(size["recsys"][key] > 0 for key in numbers)
        assert {"rss_mb", "pss_mb"} <= size["recsys"].keys()
        assert size["window_articles"] < size["articles"]
    assert {"cpu", "cores", "python", "versions", "date"} <= figures["machine"].keys()


@pytest.mark.slow
def test_what_is_not_installed_is_left_out_and_named(measured):
    figures, _ = measured
    assert figures["missing"].keys() == {"bm25s", "tantivy", "minilm"}
    assert "not installed (bm25s): make bench-setup" in figures["missing"]["bm25s"]
    assert figures.keys().isdisjoint(figures["missing"])


@pytest.mark.slow
def test_the_candidates_hold_what_exact_tfidf_finds(measured):
    for size in measured[0]["sizes"]:
        assert size["check"]["recall_archive"] == 1
        assert 0 <= size["check"]["recall_window_90d"] <= 1


@pytest.mark.slow
def test_the_figure_has_a_panel_for_every_window_and_a_mark_for_every_size(measured):
    drawn = ElementTree.fromstring(measured[1])
    panels = drawn.findall("{http://www.w3.org/2000/svg}g")
    assert len(panels) == len(WINDOWS)
    for panel in panels:
        assert len(panel.findall(".//{http://www.w3.org/2000/svg}path")) == 2 * 2  # contestants x sizes


def test_without_texts_it_says_so_and_measures_nothing(tmp_path, capsys):
    latency.main(["--articles", "10", "--data", str(tmp_path / "none")])
    said = capsys.readouterr()
    assert said.out == ""
    assert "nothing was measured" in said.err


def test_a_plan_makes_the_same_pages_every_time(corpus):
    assert list(corpus.pages()) == list(corpus.pages())


def test_an_archive_of_other_texts_or_of_another_seed_has_another_name(corpus):
    others = (
        Corpus(corpus.sources[1:], corpus.plan),
        Corpus(corpus.sources, Plan(LARGE, LARGE // 10, seed=1)),
        Corpus(corpus.sources, Plan(LARGE, LARGE // 10, per_day=10)),
    )
    assert len({each.name for each in (corpus, *others)}) == 4
    assert Corpus(list(corpus.sources), corpus.plan).name == corpus.name


def test_an_archive_that_is_kept_is_not_ingested_again(sentences, tmp_path):
    figures = tmp_path / "figures.json"
    given = ["--articles", "100", "--data", str(sentences), "--peers", "--queries", "5"]
    reused = []
    for _ in range(2):
        latency.main([*given, "--work", str(tmp_path / "work"), "--json", str(figures)])
        reused.append(json.loads(figures.read_text())["recsys"]["reused"])
    assert reused == [False, True]


def test_articles_come_in_order_of_time_over_ten_years(corpus):
    seen = [article.first_seen_at for article in corpus.articles()]
    assert len(seen) == LARGE
    assert all(earlier < later for earlier, later in pairwise(seen))
    assert seen[-1] < END
    assert 3_600 < (END - seen[0]).days <= 3_653


def test_a_given_rate_makes_the_archive_shorter_and_not_sparser(corpus):
    dense = Corpus(corpus.sources, Plan(LARGE, 0, per_day=10))
    assert 199 <= (END - next(dense.articles()).first_seen_at).days <= 200


def test_there_are_about_as_many_lists_as_planned_of_every_kind(corpus):
    made = [each for page in corpus.pages() for each in page.lists]
    assert 0.9 * corpus.plan.lists <= len(made) <= corpus.plan.lists
    assert {each.kind for each in made} == {Kind.POPULAR, Kind.FRONT_PAGE, Kind.RELATED, Kind.INLINE}


def test_lists_show_only_what_appeared_before_them(corpus):
    known: set[str | None] = set()
    for page in corpus.pages():
        if page.article is not None:
            shown = {item.url for each in page.lists for item in each.items}
            assert shown <= known
            known.add(page.article.url)
        else:
            assert {item.url for each in page.lists for item in each.items} <= known


def test_the_vocabulary_grows_ever_more_slowly_and_never_stops(corpus):
    terms, sizes = set[str](), []
    for at, article in enumerate(corpus.articles(), start=1):
        terms.update(content_terms(f"{article.headline}\n{article.body}", "en"))
        if at % (LARGE // 4) == 0:
            sizes.append(len(terms))
    growth = np.diff([0, *sizes])
    assert (growth > 0).all()
    assert growth[-1] < growth[0]


def test_an_invented_name_is_like_no_other():
    assert len({coin(number) for number in range(20_000)}) == 20_000


def test_a_name_that_was_drawn_comes_again():
    names = Names(random.Random(0))
    drawn = [names.draw() for _ in range(10_000)]
    assert 1_000 < len(set(drawn)) < 9_000


def test_queries_are_the_newest_and_as_many_later_ones():
    asked = choose_queries(1_000, 20)
    assert sorted(asked)[-10:] == list(range(990, 1_000))
    assert len(set(asked)) == 20
    assert min(asked) >= 900


def test_exact_cosines_of_a_text_with_itself_lie_below_1_only_by_its_later_frequencies(corpus):
    exact = weigh_exactly(corpus.articles())
    found = exact.cosines(LARGE - 1)
    assert found.shape == (LARGE,)
    assert found[LARGE - 1] == pytest.approx(1, abs=1e-3)
    assert found.argmax() == LARGE - 1


def test_everybody_is_asked_every_query_the_same_number_of_times():
    asked: dict[str, list[int]] = {"one": [], "two": []}
    contestants = [SystemInfo(name, {"archive": took.append}) for name, took in asked.items()]
    took = time_all(contestants, 120)
    assert asked["one"] == asked["two"]
    assert {key: len(values) for key, values in took.items()} == {
        ("one", "archive"): 120,
        ("two", "archive"): 120,
    }
    assert set(asked["one"]) == set(range(120))
