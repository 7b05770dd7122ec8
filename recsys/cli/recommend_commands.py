"""`recommend`, `popular` and `explain`: rankings, and the terms of a score."""

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
from recsys.cli.formatting import (
    article_json,
    explained,
    explanation_table,
    headline_text,
    recommendation_json,
    recommendation_table,
)
from recsys.cli.model_commands import choose_ranker
from recsys.cli.options import (
    AsOfOption,
    JsonOption,
    ModelsOption,
    RankerOption,
    Session,
    StoreOption,
    now,
    open_session,
)
from recsys.cli.request_options import (
    DialOption,
    ExplainOption,
    KOption,
    RequestOptions,
    RuleOption,
    RulesOption,
    find_query,
)
from recsys.cli.trec_runs import write_run
from recsys.domain import Article, Fill, Recommendation, format_time
from recsys.request import Request
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.recommender import Recommender


QueriesOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Queries, {query_id, url, as_of} per line.")
]
RunOption = Annotated[str | None, typer.Option(metavar="FILE", help="TREC run to write for --queries.")]


def recommend(
    ctx: typer.Context,
    *,
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="URL | FILE", help="The article being read: a stored address or a saved page."
        ),
    ] = None,
    k: KOption = None,
    as_of: AsOfOption = None,
    dial: DialOption = None,
    rule: RuleOption = None,
    rules: RulesOption = None,
    ranker: RankerOption = None,
    explain: ExplainOption = False,
    queries: QueriesOption = None,
    run: RunOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Recommend headlines for an article.

    Without URL or FILE it recommends what is popular. With --queries and --run it answers a file of queries
    and writes a TREC run.
    """
    session = open_session(ctx, store=store, models=models, json=json)
    if (queries is None) != (run is None) or (queries is not None and query is not None):
        raise typer.BadParameter("--queries and --run go together, and without URL or FILE")
    options = RequestOptions(k, dial, rule, rules, explain)
    if queries is not None and run is not None:
        request = options.request(session, run=True)
        with session.open_store() as opened:
            chosen = choose_ranker(session, ranker)
            write_run(session, opened, chosen, queries=queries, run=run, request=request)
        return
    request = options.request(session)
    with _open_context(session, as_of, ranker) as context:
        article = None if query is None else find_query(context.store, query, context.as_of)
        ranking = context.recommender.recommend(article, context.as_of, request)
        _show(session, context, article, request, ranking)


def popular(
    ctx: typer.Context,
    *,
    k: KOption = None,
    as_of: AsOfOption = None,
    scope: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only articles from lists of this scope, as printed.")
    ] = None,
    rule: RuleOption = None,
    explain: ExplainOption = False,
    ranker: RankerOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is popular, on the whole site or in one scope."""
    session = open_session(ctx, store=store, models=models, json=json)
    request = RequestOptions(k, rule=rule, explain=explain).request(session)
    with _open_context(session, as_of, ranker) as context:
        ranking = context.recommender.popular(context.as_of, scope=scope, request=request)
        _show(session, context, None, request, ranking)


def explain(
    ctx: typer.Context,
    *,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="The article being read, URL or FILE.")],
    candidate: Annotated[
        str, typer.Argument(metavar="CANDIDATE", help="The article to explain, URL or FILE.")
    ],
    as_of: AsOfOption = None,
    ranker: RankerOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Explain the score of one candidate for an article."""
    session = open_session(ctx, store=store, models=models, json=json)
    with _open_context(session, as_of, ranker) as context:
        article = find_query(context.store, query, context.as_of)
        other = find_query(context.store, candidate, context.as_of)
        explanation = context.recommender.explain(article, other, context.as_of)
    if session.out.json:
        session.out.record({"query": article_json(article), **recommendation_json(explanation, explain=True)})
        return
    session.out.show("For", headline_text(article), "the score of", headline_text(other), "is the sum of")
    session.out.show(Text(explanation.in_words, style="dim"), explanation_table(explanation))


@dataclass(frozen=True, slots=True)
class _Context:
    """An open store, a moment, and a recommender for them."""

    store: Store
    as_of: datetime
    ranker: str
    recommender: Recommender


@contextmanager
def _open_context(session: Session, as_of: datetime | None, ranker: str | None) -> Iterator[_Context]:
    from recsys.corpus import open_corpus
    from recsys.recommender import Recommender

    moment = as_of or now()
    with session.open_store() as store:
        chosen = choose_ranker(session, ranker)
        with session.out.progress("loading the corpus"):
            corpus = open_corpus(store, moment)
        yield _Context(store, moment, chosen.name, Recommender(corpus, chosen.ranker))


def _show(
    session: Session,
    context: _Context,
    article: Article | None,
    request: Request,
    ranking: Sequence[Recommendation],
) -> None:
    out, empty = session.out, request.k - len(ranking)
    if out.json:
        out.record(
            {
                "query": None if article is None else article_json(article),
                "as_of": format_time(context.as_of),
                "ranker": context.ranker,
                "recommendations": [recommendation_json(each, request.explain) for each in ranking],
                "empty_places": empty,
            }
        )
        return
    if article is not None:
        out.show("For", headline_text(article), "")
    related = [each for each in ranking if each.fill is None]
    if article is not None and not related:
        out.show("No other story is related to this one.")
    for part in (related, ranking[len(related) :]):
        if part and part[0].fill is not None:
            out.show("", Text(_FILL_TITLES[part[0].fill], style="bold"), "")
        if part:
            is_related = article is not None and part[0].fill is None
            out.show(explained(part) if request.explain else recommendation_table(part, related=is_related))
    count = plural(len(ranking), "headline")
    out.note(f"{count} as of {format_time(context.as_of)}, ranked by {context.ranker}.")
    if empty:
        out.note(f"{empty:,} of {plural(request.k, 'place')} left empty: {_why_empty(request, article)}.")


_FILL_TITLES: dict[Fill, str] = {"popular": "Popular now", "latest": "Latest"}


def _why_empty(request: Request, article: Article | None) -> str:
    if request.rules is False:
        return "there are no other stories"
    if article is not None and request.rules.minimum_relatedness == "auto":
        return "no other story is related, or the rules exclude it"
    return "the rules exclude every other story"
