"""The classifier of relatedness: fits its weights on judged pairs, and says what it drops.

    python -m benchmarks.relatedness ../shared/data

The pairs are the five stories that the pretrained weights put first beside an article: of two sites, each
with its whole archive and with four archives of 120 stories, and of the invented newsrooms in
`examples/newsrooms`, read from their pages, and of single pages of them, where other stories are known by
headline. For the sites, `judgments/relatedness.csv` has the grades of
readers who saw both texts (2 the same running story, 1 the same specific subject, 0 unrelated; 96 % agreement
on 100 pairs that two readers graded), with addresses as hashes. In the newsrooms stories of a topic are
related.

Prints the share of related and of unrelated stories that are dropped, by five folds over articles repeated
five times, with every site left out in turn, and the weights fitted on everything, for
`recsys/ranking/relatedness_classifier.py`.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks.measuring import load_news
from examples.newsrooms import NEWSROOMS, load_newsroom, topics_by_url, write_site
from recsys.corpus import Corpus
from recsys.corpus.stored_fields import hash_address
from recsys.ranking import LogisticRanker, order
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_pretrained_weights
from recsys.ranking.relatedness_classifier import INPUTS, inputs_of
from recsys.store import Store

JUDGMENTS = Path(__file__).with_name("judgments") / "relatedness.csv"
SITES = {"bbc": datetime(2026, 2, 15, tzinfo=UTC), "spotlightpa": datetime(2024, 6, 1, tzinfo=UTC)}
SMALL = 120  # stories of a small archive
PLACES = 5
_OF_THE_CORPUS = ("log_size", "has_text")
FOLDS, REPEATS = 5, 5
REGULARISATION = 0.03
MAX_DROPPED = 0.03
"""The share of related stories, in the mean over the groups, that the threshold may drop."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Inputs and relatedness of judged pairs, with the archive and the number of the article."""

    inputs: Doubles
    is_related: NDArray[np.bool_]
    group: NDArray[np.str_]
    query: NDArray[np.int64]


def collect(data: Path) -> Pairs:
    """All judged pairs."""
    ranker = LogisticRanker(load_pretrained_weights())
    judged: dict[str, dict[int, dict[int, int]]] = {}
    with JUDGMENTS.open(newline="") as file:
        for archive, query, candidate, grade in csv.reader(file):
            judged.setdefault(archive, {}).setdefault(int(query, 16), {})[int(candidate, 16)] = int(grade)
    rows: list[tuple[Doubles, bool, str, int]] = []
    number = 0
    for archive in chain(_newsrooms(), _sites(data, judged)):
        for row, grades in archive.grades.items():
            number += 1
            at = archive.moment or archive.corpus.stored[row].article.first_seen_at
            context = QueryContext(archive.corpus.at(at), archive.corpus.query_row(row))
            found = ranker.candidates(context)
            if archive.is_sample:
                found = np.union1d(found, np.array(list(grades), dtype=np.int64))
            candidates = CandidateSet(context, found)
            scores = ranker.score(candidates)
            best = order(scores.total, candidates.times, candidates.rows)
            inputs = inputs_of(candidates, scores.relatedness)
            graded = [
                (place, grades[row])
                for place in (best if archive.is_sample else best[:PLACES]).tolist()
                if (row := int(candidates.rows[place])) in grades
            ]
            rows += [(inputs[place], grade > 0, archive.group, number) for place, grade in graded]
    columns = list(zip(*rows, strict=True))
    return Pairs(np.array(columns[0]), np.array(columns[1]), np.array(columns[2]), np.array(columns[3]))


@dataclass(frozen=True)
class Archive:
    """A corpus with graded stories by article, and when they are asked for (None: at its first sight)."""

    group: str
    corpus: Corpus
    moment: datetime | None
    grades: Mapping[int, Mapping[int, int]]
    is_sample: bool
    """Whether the grades are of some stories; otherwise of all, and the first of each list count."""


def _newsrooms() -> Iterator[Archive]:
    """The invented newsrooms an hour after their pages were ingested, and single pages."""
    for name in NEWSROOMS:
        newsroom = load_newsroom(name)
        moment = newsroom.newest_at + timedelta(days=1)
        with tempfile.TemporaryDirectory() as folder:
            write_site(newsroom, Path(folder) / "site")
            store = str(Path(folder) / "news.db")
            command = ["--store", store, "ingest", str(Path(folder) / "site"), "--observed-at"]
            subprocess.run(
                [sys.executable, "-m", "recsys", *command, moment.isoformat()],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            with Store.open(store, create=False) as opened:
                later = moment + timedelta(hours=1)
                corpus = Corpus.load(opened, later)
        topics = topics_by_url(newsroom)
        grades = _grade(corpus, topics)
        yield Archive(name, corpus, later, grades, is_sample=False)
        for row in range(0, corpus.size, 2):
            small, at = _one_page(corpus, row, grades[row])
            yield Archive(f"{name}, one page", small, later, {at: _grade(small, topics)[at]}, is_sample=False)


def _grade(corpus: Corpus, topics: Mapping[str, str | None]) -> dict[int, dict[int, int]]:
    """1 for stories of one topic, 0 for others."""
    of = [topics[each.article.url] for each in corpus.stored]
    return {
        row: {
            other: int(topic is not None and topic == of[other])
            for other in range(corpus.size)
            if other != row
        }
        for row, topic in enumerate(of)
    }


def _one_page(corpus: Corpus, row: int, grades: Mapping[int, int]) -> tuple[Corpus, int]:
    """One story, and the headlines of twenty others, up to three of them related."""
    others = list(grades)
    random.Random(row).shuffle(others)
    related = [each for each in others if grades[each]][:3]
    chosen = [*related, *(each for each in others if not grades[each])][:20]
    headlines = [
        replace(stored, article=replace(stored.article, body=None))
        for stored in (corpus.stored[each] for each in chosen)
    ]
    assert corpus.as_of is not None
    small = Corpus.of([corpus.stored[row], *headlines], [], corpus.as_of)
    return small, small.row_of[corpus.stored[row].article.url]


def _sites(data: Path, judged: Mapping[str, Mapping[int, Mapping[int, int]]]) -> Iterator[Archive]:
    """The judged archives of real sites."""
    for site, until in SITES.items():
        news = load_news(data / site, until)
        rows = {hash_address(each.article.url): row for row, each in enumerate(news.corpus.stored)}
        yield Archive(site, news.corpus, None, _translate(judged[site], rows), is_sample=True)
        for number in range(4):
            name = f"{site}, small {number}"
            wanted = {address for query, grades in judged[name].items() for address in (query, *grades)}
            articles = [news.corpus.stored[rows[each]] for each in sorted(wanted)]
            others = random.Random(number).sample(range(news.corpus.size), news.corpus.size)
            for row in others:
                stored = news.corpus.stored[row]
                if len(articles) >= SMALL:
                    break
                if stored.article.body and hash_address(stored.article.url) not in wanted:
                    articles.append(stored)
            small = Corpus.of(articles, [each for each in news.lists if each.list.observed_at < until], until)
            place = {hash_address(each.article.url): row for row, each in enumerate(small.stored)}
            grades = _translate(judged[name], place)
            yield Archive(f"{site}, small", small, until, grades, is_sample=True)


def _translate(judged: Mapping[int, Mapping[int, int]], rows: Mapping[int, int]) -> dict[int, dict[int, int]]:
    """Grades by row instead of by hash of the address."""
    return {
        rows[query]: {rows[each]: grade for each, grade in grades.items()} for query, grades in judged.items()
    }


def fit(pairs: Pairs, chosen: NDArray[np.bool_]) -> tuple[Doubles, float]:
    """Weights of the inputs and intercept; every group has the same weight.

    Only what says how much is known may have a negative weight: no story is less related because it has more
    in common with the article.
    """
    inputs, is_related = pairs.inputs[chosen], pairs.is_related[chosen]
    groups, group_of, sizes = np.unique(pairs.group[chosen], return_inverse=True, return_counts=True)
    weight = len(group_of) / len(groups) / sizes[group_of]
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scaled = (inputs - mean) / scale
    signs = np.where(is_related, 1.0, -1.0)

    def loss(values: Doubles) -> tuple[float, Doubles]:
        margins = signs * (scaled @ values[:-1] + values[-1])
        slope = -signs * weight * expit(-margins)
        penalty = values[:-1] / REGULARISATION
        total = float((weight * np.logaddexp(0, -margins)).sum() + penalty @ values[:-1] / 2)
        return total, np.append(slope @ scaled + penalty, slope.sum())

    bounds = [(None, None) if name in _OF_THE_CORPUS else (0, None) for name in INPUTS]
    found = minimize(
        loss, np.zeros(len(INPUTS) + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]
    ).x
    weights: Doubles = found[:-1] / scale
    return weights, float(found[-1] - weights @ mean)


def threshold_of(pairs: Pairs, values: Doubles, share: float) -> float:
    """The value below which a share of the related stories lies, in the mean over the groups."""
    groups = [values[(pairs.group == g) & pairs.is_related] for g in np.unique(pairs.group)]
    edges = np.sort(values)
    lost = [float(np.mean([(group < edge).mean() for group in groups])) for edge in edges]
    return float(edges[np.searchsorted(lost, share, side="right") - 1])


def print_dropped(pairs: Pairs, values: Doubles, threshold: float, title: str) -> None:
    """What falls below a threshold, by group."""
    print(f"\n{title}\n{'archive':24} {'related':>8} {'dropped':>8} {'unrelated':>10} {'dropped':>8}")
    for group in np.unique(pairs.group):
        here = pairs.group == group
        related, other = (values[here & (pairs.is_related == is_related)] for is_related in (True, False))
        print(
            f"{group:24} {len(related):8} {(related < threshold).mean():8.1%}"
            f" {len(other):10} {(other < threshold).mean():8.1%}"
        )


def main() -> None:
    """Collect, cross-validate, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with bbc and spotlightpa")
    pairs = collect(parser.parse_args().data)
    values = np.zeros(len(pairs.query))
    for repeat in range(REPEATS):
        fold = np.random.default_rng(repeat).permutation(pairs.query.max() + 1)[pairs.query] % FOLDS
        for test in (fold == each for each in range(FOLDS)):
            weights, intercept = fit(pairs, ~test)
            values[test] += (pairs.inputs[test] @ weights + intercept) / REPEATS
    threshold = threshold_of(pairs, values, MAX_DROPPED)
    print_dropped(pairs, values, threshold, f"cross-validated, threshold {threshold:.2f}")
    site = np.array([each.partition(",")[0] for each in pairs.group])
    left_out = np.zeros(len(values))
    for each in np.unique(site):
        weights, intercept = fit(pairs, site != each)
        left_out[site == each] = pairs.inputs[site == each] @ weights + intercept
    print_dropped(pairs, left_out, threshold, "every site left out in turn")
    weights, intercept = fit(pairs, np.ones(len(values), dtype=bool))
    print(f"\nINTERCEPT = {intercept - threshold:.3f}\nWEIGHTS = {{")
    for name, weight in zip(INPUTS, weights, strict=True):
        print(f'    "{name}": {weight:.3f},')
    print("}")


if __name__ == "__main__":
    main()
