"""How many places a minimum relatedness leaves empty, and what it loses and spares.

    python -m benchmarks.emptiness ../shared/data/bbc --since 2026-02-01T00:00Z --until 2026-02-15T00:00Z

Learns from what was observed before `--since`, asks for five stories beside every article on which editors
put a list of related stories from then to `--until`, and prints for a range of minima: the queries with fewer
than five, those with none, the stories shown, nDCG@5 against the editors' lists, and of the stories shown how
many the editors chose, and how many they chose or share a name with the article. Then the same for a limit to
threads and for diversity. With `--shipped` it learns nothing and ranks with the weights of the package.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.measuring import load_news
from recsys.corpus import Corpus
from recsys.domain import Kind, parse_time
from recsys.explain import shared_names
from recsys.ranking import LogisticRanker, RankerWeights, Scores
from recsys.ranking.features import CandidateSet, QueryContext
from recsys.ranking.model_files import load_pretrained_weights
from recsys.request import NO_MINIMUM, Rules
from recsys.rules import RuleContext, Stories, apply_rules
from recsys.training import train

K = 5
QUANTILES = (0.01, 0.02, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)
SHORTEST_BODY = 200  # characters of a query, as in the protocol of the benchmark data


@dataclass(frozen=True)
class QueryResult:
    """A query with its candidates, their scores, and the rows that its editors chose."""

    reading: QueryContext
    question: CandidateSet
    scores: Scores
    relevant: frozenset[int]


def find_queries(corpus: Corpus, since: datetime) -> dict[int, frozenset[int]]:
    """Rows with a body that editors gave a list of related stories, from a moment on, and those stories."""
    lists, found = corpus.lists, {}
    for number in np.flatnonzero(lists.kinds == list(Kind).index(Kind.RELATED)):
        row = int(lists.pages[number])
        article = corpus.stored[row].article
        if row < 0 or article.first_seen_at < since or len(article.body or "") < SHORTEST_BODY:
            continue
        chosen = {int(r) for r in lists.items(int(number))[0]}
        earlier = {r for r in chosen if corpus.first_seen[r] < corpus.first_seen[row]}
        if earlier:
            found[row] = frozenset(earlier)
    return found


def ask(corpus: Corpus, ranker: LogisticRanker, row: int, relevant: frozenset[int]) -> QueryResult:
    """Score the candidates of a query at the moment at which it was first seen."""
    reading = QueryContext(corpus.at(corpus.stored[row].article.first_seen_at), corpus.query_row(row))
    question = CandidateSet(reading, ranker.candidates(reading))
    return QueryResult(reading, question, ranker.score(question), relevant)


def choose(asked: QueryResult, rules: Rules, stories: Stories) -> list[int]:
    """The rows that a list of five would hold."""
    query = asked.reading.query
    assert query is not None
    context = RuleContext(
        asked.reading.view, query.article, rules, asked.question.rows, asked.scores, stories
    )
    return list(islice(apply_rules(context), K))


def ndcg(found: Sequence[int], relevant: frozenset[int]) -> float:
    """nDCG@5 with binary relevance."""
    gained = sum(1 / np.log2(place + 2) for place, row in enumerate(found) if row in relevant)
    return float(gained / sum(1 / np.log2(place + 2) for place in range(min(K, len(relevant)))))


class Measure:
    """Figures of rules over all queries."""

    def __init__(self, queries: Sequence[QueryResult], corpus: Corpus) -> None:
        self.queries, self.stories = queries, Stories(corpus)
        self._apt: dict[tuple[int, int], bool] = {}

    def line(self, rules: Rules) -> str:
        """A row of the table."""
        lists = [choose(asked, rules, self.stories) for asked in self.queries]
        shown = sum(map(len, lists))
        pairs = [(n, row) for n, found in enumerate(lists) for row in found]
        relevant = sum(row in self.queries[n].relevant for n, row in pairs)
        apt = sum(self.is_apt(n, row) for n, row in pairs)
        gain = np.mean(
            [ndcg(found, asked.relevant) for asked, found in zip(self.queries, lists, strict=True)]
        )
        fewer, none = (sum(len(found) < most for found in lists) / len(lists) for most in (K, 1))
        return (
            f"{fewer:8.1%} {none:8.1%} {shown / len(lists):8.2f} {gain:8.3f}"
            f" {relevant / max(shown, 1):9.1%} {apt / max(shown, 1):8.1%}"
        )

    def is_apt(self, number: int, row: int) -> bool:
        """Whether a story is relevant or shares a name with the query."""
        if (number, row) not in self._apt:
            asked = self.queries[number]
            self._apt[number, row] = row in asked.relevant or bool(shared_names(asked.reading, row))
        return self._apt[number, row]


def minima(queries: Sequence[QueryResult]) -> list[float]:
    """Quantiles of the relatedness of what is shown without a minimum, to two digits."""
    top = [asked.scores.relatedness[np.argsort(-asked.scores.total)[:K]] for asked in queries]
    return [round(float(x), 2) for x in np.quantile(np.concatenate(top), QUANTILES)]


def print_table(queries: Sequence[QueryResult], corpus: Corpus) -> None:
    """Every rule that costs something, at several values."""
    measure = Measure(queries, corpus)
    head = f"{'':24} {'fewer':>8} {'none':>8} {'shown':>8} {'nDCG@5':>8} {'relevant':>9} {'or name':>8}"
    print(f"{len(queries)} queries, places: {K}\n{head}")
    for minimum in (NO_MINIMUM, *minima(queries)):
        print(f"minimum {minimum:<16} {measure.line(Rules(minimum_relatedness=minimum))}", flush=True)
    for most in (1, 2, 3):
        rules = Rules(minimum_relatedness=NO_MINIMUM, most_of_thread=most)
        print(f"most_of_thread {most:<9} {measure.line(rules)}", flush=True)
    for amount in (0.1, 0.3, 0.5, 0.7):
        rules = Rules(minimum_relatedness=NO_MINIMUM, diversity=amount)
        print(f"diversity {amount:<14} {measure.line(rules)}", flush=True)


def print_likeness(queries: Sequence[QueryResult]) -> None:
    """Cosines of the query with what editors put beside it and with candidates that they did not."""
    chosen, others = [], []
    for asked in queries:
        cosine = asked.reading.similarity_to_all
        chosen += [float(cosine[row]) for row in asked.relevant if row < len(cosine)]
        others += [float(cosine[row]) for row in asked.question.rows if row not in asked.relevant]
    print(f"\n{'cosine from':>12} {'chosen':>8} {'others':>8}")
    for edge in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4):
        print(f"{edge:>12} {np.mean(np.array(chosen) >= edge):8.1%} {np.mean(np.array(others) >= edge):8.1%}")


def main() -> None:
    """Read, learn, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--since", required=True, type=lambda text: parse_time(text, "--since"))
    parser.add_argument("--until", required=True, type=lambda text: parse_time(text, "--until"))
    parser.add_argument(
        "--pretrained", action="store_true", help="use the pretrained weights without training"
    )
    arguments = parser.parse_args()
    corpus = load_news(arguments.data, arguments.until).corpus
    prior = load_pretrained_weights() if arguments.pretrained else RankerWeights.blank()
    ranker = LogisticRanker(prior)
    if not arguments.pretrained:
        ranker = train(corpus, until=arguments.since, prior=prior).ranker
    found = find_queries(corpus, arguments.since)
    queries = [ask(corpus, ranker, row, relevant) for row, relevant in sorted(found.items())]
    print_table(queries, corpus)
    print_likeness(queries)


if __name__ == "__main__":
    main()
