"""`recommend --queries`: many questions from a file, answered as a TREC run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.cli.console import Problems, plural
from recsys.cli.model_commands import Choice
from recsys.cli.options import Session
from recsys.cli.output_files import write_lines
from recsys.cli.query_lookup import find_stored
from recsys.documents.source import AsShown
from recsys.domain import parse_time
from recsys.errors import InvalidValueError, ReadError, UnknownArticleError
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.recommender import Recommender, Request


@dataclass(frozen=True, slots=True)
class RunQuery:
    """One question: an article at a moment, or a moment alone."""

    id: str
    url: str | None
    as_of: datetime


def answer_queries(
    session: Session, store: Store, chosen: Choice, *, queries: Path, run: str, request: Request
) -> None:
    """Answer every query of a file as of its own moment; one that cannot be answered is named and skipped."""
    from recsys.corpus import Corpus
    from recsys.recommender import Recommender

    problems = Problems(session.out)
    asked = load_queries(queries, problems)
    with session.out.progress("loading the archive") as bar:
        corpus = Corpus.load(store, max(each.as_of for each in asked), first_texts=True)
        answers = Answers(store, Recommender(corpus, chosen.ranker), request, chosen.name, problems)
        lines = answers.lines(asked, lambda done: bar.update("answering", done, len(asked)))
        count = write_lines(run, lines, lambda _: None)
    if session.out.json and run != "-":
        session.out.record({"queries": answers.count, "lines": count, "run": run, "ranker": chosen.name})
    else:
        answered = plural(answers.count, "query", "queries")
        session.out.note(
            f"Answered {answered} with {plural(count, 'line')} in {run}, ranked by {chosen.name}."
        )
    problems.finish("query", "queries")


@dataclass(slots=True)
class Answers:
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
        for found in self.recommender.recommend(article, query.as_of, self.request):
            yield f"{query.id} Q0 {found.article.url} {found.rank} {found.score:.6f} {self.tag}"


def load_queries(path: Path, problems: Problems) -> list[RunQuery]:
    """The queries of a file, one JSON object a line; bad ones go to `problems`, ReadError if none is left."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            str(path), expected="a file of queries in UTF-8", found=AsShown(str(error))
        ) from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found += [_parse(str(path), number, line)] if line.strip() else []
        except ReadError as error:
            problems.error(str(error))
    if not found:
        raise ReadError(str(path), expected="at least one query", found=AsShown("none"))
    return found


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
            _word(record.get("query_id"), "query_id"),
            None if record.get("url") is None else _word(record["url"], "url"),
            parse_time(record.get("as_of"), "as_of"),
        )
    except InvalidValueError as error:
        raise ReadError(
            file, expected=error.expected, found=AsShown(error.found), line=number, field=error.field
        ) from None


def _word(value: object, field: str) -> str:
    if not isinstance(value, str) or value.split() != [value]:
        raise InvalidValueError(field, expected="text without spaces", found=value)
    return value
