"""`init` and `collect`: from a site's address to recsys.toml, and on to articles and lists in the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from json import dumps as encoded
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from recsys.cli.console import Bar, Output, Problems, plural
from recsys.cli.ingest_commands import save_corpus_index
from recsys.cli.options import JsonOption, Session, StoreOption, now, open_session
from recsys.cli.page_fetch import check_installed, fetchers_of, parse_site
from recsys.cli.terminal_tables import source_table
from recsys.config.settings import FILE_NAME
from recsys.config.sites import MAX_REQUESTS, REQUESTS, Site, is_host_and_port
from recsys.domain import format_time
from recsys.durations import parse_duration
from recsys.errors import InputError
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.crawl.crawler import Crawler, CrawlReport
    from recsys.crawl.survey import Survey

AllowOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-private", metavar="HOST:PORT", help="A host that may be asked although it is not public."
    ),
]


def init(
    ctx: typer.Context,
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of the site's front page.")],
    allow_private: AllowOption = None,
    json: JsonOption = False,
) -> None:
    """Look at a site and write a first recsys.toml: its feeds, sitemaps and sections. Nothing is stored."""
    check_installed()
    session = open_session(ctx, json=json)
    site = replace(parse_site(url), allow=_check_allowed(allow_private))
    place = Path(FILE_NAME)
    if place.exists() and any(each.name == site.name for each in session.settings.sites):
        raise InputError(f"{FILE_NAME}: it describes {site.name} already; it is never overwritten")
    survey = _survey(session, site)
    written = _describe(site, survey)
    is_new = not place.exists()
    if is_new:
        try:
            with place.open("x", encoding="utf-8") as file:
                file.write(f"# The settings of recsys; docs/collecting.md describes [sites].\n\n{written}")
        except OSError as error:
            raise InputError(f"{FILE_NAME}: cannot be written: {error.strerror}") from None
    _say_survey(session.out, site, survey, written, is_new=is_new)


def collect(
    ctx: typer.Context,
    *,
    sites: Annotated[
        list[str] | None,
        typer.Argument(metavar="SITE", help="Names of recsys.toml or addresses; else all of recsys.toml."),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="TIME", help="Go on, so often: 15m, 1h; else once.")
    ] = None,
    requests: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_REQUESTS,
            help=f"The most requests to each site in a round; else as recsys.toml says, else {REQUESTS}.",
        ),
    ] = None,
    limit: Annotated[
        str, typer.Option("--time", metavar="TIME", help="The longest time that a round may take.")
    ] = "1h",
    allow_private: AllowOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Fetch new articles and the lists of front and section pages into the store, politely."""
    check_installed()
    session = open_session(ctx, store=store, json=json)
    span, within = _parse_time(every, "--every"), _parse_time(limit, "--time")
    allowed = _check_allowed(allow_private)
    chosen = [replace(each, allow=(*each.allow, *allowed)) for each in _choose_sites(session, sites or [])]
    chosen = [each if span is None else replace(each, every=span) for each in chosen]
    chosen = [each if requests is None else replace(each, requests=requests) for each in chosen]
    with session.open_store(create=True) as opened:
        _collect(session, opened, chosen, span, within)


def _collect(
    session: Session,
    store: Store,
    sites: Sequence[Site],
    every: timedelta | None,
    limit: timedelta | None,
) -> None:
    from recsys.crawl.crawler import Crawler
    from recsys.crawl.frontier import Frontier

    place = store.beside.with_suffix(".frontier") if store.beside is not None else Path("recsys.frontier")
    with Frontier.open(place) as agenda, fetchers_of(session, sites) as fetchers:
        collector = Crawler(
            store,
            agenda,
            fetchers,
            sites,
            clock=now,
            sleep=time.sleep,
            profiles=session.settings.profiles,
        )
        within = min((each for each in (every, limit) if each is not None), default=None)
        while True:
            began, problems = now(), Problems(session.out)
            with session.out.progress("collecting") as bar:
                done = collector.crawl(within=within, progress=_telling(bar))
            if done.counts.articles_new or done.counts.articles_changed or done.counts.lists_new:
                save_corpus_index(store)
            _say_round(session.out, done, sites, store.name)
            for line in done.problems:
                problems.error(line)
            if every is None:
                _say_next(session.out, collector)
                problems.finish("address or entry", "addresses or entries")
                return
            time.sleep(max((began + every - now()).total_seconds(), 0.0))


def _survey(session: Session, site: Site) -> Survey:
    with fetchers_of(session, [site]) as fetchers, session.out.progress("looking") as bar:
        from recsys.crawl.survey import survey_site

        return survey_site(
            site,
            fetchers[site.name],
            clock=now,
            sleep=time.sleep,
            progress=_telling(bar),
        )


def _parse_time(text: str | None, option: str) -> timedelta | None:
    span = None if text is None else parse_duration(text)
    if text is not None and span is None:
        raise typer.BadParameter(f"expected a time such as 15m or 1h, found {text!r}", param_hint=option)
    return span


def _check_allowed(given: Sequence[str] | None) -> tuple[str, ...]:
    for each in given or ():
        if not is_host_and_port(each):
            raise typer.BadParameter(
                f"expected a host and a port, such as 127.0.0.1:8123, found {each!r}",
                param_hint="--allow-private",
            )
    return tuple(given or ())


def _choose_sites(session: Session, given: Sequence[str]) -> list[Site]:
    """Those of recsys.toml that are named, or all; an address that it does not know is a site of its own."""
    known = {site.name: site for site in session.settings.sites}
    if not given:
        if not known:
            raise InputError(
                f"no site is named, and there is none in {FILE_NAME}: recsys init URL writes one"
            )
        return list(known.values())
    found = {}
    for text in given:
        site = known.get(text) or parse_site(text)
        found[site.name] = known.get(site.name, site)
    return list(found.values())


def _describe(site: Site, survey: Survey) -> str:
    """The table of a site in recsys.toml; what was not found is left to be found later."""
    from recsys.crawl.frontier_schema import Role

    sections = tuple(url for url in survey.urls(Role.PAGE) if url != site.url)
    lists = {"feeds": survey.urls(Role.FEED), "sitemaps": survey.urls(Role.SITEMAP), "pages": sections}
    lists["allow"] = site.allow
    lines = [f'[sites."{site.name}"]', f"url = {_quoted(site.url)}"]
    for key, values in lists.items():
        if len(values) == 1:
            lines.append(f"{key} = [{_quoted(values[0])}]")
        elif values:
            lines += [f"{key} = [", *(f"  {_quoted(each)}," for each in values), "]"]
    return "\n".join([*lines, 'every = "15m"', ""])


def _quoted(text: str) -> str:
    """A string of TOML; what JSON makes of text is one as well."""
    return encoded(text, ensure_ascii=False)


def _telling(bar: Bar) -> Callable[[str, int], None]:
    """Tells a progress bar which host is asked, and how many requests there were."""
    return lambda url, asked: bar.update(f"{urlsplit(url).hostname}, {plural(asked, 'request')}", asked)


def _say_survey(out: Output, site: Site, survey: Survey, written: str, *, is_new: bool) -> None:
    if out.json:
        found = [asdict(each) | {"role": each.role.name.lower()} for each in survey.sources]
        file = FILE_NAME if is_new else None
        out.record({"site": site.name, "found": found, "file": file, "problems": list(survey.problems)})
        return
    out.say(f"Found at {site.url}:")
    out.show(source_table(survey.sources, site.url))
    for line in survey.problems:
        out.warning(line)
    if is_new:
        out.note(f"Wrote {FILE_NAME}. Next: recsys collect")
    else:
        out.note(f"{FILE_NAME} exists and is never overwritten. Add this to it:\n\n{written}")


def _say_round(out: Output, done: CrawlReport, sites: Sequence[Site], store: str) -> None:
    counts = done.counts
    if out.json:
        report = {name: value for name, value in asdict(done).items() if name != "counts"}
        for each in report["stopped"]:
            each["next_try"] = format_time(each["next_try"])
        out.record({"at": format_time(now()), "store": store} | report | asdict(counts))
        return
    where = ", ".join(site.name for site in sites)
    out.say(f"Collected {where} with {plural(done.requests, 'request')} into {store}:")
    read = counts.articles_new + counts.articles_changed
    out.say(f"  {plural(read, 'article')} ({counts.articles_new:,} new, {counts.articles_changed:,} changed)")
    out.say(f"  {plural(counts.lists_new, 'new list')}, with {plural(counts.items, 'item')}")
    for count, one, many in (
        (done.unchanged, "answer without news", "answers without news"),
        (done.forbidden, "address that robots.txt forbids", "addresses that robots.txt forbids"),
        (done.gone, "address that is gone", "addresses that are gone"),
        (done.forgotten, "old address forgotten", "old addresses forgotten"),
        (done.left_out, "address beyond the limits of its site", "addresses beyond the limits of their site"),
    ):
        if count:
            out.say(f"  {plural(count, one, many)}")
    for line in dict.fromkeys(done.busy):
        out.note(f"left alone: {line}")
    for line in done.notes:
        out.note(line)
    _say_left(out, done)


def _say_left(out: Output, done: CrawlReport) -> None:
    """What a round left for later ones, and why."""
    for site in done.sites:
        if site.left:
            known = f"{site.fetched:,} of {site.fetched + site.left:,} known addresses fetched"
            out.say(f"{site.site}: {known}; {site.left:,} left for later rounds ({site.reason})")
    for pattern in done.stopped:
        pages = f"{pattern.stories:,} of {plural(pattern.fetched, 'page')} were stories"
        minutes = plural(max(round((pattern.next_try - now()).total_seconds() / 60), 1), "minute")
        waiting = f"{plural(pattern.left, 'known address', 'known addresses')} left, next try in {minutes}"
        out.say(f"{pattern.site}: {pattern.pattern} is no longer explored: {pages}; {waiting}")


def _say_next(out: Output, collector: Crawler) -> None:
    due = collector.next_at()
    if not out.json and due is not None:
        minutes = max(round((due - now()).total_seconds() / 60), 0)
        out.note(f"The next address is due in {plural(minutes, 'minute')}. --every 15m goes on by itself.")
