"""The test of relatedness: fits its weights on judged pairs, and says what it drops.

    python -m benchmarks.relatedness ../shared/data

The pairs are the five stories that the pretrained weights put first beside an article: of two sites, each
with its whole archive and with four archives of 120 stories, and of the invented newsrooms in
`examples/newsrooms`, archives of one crawl. For the sites, `judgments/relatedness.csv` has the grades of
readers who saw both texts (2 the same running story, 1 the same specific subject, 0 unrelated; 96 % agreement
on 100 pairs that two readers graded), with addresses as hashes. In the newsrooms stories of a topic are
related.

Prints the share of related and of unrelated stories that are dropped, by five folds over articles repeated
five times, with every site left out in turn, and the weights fitted on everything, for
`recsys/ranking/relatedness_test.py`.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks.measuring import load_news
from examples.newsrooms import NEWSROOMS, load_newsroom
from recsys.corpus import Corpus
from recsys.corpus.stored_fields import hash_address
from recsys.domain import Article
from recsys.ranking import LogisticRanker, order
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_pretrained_weights
from recsys.ranking.relatedness_test import INPUTS, inputs_of
from recsys.store import StoredArticle

JUDGMENTS = Path(__file__).with_name("judgments") / "relatedness.csv"
SITES = {"bbc": datetime(2026, 2, 15, tzinfo=UTC), "spotlightpa": datetime(2024, 6, 1, tzinfo=UTC)}
SMALL = 120  # stories of a small archive
PLACES = 5
FOLDS, REPEATS = 5, 5
REGULARISATION = 0.03
LOSS = 0.025
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
    archives = [*_newsrooms(), *_sites(data, judged)]
    for name, corpus, moment, grades_of in archives:
        group = name.rstrip("0123456789")
        for row, grades in grades_of.items():
            number += 1
            at = moment or corpus.stored[row].article.first_seen_at
            context = QueryContext(corpus.at(at), corpus.query_row(row))
            judged_rows = np.array(list(grades or ()), dtype=np.int64)
            candidates = CandidateSet(context, np.union1d(ranker.candidates(context), judged_rows))
            scores = ranker.score(candidates)
            inputs = inputs_of(candidates, scores.relatedness)
            chosen = grades or _first(candidates, scores.total, corpus, row)
            for place, candidate in enumerate(candidates.rows.tolist()):
                if candidate in chosen:
                    rows.append((inputs[place], chosen[candidate] > 0, group, number))
    columns = list(zip(*rows, strict=True))
    return Pairs(np.array(columns[0]), np.array(columns[1]), np.array(columns[2]), np.array(columns[3]))


Archive = tuple[str, Corpus, datetime | None, Mapping[int, dict[int, int] | None]]


def _newsrooms() -> Iterator[Archive]:
    """The invented newsrooms as they are known an hour after a crawl; the topics are looked up later."""
    for name in NEWSROOMS:
        newsroom = load_newsroom(name)
        crawled = newsroom.newest_at + timedelta(days=1)
        articles = [
            StoredArticle(
                number,
                Article(
                    newsroom.name.replace(" ", "-"),
                    f"https://{name}.example/{story.topic or 'none'}/{number}",
                    crawled,
                    story.headline,
                    story.body,
                    story.published_at,
                    story.section,
                    story.tags,
                    newsroom.language,
                ),
                crawled,
                (),
            )
            for number, story in enumerate(newsroom.stories, start=1)
        ]
        moment = crawled + timedelta(hours=1)
        corpus = Corpus.of(articles, [], moment)
        yield name, corpus, moment, dict.fromkeys(range(corpus.size))


def _first(candidates: CandidateSet, total: Doubles, corpus: Corpus, row: int) -> dict[int, int]:
    """The first stories of an invented newsroom, related if they have the article's topic."""
    topic = _topic(corpus, row)
    best = candidates.rows[order(total, candidates.times, candidates.rows)][:PLACES]
    return {each: int(topic != "none" and _topic(corpus, each) == topic) for each in best.tolist()}


def _topic(corpus: Corpus, row: int) -> str:
    return corpus.stored[row].article.url.split("/")[-2]


def _sites(data: Path, judged: Mapping[str, Mapping[int, dict[int, int]]]) -> Iterator[Archive]:
    for site, until in SITES.items():
        news = load_news(data / site, until)
        rows = {hash_address(each.article.url): row for row, each in enumerate(news.corpus.stored)}
        yield (
            site,
            news.corpus,
            None,
            {
                rows[query]: {rows[each]: grade for each, grade in grades.items()}
                for query, grades in judged[site].items()
            },
        )
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
            yield (
                name,
                small,
                until,
                {
                    place[query]: {place[each]: grade for each, grade in grades.items()}
                    for query, grades in judged[name].items()
                },
            )


def fit(pairs: Pairs, chosen: NDArray[np.bool_]) -> tuple[Doubles, float]:
    """Weights of the inputs and intercept; every group has the same weight.

    Only the size of the corpus may have a negative weight: no story is less related because it has more in
    common with the article.
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

    bounds = [(None, None) if name == "log_size" else (0, None) for name in INPUTS]
    found = minimize(
        loss, np.zeros(len(INPUTS) + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]
    ).x
    weights: Doubles = found[:-1] / scale
    return weights, float(found[-1] - weights @ mean)


def threshold_of(pairs: Pairs, values: Doubles, loss: float) -> float:
    """The value below which a share of the related stories lies, in the mean over the groups."""
    groups = [values[(pairs.group == g) & pairs.is_related] for g in np.unique(pairs.group)]
    edges = np.sort(values)
    lost = [float(np.mean([(group < edge).mean() for group in groups])) for edge in edges]
    return float(edges[np.searchsorted(lost, loss, side="right") - 1])


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
    threshold = threshold_of(pairs, values, LOSS)
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
