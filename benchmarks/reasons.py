"""Random reasons of a store, as a table that a reader judges: which of them would an editor not sign?

    python -m benchmarks.reasons site.db --count 50 --seed 1

Draws articles of the later two thirds of the store and one of the first five places beside each, an hour
after the article was first seen, ranked with the pretrained weights. It prints as a Markdown table those
whose reasons name shared names or words, until there are enough, and how many it drew for that. With `--text`
every term is followed by the words around it in both stories. `--time` times the explanations instead: the
median of ten recommended stories with reasons less the same without, in milliseconds.

What counts as silly is said in benchmarks/README.md, "Reasons to be judged".
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

from recsys.corpus import Corpus
from recsys.domain import Article, Recommendation
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender, Request
from recsys.store import Store

PLACES = 5
LATER = timedelta(hours=1)
SHARED = ("same name", "same word")
"""How a reason begins that names what two texts share."""
_AROUND = 40  # characters before and after a term
_MOST_DRAWN = 40  # for one that is shown, on average


@dataclass(frozen=True, slots=True)
class Sample:
    """A recommended story beside an article, and how many were drawn to find it."""

    query: Article
    recommendation: Recommendation
    candidate: Article
    drawn: int

    @property
    def terms(self) -> list[str]:
        """The names or words that the reasons say are shared."""
        shared = next((each for each in self.recommendation.reasons if each.startswith(SHARED)), "")
        return shared.partition(": ")[2].split(", ") if shared else []


def draw(recommender: Recommender, seed: int) -> Iterator[Sample]:
    """Yield random stories whose reasons name a shared name or word; ends if hardly any do."""
    corpus, generator, drawn, found_count = recommender.corpus, random.Random(seed), 0, 0
    while drawn < _MOST_DRAWN * (found_count + 1):
        row = generator.randrange(len(corpus.stored) // 3, len(corpus.stored))
        place = generator.randrange(PLACES)
        query = corpus.stored[row].article
        found = recommender.recommend(query, query.first_seen_at + LATER, Request(k=PLACES, explain=True))
        drawn += 1
        if place < len(found):
            chosen = found[place]
            sample = Sample(query, chosen, corpus.article(chosen.article.url), drawn)
            if sample.terms:
                found_count += 1
                yield sample


def around(text: str, term: str) -> str:
    """The words around a term, as a whole word spelled alike if it is there, or that it is not there."""
    exact = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text)
    at = exact.start() if exact else text.casefold().find(term.casefold())
    if at < 0:
        return "(not found)"
    return " ".join(text[max(0, at - _AROUND) : at + len(term) + _AROUND].split())


def _full_text(article: Article) -> str:
    return f"{article.headline or ''}\n{article.body or ''}"


def print_samples(recommender: Recommender, count: int, seed: int, *, with_text: bool) -> None:
    """Print so many samples, and how many were drawn."""
    number = drawn = 0
    print("| | article | recommended | reasons |\n| --- | --- | --- | --- |")
    for number, sample in enumerate(islice(draw(recommender, seed), count), start=1):
        drawn = sample.drawn
        cells = [sample.query.label, sample.candidate.label, sample.recommendation.in_words]
        print(f"| {number} | {' | '.join(cell.replace('|', '/') for cell in cells)} |", flush=True)
        for term in sample.terms if with_text else ():
            for article in (sample.query, sample.candidate):
                print(f"      {term}: ...{around(_full_text(article), term)}...")
    print(f"\n{number} of {drawn} drawn share a name or word that is shown")


def print_time(recommender: Recommender, count: int, seed: int) -> None:
    """Print what the reasons of ten stories add to a recommendation, in pairs of requests."""
    generator, stored = random.Random(seed), recommender.corpus.stored
    added = []
    for _ in range(count):
        query = stored[generator.randrange(len(stored) // 3, len(stored))].article
        times = []
        for explain in (False, True):
            start = perf_counter()
            recommender.recommend(query, query.first_seen_at + LATER, Request(k=10, explain=explain))
            times.append(perf_counter() - start)
        added.append(1000 * (times[1] - times[0]))
    print(f"reasons of ten stories: median {median(added):.1f} ms, of {count} lists")


def main() -> None:
    """Open the store and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--text", action="store_true", help="print the words around each term")
    parser.add_argument("--time", action="store_true", help="time the reasons instead")
    arguments = parser.parse_args()
    with Store.open(arguments.store, create=False) as store:
        corpus = Corpus.load(store, datetime.now(UTC), first_texts=True)
    recommender = Recommender(corpus, LogisticRanker(load_pretrained_weights()))
    if arguments.time:
        print_time(recommender, arguments.count, arguments.seed)
    else:
        print_samples(recommender, arguments.count, arguments.seed, with_text=arguments.text)


if __name__ == "__main__":
    main()
