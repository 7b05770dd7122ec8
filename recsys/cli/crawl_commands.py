"""`init` and `crawl`: from a site's address to recsys.toml, then to articles and lists in the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from io import BytesIO
from json import dumps as encoded
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from recsys.cli.console import Bar, Output, Problems, plural
from recsys.cli.formatting import source_table
from recsys.cli.options import JsonOption, Session, StoreOption, now, open_session, save_corpus_index
from recsys.config.settings import FILE_NAME
from recsys.config.sites import MAX_REQUESTS, REQUESTS, Site, is_host_and_port, site_at
from recsys.domain import format_time
from recsys.durations import parse_duration
from recsys.errors import InputError, SettingsError
from recsys.store import Store

if TYPE_CHECKING:
    from recsys.crawl.crawler import Crawler, CrawlReport
    from recsys.crawl.http_client import Fetcher
    from recsys.crawl.survey import Survey

AllowOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-private", metavar="HOST:PORT", help="Allow requests to this non-public host; repeatable."
    ),
]


def init(
    ctx: typer.Context,
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of the site's front page.")],
    allow_private: AllowOption = None,
    json: JsonOption = False,
) -> None:
    """Survey a site and write a first recsys.toml.

    It lists the feeds, sitemaps and section pages of the site. Nothing is stored.
    """
    check_installed()
    session = open_session(ctx, json=json)
    site = replace(parse_site(url), allow=_check_allowed(allow_private))
    path = Path(FILE_NAME)
    if path.exists() and any(each.name == site.name for each in session.settings.sites):
        raise InputError(f"{FILE_NAME}: already describes {site.name}; it is never overwritten")
    survey = _survey(session, site)
    table = _describe(site, survey)
    is_new = not path.exists()
    if is_new:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(f"# The settings of recsys; docs/collecting.md describes [sites].\n\n{table}")
        except OSError as error:
            raise InputError(f"{FILE_NAME}: cannot be written: {error.strerror}") from None
    _show_survey(session.out, site, survey, table, is_new=is_new)


def crawl(
    ctx: typer.Context,
    *,
    sites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SITE", help="Names from recsys.toml, or addresses; default all of recsys.toml."
        ),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="TIME", help="Repeat at this interval, such as 15m or 1h.")
    ] = None,
    requests: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=MAX_REQUESTS,
            help=f"Maximum requests per site; default as in recsys.toml, or {REQUESTS}.",
        ),
    ] = None,
    limit: Annotated[str, typer.Option("--time", metavar="TIME", help="Maximum duration of a crawl.")] = "1h",
    allow_private: AllowOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Fetch new articles and lists into the store, politely."""
    check_installed()
    session = open_session(ctx, store=store, json=json)
    span, within = _parse_time(every, "--every"), _parse_time(limit, "--time")
    allowed = _check_allowed(allow_private)
    chosen = [replace(each, allow=(*each.allow, *allowed)) for each in _choose_sites(session, sites or [])]
    chosen = [each if span is None else replace(each, every=span) for each in chosen]
    chosen = [each if requests is None else replace(each, requests=requests) for each in chosen]
    with session.open_store(create=True) as opened:
        _crawl(session, opened, chosen, span, within)


def _crawl(
    session: Session,
    store: Store,
    sites: Sequence[Site],
    every: timedelta | None,
    limit: timedelta | None,
) -> None:
    from recsys.crawl.crawler import open_crawler

    settings = session.settings
    with open_crawler(
        store, sites, clock=now, user_agent=settings.user_agent, profiles=settings.profiles
    ) as crawler:
        within = min((each for each in (every, limit) if each is not None), default=None)
        while True:
            started, problems = now(), Problems(session.out)
            with session.out.progress("crawling") as bar:
                report = crawler.crawl(within=within, progress=_progress(bar))
            if report.counts.articles_new or report.counts.articles_changed or report.counts.lists_new:
                save_corpus_index(store)
            _show_report(session.out, report, sites, store.name)
            for line in report.problems:
                problems.error(line)
            if every is None:
                _show_next(session.out, crawler)
                problems.finish("address or entry", "addresses or entries")
                return
            time.sleep(max((started + every - now()).total_seconds(), 0.0))


def fetch_page(session: Session, url: str) -> BytesIO:
    """Fetch one page under the crawler's rules; FetchError if that fails."""
    check_installed()
    from recsys.crawl.survey import fetch_page as fetch

    site = parse_site(url)
    site = next((known for known in session.settings.sites if known.name == site.name), site)
    with _open_fetcher(session, site) as fetcher:
        return BytesIO(fetch(site, url, fetcher, clock=now, sleep=time.sleep).body)


def check_installed() -> None:
    """SettingsError if the extra `crawl` is not installed."""
    try:
        import recsys.crawl.crawler  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError(f"crawl needs {error.name}: pip install 'recsys-headlines[crawl]'") from None


def _open_fetcher(session: Session, site: Site) -> Fetcher:
    """A fetcher limited to the hosts that a site allows; it is a context manager."""
    from recsys.crawl.http_client import Fetcher

    return Fetcher(user_agent=session.settings.user_agent, allowed=site.allow)


def parse_site(text: str) -> Site:
    """The site of an address; a usage error if it is none."""
    site = site_at(text)
    if site is None or not site.name:
        raise typer.BadParameter(f"expected the address of a site, found {text!r}", param_hint="URL")
    return site


def _survey(session: Session, site: Site) -> Survey:
    with _open_fetcher(session, site) as fetcher, session.out.progress("surveying") as bar:
        from recsys.crawl.survey import survey_site

        return survey_site(
            site,
            fetcher,
            clock=now,
            sleep=time.sleep,
            progress=_progress(bar),
        )


def _parse_time(text: str | None, option: str) -> timedelta | None:
    span = None if text is None else parse_duration(text)
    if text is not None and span is None:
        raise typer.BadParameter(f"expected a time such as 15m or 1h, found {text!r}", param_hint=option)
    return span


def _check_allowed(hosts: Sequence[str] | None) -> tuple[str, ...]:
    for each in hosts or ():
        if not is_host_and_port(each):
            raise typer.BadParameter(
                f"expected a host and a port, such as 127.0.0.1:8123, found {each!r}",
                param_hint="--allow-private",
            )
    return tuple(hosts or ())


def _choose_sites(session: Session, names: Sequence[str]) -> list[Site]:
    """The sites with these names or addresses, or all of recsys.toml; an unknown address is a new site."""
    known = {site.name: site for site in session.settings.sites}
    if not names:
        if not known:
            raise InputError(f"no site given, and none in {FILE_NAME}: recsys init URL writes one")
        return list(known.values())
    chosen = {}
    for text in names:
        site = known.get(text) or parse_site(text)
        chosen[site.name] = known.get(site.name, site)
    return list(chosen.values())


def _describe(site: Site, survey: Survey) -> str:
    """The table of a site for recsys.toml, with the feeds, sitemaps and pages that the survey found."""
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
    """A TOML string; JSON strings are valid TOML."""
    return encoded(text, ensure_ascii=False)


def _progress(bar: Bar) -> Callable[[str, int], None]:
    """A callback that shows the current host and the number of requests."""
    return lambda url, count: bar.update(f"{urlsplit(url).hostname}, {plural(count, 'request')}", count)


def _show_survey(out: Output, site: Site, survey: Survey, table: str, *, is_new: bool) -> None:
    if out.json:
        sources = [asdict(each) | {"role": each.role.name.lower()} for each in survey.sources]
        file = FILE_NAME if is_new else None
        out.record({"site": site.name, "found": sources, "file": file, "problems": list(survey.problems)})
        return
    out.say(f"Found at {site.url}:")
    out.show(source_table(survey.sources, site.url))
    for line in survey.problems:
        out.warning(line)
    if is_new:
        out.note(f"Wrote {FILE_NAME}. Next: recsys crawl")
    else:
        out.note(f"{FILE_NAME} exists and is never overwritten. Add this to it:\n\n{table}")


def _show_report(out: Output, report: CrawlReport, sites: Sequence[Site], store: str) -> None:
    counts = report.counts
    if out.json:
        record = {name: value for name, value in asdict(report).items() if name != "counts"}
        for each in record["stopped"]:
            each["next_try"] = format_time(each["next_try"])
        out.record({"at": format_time(now()), "store": store} | record | asdict(counts))
        return
    names = ", ".join(site.name for site in sites)
    out.say(f"Crawled {names} with {plural(report.requests, 'request')} into {store}:")
    articles = counts.articles_new + counts.articles_changed
    out.say(
        f"  {plural(articles, 'article')} ({counts.articles_new:,} new, {counts.articles_changed:,} changed)"
    )
    out.say(f"  {plural(counts.lists_new, 'new list')}, with {plural(counts.items, 'item')}")
    for count, one, many in (
        (report.unchanged, "response unchanged", "responses unchanged"),
        (report.forbidden, "address forbidden by robots.txt", "addresses forbidden by robots.txt"),
        (report.gone, "address gone", "addresses gone"),
        (report.forgotten, "old address dropped", "old addresses dropped"),
        (report.left_out, "address over the limit of its site", "addresses over the limit of their site"),
    ):
        if count:
            out.say(f"  {plural(count, one, many)}")
    for line in dict.fromkeys(report.busy):
        out.note(f"postponed: {line}")
    for line in report.notes:
        out.note(line)
    _show_remaining(out, report)


def _show_remaining(out: Output, report: CrawlReport) -> None:
    """What is left for the next crawls, and why."""
    for site in report.sites:
        if site.left:
            known = f"{site.fetched:,} of {site.fetched + site.left:,} known addresses fetched"
            out.say(f"{site.site}: {known}; {site.left:,} left for the next crawl ({site.reason})")
    for pattern in report.stopped:
        pages = f"{pattern.stories:,} of {plural(pattern.fetched, 'page')} were stories"
        minutes = plural(max(round((pattern.next_try - now()).total_seconds() / 60), 1), "minute")
        waiting = f"{plural(pattern.left, 'known address', 'known addresses')} left, next try in {minutes}"
        out.say(f"{pattern.site}: {pattern.pattern} is no longer explored: {pages}; {waiting}")


def _show_next(out: Output, crawler: Crawler) -> None:
    due = crawler.next_at()
    if not out.json and due is not None:
        minutes = max(round((due - now()).total_seconds() / 60), 0)
        out.note(f"The next address is due in {plural(minutes, 'minute')}. --every 15m repeats by itself.")
