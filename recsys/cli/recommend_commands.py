"""`recommend`, `popular` and `explain`: rankings, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from recsys.cli.console import plural
from recsys.cli.json_output import article_json, recommendation_json
from recsys.cli.model_commands import choose_ranker
from recsys.cli.options import (
    AsOfOption,
    JsonOption,
    ModelsOption,
    RankerOption,
    SeenSinceOption,
    Session,
    StoreOption,
    now,
    open_session,
)
from recsys.cli.query_lookup import find_query
from recsys.cli.recommend_all import (
    AllOption,
    BatchOptions,
    FormatOption,
    JobsOption,
    OutputOption,
    write_batch,
)
from recsys.cli.request_options import (
    DialOption,
    ExplainOption,
    KOption,
    RequestOptions,
    RuleOption,
    RulesOption,
)
from recsys.cli.terminal_tables import explained, explanation_table, headline_text, recommendation_table
from recsys.cli.trec_runs import answer_queries
from recsys.domain import Article, Recommendation, format_time
from recsys.request import Request
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.recommender import Recommender


QueriesOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Many questions: {query_id, url, as_of} a line.")
]
RunOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="Where the answers to --queries go, a TREC run.")
]


def recommend(
    ctx: typer.Context,
    *,
    query: Annotated[
        str | None, typer.Argument(metavar="URL | FILE", help="The article being read: stored, or a page.")
    ] = None,
    k: KOption = None,
    as_of: AsOfOption = None,
    dial: DialOption = None,
    rule: RuleOption = None,
    ranker: RankerOption = None,
    explain: ExplainOption = False,
    queries: QueriesOption = None,
    run: RunOption = None,
    rules: RulesOption = None,
    whole: AllOption = False,
    since: SeenSinceOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    jobs: JobsOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Recommend headlines beside an article, or for no article at all: what is popular at the moment."""
    session = open_session(ctx, store=store, models=models, json=json)
    if (queries is None) != (run is None) or (queries is not None and query is not None):
        raise typer.BadParameter("--queries and --run go together, and without URL or FILE")
    batch = BatchOptions.of(whole, since, form, output, jobs, alone=query is None and queries is None)
    wishes = RequestOptions(k, dial, rule, rules, explain)
    if batch is not None:
        chosen = choose_ranker(session, ranker)
        write_batch(session, chosen, batch, as_of=as_of or now(), request=wishes.request(session))
        return
    if queries is not None and run is not None:
        request = wishes.request(session, run=True)
        with session.open_store() as opened:
            chosen = choose_ranker(session, ranker)
            answer_queries(session, opened, chosen, queries=queries, run=run, request=request)
        return
    request = wishes.request(session)
    with _asking(session, as_of, ranker) as asked:
        article = None if query is None else find_query(asked.store, query, asked.as_of)
        _show(session, asked, article, request, asked.recommender.recommend(article, asked.as_of, request))


def popular(
    ctx: typer.Context,
    *,
    k: KOption = None,
    as_of: AsOfOption = None,
    scope: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only what was on lists of this scope, as printed.")
    ] = None,
    rule: RuleOption = None,
    explain: ExplainOption = False,
    ranker: RankerOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is popular at a moment, on the whole site or in one scope."""
    session = open_session(ctx, store=store, models=models, json=json)
    request = RequestOptions(k, given=rule, explain=explain).request(session)
    with _asking(session, as_of, ranker) as asked:
        found = asked.recommender.popular(asked.as_of, scope=scope, request=request)
        _show(session, asked, None, request, found)


def explain(
    ctx: typer.Context,
    *,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="The article being read, URL or FILE.")],
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE", help="The other one, URL or FILE.")],
    as_of: AsOfOption = None,
    ranker: RankerOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Explain the score of one article beside another."""
    session = open_session(ctx, store=store, models=models, json=json)
    with _asking(session, as_of, ranker) as asked:
        article = find_query(asked.store, query, asked.as_of)
        other = find_query(asked.store, candidate, asked.as_of)
        found = asked.recommender.explain(article, other, asked.as_of)
    if session.out.json:
        session.out.record({"query": article_json(article), **recommendation_json(found, explain=True)})
        return
    session.out.show("Beside", headline_text(article), "the score of", headline_text(other), "is made of")
    session.out.show(Text(found.in_words, style="dim"), explanation_table(found))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's store, moment and recommender."""

    store: Store
    as_of: datetime
    ranker: str
    recommender: Recommender


@contextmanager
def _asking(session: Session, as_of: datetime | None, ranker: str | None) -> Iterator[_Asked]:
    from recsys.corpus import open_corpus
    from recsys.recommender import Recommender

    moment = as_of or now()
    with session.open_store() as store:
        chosen = choose_ranker(session, ranker)
        with session.out.progress("loading the archive"):
            corpus = open_corpus(store, moment)
        yield _Asked(store, moment, chosen.name, Recommender(corpus, chosen.ranker))


def _show(
    session: Session,
    asked: _Asked,
    article: Article | None,
    request: Request,
    found: Sequence[Recommendation],
) -> None:
    out, empty = session.out, request.k - len(found)
    if out.json:
        out.record(
            {
                "query": None if article is None else article_json(article),
                "as_of": format_time(asked.as_of),
                "ranker": asked.ranker,
                "recommendations": [recommendation_json(each, request.explain) for each in found],
                "empty_places": empty,
            }
        )
        return
    if article is not None:
        out.show("Beside", headline_text(article), "")
    if request.explain:
        out.show(explained(found))
    elif found:
        out.show(recommendation_table(found, related=article is not None))
    out.note(f"{plural(len(found), 'headline')} as of {format_time(asked.as_of)}, ranked by {asked.ranker}.")
    if empty:
        left = "the rules allow no other story" if request.rules else "there is no other story"
        out.note(f"{empty:,} of {plural(request.k, 'place')} left empty: {left}.")
