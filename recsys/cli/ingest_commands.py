"""`read` and `ingest`: from files to pages, shown or stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import chain
from typing import Annotated

import typer

from recsys.cli.console import Output, Problems, plural
from recsys.cli.import_options import ColumnOption, PeriodOption, ZoneOption, build_import_options
from recsys.cli.input_files import Progress, find_files, is_address, read_pages, sizes, suggest_profiles
from recsys.cli.options import JsonOption, ObservedAtOption, SiteOption, StoreOption, now, open_session
from recsys.cli.page_fetch import fetch_page
from recsys.cli.terminal_tables import article_card, list_table, spaced
from recsys.documents import Suggestion, article_record, format_profile, list_record
from recsys.domain import Page
from recsys.store import Counts, Store


def read(
    ctx: typer.Context,
    *,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files, folders, globs, or -.")],
    observed_at: ObservedAtOption = None,
    site: SiteOption = None,
    period: PeriodOption = None,
    zone: ZoneOption = None,
    column: ColumnOption = None,
    suggest_profile: Annotated[
        bool,
        typer.Option(
            "--suggest-profile", help="Print a site profile for recsys.toml, made from saved pages or URLs."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show what pages hold: the article and the lists. Nothing is stored."""
    session = open_session(ctx, json=json)
    out = session.out
    problems, progress = Problems(out), Progress()
    reading = build_import_options(
        observed_at, site, period=period, zone=zone, columns=column, profiles=session.settings.profiles
    )
    if suggest_profile:
        saved, on_web = [f for f in files if not is_address(f)], [f for f in files if is_address(f)]
        pages = chain(find_files(saved, problems) if saved else (), on_web)
        _show_profiles(out, suggest_profiles(pages, reading, problems, partial(fetch_page, session)))
        problems.finish("page", "pages")
        return
    for name, page in read_pages(find_files(files, problems), reading, problems, progress):
        _show_page(out, name, page)
    if not out.json:
        out.note(f"Read {plural(progress.pages, 'page')} from {plural(progress.files, 'file')}.")
    problems.finish("record or file", "records or files")


def ingest(
    ctx: typer.Context,
    *,
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, globs, or -.")],
    observed_at: ObservedAtOption = None,
    site: SiteOption = None,
    period: PeriodOption = None,
    zone: ZoneOption = None,
    column: ColumnOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Store what pages hold. What is stored already changes nothing, so it can be run again at any time."""
    session = open_session(ctx, store=store, json=json)
    out = session.out
    problems, progress = Problems(out), Progress()
    files = list(find_files(paths, problems))
    reading = build_import_options(
        observed_at, site, period=period, zone=zone, columns=column, profiles=session.settings.profiles
    )
    named = read_pages(files, reading, problems, progress)
    with session.open_store(create=True) as opened:
        with out.progress("reading", total := sizes(files)) as bar:
            counts = opened.add_all(
                _follow(named, lambda: bar.update("reading", progress.bytes, total)), now=now()
            )
        save_corpus_index(opened)
        _say_counts(out, counts, progress, problems, opened.name)
    problems.finish("record or file", "records or files")


def save_corpus_index(store: Store) -> None:
    """Make the new articles ready to be asked and found, once, when they arrive."""
    from recsys.corpus import CorpusFollower

    if store.index_folder is not None:
        CorpusFollower(store, store.index_folder).try_save()


def _follow(named: Iterator[tuple[str, Page]], update: Callable[[], None]) -> Iterator[Page]:
    for _, page in named:
        update()
        yield page


def _show_page(out: Output, name: str, page: Page) -> None:
    if out.json:
        article = None if page.article is None else article_record(page.article)
        out.record({"file": name, "article": article, "lists": [list_record(each) for each in page.lists]})
        return
    out.show(*spaced([article_card(name, page.article), *(list_table(each) for each in page.lists)]), "")


def _show_profiles(out: Output, suggested: dict[str, list[Suggestion]]) -> None:
    """The tables of recsys.toml, or as JSON the rules, an object a site."""
    for number, (site, suggestions) in enumerate(suggested.items()):
        if out.json:
            rules = [asdict(each.rule) | {"headlines": list(each.headlines)} for each in suggestions]
            out.record({"site": site, "lists": rules})
        elif suggestions:
            out.say(("\n" if number else "") + format_profile(site, suggestions))
        else:
            out.note(f"no list was found on the pages of {site}")


def _say_counts(out: Output, counts: Counts, progress: Progress, problems: Problems, store: str) -> None:
    files, pages = progress.files, progress.pages
    if out.json:
        read = {"files": files, "pages": pages, "skipped": problems.errors, "store": store}
        out.record(read | asdict(counts))
        return
    articles = counts.articles_new + counts.articles_changed + counts.articles_unchanged
    lists = counts.lists_new + counts.lists_known
    out.say(f"Read {plural(pages, 'page')} from {plural(files, 'file')} into {store}:")
    out.say(
        f"  {plural(articles, 'article')} ({counts.articles_new:,} new, {counts.articles_changed:,} changed)"
    )
    out.say(f"  {plural(counts.headlines_new, 'new story', 'new stories')} known by headline alone")
    out.say(f"  {plural(lists, 'list')} ({counts.lists_new:,} new, with {plural(counts.items, 'item')})")
