"""What commands ask of the web: with the extra `collect`, from the sites of recsys.toml or any other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import typer

from recsys.cli.options import Session, now
from recsys.config.sites import Site, site_at
from recsys.errors import SettingsError

if TYPE_CHECKING:
    from recsys.crawl.http_client import Fetcher


def fetch_page(session: Session, url: str) -> BytesIO:
    """One page, as `collect` would ask for it; FetchError where it cannot be had."""
    check_installed()
    from recsys.crawl.survey import fetch_page as ask

    site = parse_site(url)
    site = next((known for known in session.settings.sites if known.name == site.name), site)
    with fetchers_of(session, [site]) as fetchers:
        return BytesIO(ask(site, url, fetchers[site.name], clock=now, sleep=time.sleep).body)


def check_installed() -> None:
    """SettingsError without the extra."""
    try:
        import recsys.crawl.crawler  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError(f"collect needs {error.name}: pip install 'recsys-headlines[collect]'") from None


@contextmanager
def fetchers_of(session: Session, sites: Sequence[Site]) -> Iterator[Mapping[str, Fetcher]]:
    """A fetcher for each site, which knows what that one is allowed."""
    from recsys.crawl.http_client import Fetcher

    agent = session.settings.user_agent
    with ExitStack() as stack:
        yield {
            site.name: stack.enter_context(Fetcher(user_agent=agent, allowed=site.allow)) for site in sites
        }


def parse_site(text: str) -> Site:
    """The site of an address that was given."""
    site = site_at(text)
    if site is None or not site.name:
        raise typer.BadParameter(f"expected the address of a site, found {text!r}", param_hint="URL")
    return site
