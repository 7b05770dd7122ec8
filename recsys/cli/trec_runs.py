"""`recommend --queries`: answers a file of queries with a TREC run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.cli.console import Problems, plural
from recsys.cli.model_commands import NamedRanker
from recsys.cli.options import Session
from recsys.cli.output_files import write_lines
from recsys.cli.request_options import find_stored
from recsys.documents.source import AsShown
from recsys.domain import parse_time
from recsys.errors import InvalidValueError, ReadError, UnknownArticleError
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.recommender import Recommender, Request


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A query: an article at a moment, or a moment alone."""

    id: str
    url: str | None
    as_of: datetime


def write_run(
    session: Session, store: Store, chosen: NamedRanker, *, queries: Path, run: str, request: Request
) -> None:
    """Answer every query of a file as of its own moment; those that fail are reported and skipped."""
    from recsys.corpus import Corpus
    from recsys.recommender import Recommender

    problems = Problems(session.out)
    loaded = load_queries(queries, problems)
    with session.out.progress("loading the corpus") as bar:
        corpus = Corpus.load(store, max(each.as_of for each in loaded), first_texts=True)
        writer = RunWriter(store, Recommender(corpus, chosen.ranker), request, chosen.name, problems)
        lines = writer.lines(loaded, lambda done: bar.update("answering", done, len(loaded)))
        count = write_lines(run, lines, lambda _: None)
    if session.out.json and run != "-":
        session.out.record({"queries": writer.count, "lines": count, "run": run, "ranker": chosen.name})
    else:
        answered = plural(writer.count, "query", "queries")
        session.out.note(
            f"Answered {answered} with {plural(count, 'line')} in {run}, ranked by {chosen.name}."
        )
    problems.finish("query", "queries")


@dataclass(slots=True)
class RunWriter:
    """Answers queries with lines `query_id Q0 candidate_url rank score tag`."""

    store: Store
    recommender: Recommender
    request: Request
    tag: str
    problems: Problems
    count: int = 0

    def lines(self, queries: list[RunQuery], progress: Callable[[int], None]) -> Iterator[str]:
        """The lines of all queries, in their order."""
        for done, query in enumerate(queries, start=1):
            yield from self._answer(query)
            progress(done)

    def _answer(self, query: RunQuery) -> Iterator[str]:
        try:
            article = None if query.url is None else find_stored(self.store, query.url, query.as_of)
        except UnknownArticleError as error:
            self.problems.error(f"{query.id}: {error}")
            return
        self.count += 1
        for each in self.recommender.recommend(article, query.as_of, self.request):
            yield f"{query.id} Q0 {each.article.url} {each.rank} {each.score:.6f} {self.tag}"


def load_queries(path: Path, problems: Problems) -> list[RunQuery]:
    """The queries of a file, a JSON object per line; invalid ones are reported. ReadError if none is left."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            str(path), expected="a file of queries in UTF-8", found=AsShown(str(error))
        ) from error
    queries = []
    for number, line in enumerate(lines, start=1):
        try:
            queries += [_parse(str(path), number, line)] if line.strip() else []
        except ReadError as error:
            problems.error(str(error))
    if not queries:
        raise ReadError(str(path), expected="at least one query", found=AsShown("none"))
    return queries


def _parse(file: str, number: int, line: str) -> RunQuery:
    expected = "a JSON object with query_id, url and as_of"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ReadError(file, line=number, expected=expected, found=line) from None
    if not isinstance(record, dict):
        raise ReadError(file, line=number, expected=expected, found=line)
    try:
        return RunQuery(
            _parse_word(record.get("query_id"), "query_id"),
            None if record.get("url") is None else _parse_word(record["url"], "url"),
            parse_time(record.get("as_of"), "as_of"),
        )
    except InvalidValueError as error:
        raise ReadError(
            file, expected=error.expected, found=AsShown(error.found), line=number, field=error.field
        ) from None


def _parse_word(value: object, field: str) -> str:
    if not isinstance(value, str) or value.split() != [value]:
        raise InvalidValueError(field, expected="text without spaces", found=value)
    return value
