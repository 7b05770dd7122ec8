"""TREC run files of other systems: parsing, and checks against the queries of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recsys.corpus import Corpus
from recsys.documents.source import AsShown
from recsys.domain import format_time, from_microseconds, to_microseconds
from recsys.errors import EvaluationError, ReadError
from recsys.evaluation.judgments import JudgedQuery
from recsys.evaluation.results import SystemInfo
from recsys.evaluation.systems import WrittenRun
from recsys.store import Store

_COLUMNS = "query_id Q0 candidate_url rank score tag"


def read_run(path: Path) -> dict[str, list[str]]:
    """Candidates by query, in order of rank, then name.

    ReadError names an invalid line, or one that ranks a candidate twice.
    """
    ranked: dict[str, dict[str, int]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        parts = line.split()
        if len(parts) != 6 or not _is_rank(parts[3]):
            raise ReadError(str(path), line=number, expected=_COLUMNS, found=line)
        query, _, candidate, rank, _, _ = parts
        mine = ranked.setdefault(query, {})
        if candidate in mine:
            raise ReadError(str(path), line=number, expected="every candidate of a query once", found=line)
        mine[candidate] = int(rank)
    if not ranked:
        raise ReadError(str(path), expected=f"lines {_COLUMNS}", found=AsShown("none"))
    return {query: sorted(mine, key=lambda each: (mine[each], each)) for query, mine in ranked.items()}


def read_lines(path: Path) -> list[str]:
    """The lines of a text file; ReadError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), expected="a text file in UTF-8", found=AsShown(str(error))) from error


def _is_rank(text: str) -> bool:
    return text.lstrip("-").isdecimal()


@dataclass
class RunCheck:
    """Checks runs: known queries and candidates, no candidate from after the query's moment."""

    corpus: Corpus
    store: Store
    queries: Sequence[JudgedQuery]
    problem: Callable[[str], None]
    """Called with a line for each kind of entry that is left out of a run."""
    _moments: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._moments = {query.id: query.moment for query in self.queries}

    def take(self, name: str, path: Path) -> WrittenRun:
        """The run of a file, without unknown queries and candidates."""
        run = read_run(path)
        unknown_queries = [query for query in run if query not in self._moments]
        if len(unknown_queries) == len(run):
            raise EvaluationError(
                f"{path}: none of its queries belongs to this period, such as {unknown_queries[0]}"
            )
        if unknown_queries:
            self._report(path, "queries", unknown_queries, "not in this period")
        known = {
            query: self._rows(path, query, urls)
            for query, urls in run.items()
            if query not in unknown_queries
        }
        unknown = sorted({url for query in known for url in self._unknown(run[query])})
        if unknown:
            self._report(path, "candidates", unknown, "not in the store")
        return WrittenRun(SystemInfo(name, "run", str(path)), known)

    def _rows(self, path: Path, query: str, urls: Sequence[str]) -> list[int]:
        moment, rows = self._moments[query], [self.corpus.row_of.get(url, -1) for url in urls]
        for url, row in zip(urls, rows, strict=True):
            seen = self.corpus.first_seen[row] if row >= 0 else self._seen_later(url)
            if url == query or (seen is not None and seen >= moment):
                as_of = format_time(from_microseconds(moment))
                raise EvaluationError(f"{path}: {query}: {url} was not known before {as_of}, or is the query")
        return rows

    def _seen_later(self, url: str) -> int | None:
        stored = self.store.article(url)
        return None if stored is None else to_microseconds(stored.article.first_seen_at)

    def _unknown(self, urls: Sequence[str]) -> list[str]:
        return [url for url in urls if url not in self.corpus.row_of]

    def _report(self, path: Path, what: str, names: Sequence[str], why: str) -> None:
        count = f"{len(names):,} {what if len(names) > 1 else what.replace('ies', 'y').rstrip('s')}"
        self.problem(f"{path}: {count} {why}, left out: {names[0]}{' …' if len(names) > 1 else ''}")
