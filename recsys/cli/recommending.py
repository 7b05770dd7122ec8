"""`recommend`, `popular` and `explain`: rankings, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import plural
from recsys.cli.models import choose_ranker
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
from recsys.cli.queries import find_query
from recsys.cli.runs import answer_queries
from recsys.cli.tables import explained, explanation_table, headline_text, recommendation_table
from recsys.domain import Article, Recommendation, format_time
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.recommender import Recommender

KOption = Annotated[
    int | None,
    typer.Option("-k", "--k", metavar="K", min=1, max=1000, help="How many, else 10; in a run 100."),
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Show what each score is made of.")]
DialOption = Annotated[
    float,
    typer.Option(metavar="X", min=0, max=1, help="From 0 related to 1 popular; 0.5 is what was learnt."),
]
MANY, FEW = 100, 10  # headlines where -k says nothing: of a run, on a terminal


def recommend(
    ctx: typer.Context,
    *,
    query: Annotated[
        str | None, typer.Argument(metavar="URL | FILE", help="The article being read: stored, or a page.")
    ] = None,
    k: KOption = None,
    as_of: AsOfOption = None,
    dial: DialOption = 0.5,
    ranker: RankerOption = None,
    explain: ExplainOption = False,
    queries: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Many questions: {query_id, url, as_of} a line.")
    ] = None,
    run: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where the answers to --queries go, a TREC run.")
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Keep the editorial rules in a run too, not just `never itself`.")
    ] = False,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Recommend headlines beside an article, or for no article at all: what is popular at the moment."""
    from recsys.recommender import Request

    session = open_session(ctx, store=store, models=models, json=json)
    if (queries is None) != (run is None) or (queries is not None and query is not None):
        raise typer.BadParameter("--queries and --run go together, and without URL or FILE")
    if queries is not None and run is not None:
        with session.open_store() as opened:
            chosen = choose_ranker(session, ranker)
            request = Request(k=k or MANY, dial=dial, rules=rules)
            answer_queries(session, opened, chosen, queries=queries, run=run, request=request)
        return
    with _asking(session, as_of, ranker) as asked:
        article = None if query is None else find_query(asked.store, query, asked.as_of)
        request = Request(k=k or FEW, dial=dial, explain=explain)
        _show(session, asked, article, asked.recommender.recommend(article, asked.as_of, request), explain)


def popular(
    ctx: typer.Context,
    *,
    k: KOption = None,
    as_of: AsOfOption = None,
    scope: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only what was on lists of this scope, as printed.")
    ] = None,
    explain: ExplainOption = False,
    ranker: RankerOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is popular at a moment, on the whole site or in one scope."""
    from recsys.recommender import Request

    session = open_session(ctx, store=store, models=models, json=json)
    with _asking(session, as_of, ranker) as asked:
        found = asked.recommender.popular(
            asked.as_of, scope=scope, request=Request(k=k or FEW, explain=explain)
        )
        _show(session, asked, None, found, explain)


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
        session.out.record({"query": _article_json(article), **_recommendation_json(found, explain=True)})
        return
    session.out.show("Beside", headline_text(article), "the score of", headline_text(other), "is made of")
    session.out.show(explanation_table(found))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's store, moment and recommender."""

    store: Store
    as_of: datetime
    ranker: str
    recommender: Recommender


@contextmanager
def _asking(session: Session, as_of: datetime | None, ranker: str | None) -> Iterator[_Asked]:
    from recsys.archive import Archive
    from recsys.recommender import Recommender

    moment = as_of or now()
    with session.open_store() as store:
        chosen = choose_ranker(session, ranker)
        with session.out.progress("loading the archive"):
            archive = Archive.load(store, moment)
        yield _Asked(store, moment, chosen.name, Recommender(archive, chosen.ranker))


def _show(
    session: Session, asked: _Asked, article: Article | None, found: Sequence[Recommendation], explain: bool
) -> None:
    out = session.out
    if out.json:
        out.record(
            {
                "query": None if article is None else _article_json(article),
                "as_of": format_time(asked.as_of),
                "ranker": asked.ranker,
                "recommendations": [_recommendation_json(each, explain) for each in found],
            }
        )
        return
    if article is not None:
        out.show("Beside", headline_text(article), "")
    if explain:
        out.show(explained(found))
    elif found:
        out.show(recommendation_table(found, related=article is not None))
    out.note(f"{plural(len(found), 'headline')} as of {format_time(asked.as_of)}, ranked by {asked.ranker}.")


def _article_json(article: Article) -> dict[str, object]:
    return {"url": article.url, "headline": article.headline, "label": article.label}


def _recommendation_json(found: Recommendation, explain: bool) -> dict[str, object]:
    record: dict[str, object] = {
        "rank": found.rank,
        **_article_json(found.article),
        "score": found.score,
        "relatedness": found.relatedness,
        "appeal": found.appeal,
    }
    return record | {"contributions": [asdict(each) for each in found.contributions]} if explain else record
