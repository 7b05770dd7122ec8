"""`lists`, `articles`, `status` and `export`: the contents of the store and the models folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import plural
from recsys.cli.formatting import article_table, fact_table, list_table, spaced
from recsys.cli.model_commands import find_current
from recsys.cli.options import JsonOption, ModelsOption, StoreOption, open_session
from recsys.cli.output_files import write_lines
from recsys.cli.train_commands import contexts_text
from recsys.documents import article_record, list_record
from recsys.domain import Article, Kind, RankedList, format_time
from recsys.store import Store, StoreCounts, export_lines
from recsys.text import tokenise

if TYPE_CHECKING:
    from recsys.manifest import Manifest

CountOption = Annotated[int, typer.Option("-n", metavar="N", min=1, help="Maximum number to show.")]


def show_lists(
    ctx: typer.Context,
    *,
    kind: Annotated[Kind | None, typer.Option(help="Only lists of this kind.")] = None,
    scope: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only lists of this scope, as printed.")
    ] = None,
    count: CountOption = 5,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show the lists in the store, newest first."""
    session = open_session(ctx, store=store, json=json)
    with session.open_store() as opened, session.out.progress("reading lists"):
        matches = list(_read_lists(opened, kind, scope))
    newest = matches[: -count - 1 : -1]
    if session.out.json:
        for ranked in newest:
            session.out.record(list_record(ranked))
        return
    session.out.show(*spaced(list_table(ranked) for ranked in newest))
    session.out.note(f"{len(newest):,} of {plural(len(matches), 'list')}.")


def show_articles(
    ctx: typer.Context,
    *,
    count: CountOption = 10,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only articles that contain all these words.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show the articles in the store, newest first."""
    session = open_session(ctx, store=store, json=json)
    total, newest = 0, deque[Article](maxlen=count)
    with session.open_store() as opened, session.out.progress("reading articles"):
        for article in _read_articles(opened, search):
            total += 1
            newest.appendleft(article)
    if session.out.json:
        for article in newest:
            session.out.record(article_record(article))
        return
    if newest:
        session.out.show(article_table(newest))
    session.out.note(f"{len(newest):,} of {plural(total, 'article')}.")


def status(
    ctx: typer.Context, store: StoreOption = None, models: ModelsOption = None, json: JsonOption = False
) -> None:
    """Summarise the store and the current model."""
    session = open_session(ctx, store=store, models=models, json=json)
    with session.open_store() as opened:
        counts, name = opened.counts(), opened.name
    manifest, problem = find_current(session.settings.models)
    if problem is not None:
        session.out.warning(f"{problem}. The pretrained weights are used instead.")
    if session.out.json:
        model = None if manifest is None else asdict(manifest)
        session.out.record({"store": {"name": name, **_counts_record(counts)}, "model": model})
        return
    facts = _store_facts(name, counts) | _model_facts(
        session.settings.models, manifest, is_damaged=problem is not None
    )
    session.out.show(fact_table(facts))


def export(
    ctx: typer.Context,
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Output file, compressed if it ends in .gz; default stdout.")
    ] = "-",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Export the whole store as interchange JSON Lines.

    Ingesting the file into an empty store recreates its articles and lists.
    """
    session = open_session(ctx, store=store, json=json)
    with session.open_store() as opened, session.out.progress("exporting") as bar:
        count = write_lines(file, export_lines(opened), lambda done: bar.update(f"{done:,} records", done))
    place = "stdout" if file == "-" else file
    if session.out.json and file != "-":
        session.out.record({"file": file, "records": count})
    else:
        session.out.note(f"Wrote {plural(count, 'record')} to {place}.")


def _read_lists(store: Store, kind: Kind | None, scope: str | None) -> Iterator[RankedList]:
    for stored in store.read_lists():
        if (kind is None or stored.list.kind == kind) and (scope is None or stored.list.scope == scope):
            yield stored.list


def _read_articles(store: Store, search: str | None) -> Iterator[Article]:
    words = set(tokenise(search or ""))
    for stored in store.read_articles():
        article = stored.article
        if not words or words.issubset(tokenise(f"{article.headline or ''}\n{article.body or ''}")):
            yield article


def _counts_record(counts: StoreCounts) -> dict[str, object]:
    return {
        "articles": counts.articles,
        "with_page": counts.with_page,
        "headline_only": counts.headline_only,
        "lists": counts.lists,
        "lists_by_kind": {kind.value: count for kind, count in counts.lists_by_kind.items()},
        "items": counts.items,
        "impressions": counts.impressions,
        "clicks": counts.clicks,
        "first_at": None if counts.first_at is None else format_time(counts.first_at),
        "last_at": None if counts.last_at is None else format_time(counts.last_at),
    }


def _store_facts(name: str, counts: StoreCounts) -> dict[str, str]:
    kinds = ", ".join(f"{count:,} {kind.value}" for kind, count in counts.lists_by_kind.items())
    facts = {
        "store": name,
        "articles": f"{counts.articles:,} ({counts.with_page:,} with their page, "
        f"{counts.headline_only:,} known only by headline)",
        "lists": f"{counts.lists:,} with {plural(counts.items, 'item')}" + (f": {kinds}" if kinds else ""),
    }
    if counts.impressions:
        shown, clicks = plural(counts.impressions, "impression"), plural(counts.clicks, "click")
        facts["widget"] = f"{shown}, {clicks}"
    if counts.first_at is not None and counts.last_at is not None:
        facts["observed"] = f"{format_time(counts.first_at)} to {format_time(counts.last_at)}"
    return facts


def _model_facts(models: Path, manifest: Manifest | None, *, is_damaged: bool) -> dict[str, str]:
    if is_damaged:
        return {"model": f"the current one in {models} is damaged; the pretrained weights are used"}
    if manifest is None:
        return {"model": f"none in {models} yet; the pretrained weights are used"}
    model = {"model": str(models / manifest.name)}
    if not manifest.contexts:
        return model | {"trained on": f"nothing before {manifest.until}: the pretrained weights"}
    return model | {
        "trained on": contexts_text(manifest.contexts),
        "period": f"{manifest.first} to {manifest.until}",
    }
