"""`read` and `ingest`: pages from files, shown or stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import chain
from typing import Annotated

import typer

from recsys.cli.console import Output, Problems, plural
from recsys.cli.crawl_commands import fetch_page
from recsys.cli.formatting import article_card, list_table, spaced
from recsys.cli.import_options import (
    BaseUrlOption,
    ColumnOption,
    PeriodOption,
    ZoneOption,
    build_import_options,
)
from recsys.cli.input_files import Progress, find_files, is_address, read_pages, sizes, suggest_profiles
from recsys.cli.options import (
    JsonOption,
    ObservedAtOption,
    SiteOption,
    StoreOption,
    now,
    open_session,
    save_corpus_index,
)
from recsys.documents import Suggestion, article_record, format_profile, list_record
from recsys.domain import Page
from recsys.store import Counts

SHOWN_KINDS = 6
"""Kinds of files without a page that are named; the others are counted."""


def read(
    ctx: typer.Context,
    *,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files, folders, globs, or -.")],
    observed_at: ObservedAtOption = None,
    site: SiteOption = None,
    period: PeriodOption = None,
    zone: ZoneOption = None,
    column: ColumnOption = None,
    base_url: BaseUrlOption = None,
    suggest_profile: Annotated[
        bool,
        typer.Option(
            "--suggest-profile", help="Print a site profile for recsys.toml from saved pages or URLs."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the article and lists of pages without storing them."""
    session = open_session(ctx, json=json)
    out = session.out
    problems, progress = Problems(out), Progress()
    options = build_import_options(
        observed_at,
        site,
        period=period,
        zone=zone,
        columns=column,
        profiles=session.settings.profiles,
        base_url=base_url,
    )
    if suggest_profile:
        saved, on_web = [f for f in files if not is_address(f)], [f for f in files if is_address(f)]
        found = find_files(saved, problems, progress) if saved else ()
        pages = chain((each.path for each in found), on_web)
        _show_profiles(out, suggest_profiles(pages, options, problems, partial(fetch_page, session)))
        problems.finish("page", "pages")
        return
    found = find_files(files, problems, progress)
    for name, page in read_pages(found, options, problems, progress):
        _show_page(out, name, page)
    if not out.json:
        out.note(f"Read {plural(progress.pages, 'page')} from {plural(progress.files, 'file')}.")
    _note_rest(out, progress, base_url)
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
    base_url: BaseUrlOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Store the articles and lists of pages.

    Pages that are already stored are skipped, so it is safe to run this again.
    """
    session = open_session(ctx, store=store, json=json)
    out = session.out
    problems, progress = Problems(out), Progress()
    files = list(find_files(paths, problems, progress))
    options = build_import_options(
        observed_at,
        site,
        period=period,
        zone=zone,
        columns=column,
        profiles=session.settings.profiles,
        base_url=base_url,
    )
    pages = read_pages(files, options, problems, progress)
    first = next(pages, None)  # no store is created for files without a page
    if first is None and not session.has_store:
        _show_counts(out, Counts(), progress, problems, session.settings.store)
        _note_rest(out, progress, base_url)
        out.note("There was no page to store, so no store was created.")
        problems.finish("record or file", "records or files")
        return
    pages = chain(() if first is None else (first,), pages)
    with session.open_store(create=True) as opened:
        with out.progress("reading", total := sizes(files)) as bar:
            counts = opened.add_all(
                _with_progress(pages, lambda: bar.update("reading", progress.bytes, total)), now=now()
            )
        save_corpus_index(opened)
        _show_counts(out, counts, progress, problems, opened.name)
    _note_rest(out, progress, base_url)
    problems.finish("record or file", "records or files")


def _with_progress(pages: Iterator[tuple[str, Page]], update: Callable[[], None]) -> Iterator[Page]:
    for _, page in pages:
        update()
        yield page


def _show_page(out: Output, name: str, page: Page) -> None:
    if out.json:
        article = None if page.article is None else article_record(page.article)
        out.record({"file": name, "article": article, "lists": [list_record(each) for each in page.lists]})
        return
    out.show(*spaced([article_card(name, page.article), *(list_table(each) for each in page.lists)]), "")


def _show_profiles(out: Output, suggested: dict[str, list[Suggestion]]) -> None:
    """Print the suggested tables for recsys.toml, or the rules as one JSON object per site."""
    for number, (site, suggestions) in enumerate(suggested.items()):
        if out.json:
            rules = [asdict(each.rule) | {"headlines": list(each.headlines)} for each in suggestions]
            out.record({"site": site, "lists": rules})
        elif suggestions:
            out.say(("\n" if number else "") + format_profile(site, suggestions))
        else:
            out.note(f"no list found on the pages of {site}")


def _show_counts(out: Output, counts: Counts, progress: Progress, problems: Problems, store: str) -> None:
    files, pages = progress.files, progress.pages
    if out.json:
        record = {
            "files": files,
            "pages": pages,
            "listing_pages": progress.listings,
            "without_page": progress.without_page.total(),
            "skipped": problems.errors,
            "store": store,
        }
        out.record(record | asdict(counts))
        return
    articles = counts.articles_new + counts.articles_changed + counts.articles_unchanged
    lists = counts.lists_new + counts.lists_known
    out.say(f"Read {plural(pages, 'page')} from {plural(files, 'file')} into {store}:")
    out.say(
        f"  {plural(articles, 'article')} ({counts.articles_new:,} new, {counts.articles_changed:,} changed)"
    )
    out.say(f"  {plural(counts.headlines_new, 'new story', 'new stories')} known only by headline")
    out.say(f"  {plural(lists, 'list')} ({counts.lists_new:,} new, with {plural(counts.items, 'item')})")
    if progress.listings:
        what = plural(progress.listings, "page is no article", "pages are no articles")
        out.say(f"  {what}: only the lists of front pages, sections and the like are stored")


def _note_rest(out: Output, progress: Progress, base_url: str | None) -> None:
    """Print how many pages have no address, and how many files of folders hold no page, by kind."""
    if progress.without_address and base_url is None:
        what = plural(progress.without_address, "page has no address", "pages have no addresses")
        out.note(
            f"{what} and cannot be linked; if the folder is a saved site, pass its address as --base-url."
        )
    total = progress.without_page.total()
    if out.json or not total:
        return
    kinds = [
        f"{count:,} {name}" if name.startswith(".") or count > 1 else name
        for name, count in progress.without_page.most_common(SHOWN_KINDS)
    ]
    rest = len(progress.without_page) - len(kinds)
    shown = ", ".join(kinds) + (f" and {rest:,} more kinds" if rest else "")
    out.note(f"Skipped {plural(total, 'file')} without a page: {shown}.")
