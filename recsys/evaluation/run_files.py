"""TREC run files: lists that somebody else made, read and held to the rules of the replay."""

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
    """Candidates by query, in the order of their ranks; of equal ranks in that of their names.

    ReadError names the line that is none of a run, or that ranks a candidate a second time.
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
    """The lines of a text file; ReadError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), expected="a text file in UTF-8", found=AsShown(str(error))) from error


def _is_rank(text: str) -> bool:
    return text.lstrip("-").isdecimal()


@dataclass
class RunCheck:
    """Holds runs to what is asked: known queries, known candidates, none from the future."""

    corpus: Corpus
    store: Store
    queries: Sequence[JudgedQuery]
    problem: Callable[[str], None]
    """Hears of what is left out, a line for each sort and run."""
    _moments: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._moments = {query.id: query.moment for query in self.queries}

    def take(self, name: str, path: Path) -> WrittenRun:
        """The run of a file; what it says about unknown queries and candidates is left out."""
        run = read_run(path)
        strange = [query for query in run if query not in self._moments]
        if len(strange) == len(run):
            raise EvaluationError(
                f"{path}: none of its queries is asked in this period, such as {strange[0]}"
            )
        if strange:
            self._tell(path, "queries", strange, "not asked in this period")
        known = {
            query: self._rows(path, query, found) for query, found in run.items() if query not in strange
        }
        unknown = sorted({url for query in known for url in self._unknown(run[query])})
        if unknown:
            self._tell(path, "candidates", unknown, "not in the store")
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

    def _tell(self, path: Path, what: str, names: Sequence[str], why: str) -> None:
        count = f"{len(names):,} {what if len(names) > 1 else what.replace('ies', 'y').rstrip('s')}"
        self.problem(f"{path}: {count} {why}, left out: {names[0]}{' …' if len(names) > 1 else ''}")
