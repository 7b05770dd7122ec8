"""How much of what editors chose is among the candidates, and what each source of them adds.

    python -m benchmarks.candidates ../shared/data/bbc

A query's recall is the share of its relevant stories that are candidates, of those known at the moment and
judged: the most that any ranking of them can find. Each source is left out once; the sizes are means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from benchmarks.measuring import DEVELOPMENT, News, load_news
from benchmarks.reporting import Arguments, Given, Line, Report, parser_for, read_given
from recsys.evaluation.judgments import JudgedQuery, judge
from recsys.evaluation.replay import Replay, Values
from recsys.ranking.features import CandidateLimits, QueryContext, find_candidates

WHOLE = CandidateLimits()
VARIANTS: Mapping[str, CandidateLimits] = {
    "all sources": WHOLE,
    "without the most similar": replace(WHOLE, by_text=0),
    "without those by headline": replace(WHOLE, by_headline=0),
    "without links of similar stories": replace(WHOLE, neighbours=0, linked=0),
    "without listed stories": replace(WHOLE, listed=0),
    "without the newest": replace(WHOLE, newest=0),
    "half as many from each": CandidateLimits(*(getattr(WHOLE, name) // 2 for name in WHOLE.__slots__)),
    "twice as many from each": CandidateLimits(*(getattr(WHOLE, name) * 2 for name in WHOLE.__slots__)),
}
RECALL = ("related", "recall@candidates")


def find_recalls(news: News, given: Given) -> Report:
    """Every variant, on every query of the period."""
    report = Report("Candidates: the share of the relevant that is among them", metrics=(RECALL,))
    judgments = judge(news.corpus, news.lists, since=given.since, until=given.until)
    replay = Replay(news.corpus, judgments, ())
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in VARIANTS}
    for query in judgments.queries:
        if "related" in query.gains:
            reading = replay.read(news.corpus, query)
            for name, recall, count in _recalls(reading, query, judgments.foreign):
                found[name].append((recall, count))
    for name, values in found.items():
        recalls, counts = np.array(values).T
        than = None if name == "all sources" else "all sources"
        report.add(Line(DEVELOPMENT, name, {RECALL: recalls}, than))
        report.note(f"{name}: {counts.mean():.0f} candidates")
    return report


def _recalls(reading: QueryContext, query: JudgedQuery, foreign: Values) -> Iterator[tuple[str, float, int]]:
    relevant = list(query.gains["related"])
    for name, limits in VARIANTS.items():
        rows = find_candidates(reading, limits)
        rows = rows[~foreign[rows]]
        yield name, float(np.isin(relevant, rows).mean()), len(rows)


def main(argv: Arguments = None) -> None:
    """Load, find, print."""
    given = read_given(parser_for(__doc__).parse_args(argv))
    find_recalls(load_news(given.data, given.until), given).publish(given.json)


if __name__ == "__main__":
    main()
