"""The query and the request of a command: the article being read, k, the dial and the rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.options import Session
from recsys.config.rule_settings import read_assignments
from recsys.documents import canonical_url, read_file
from recsys.documents.source import AsShown
from recsys.domain import Article
from recsys.errors import ReadError, SettingsError, UnknownArticleError
from recsys.request import Request
from recsys.store import Store

KOption = Annotated[
    int | None,
    typer.Option(
        "-k", "--k", metavar="K", min=1, max=1000, help="Number of headlines; default 10, for a run 100."
    ),
]
DialOption = Annotated[
    float | None,
    typer.Option(metavar="X", min=0, max=1, help="From 0 (related) to 1 (popular); default 0.5, as trained."),
]
RuleOption = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="NAME=VALUE", help="Editorial rule, named as in recsys.toml; repeatable."),
]
RulesOption = Annotated[
    bool | None,
    typer.Option("--rules/--no-rules", help="Apply the editorial rules; off by default for a run."),
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Show reasons and the terms of each score.")]

RUN_K = 100
"""Headlines per query of a run unless `-k` says otherwise."""
_ADDRESSES = ("http://", "https://", "urn:")
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """The options that make up a request; None for one that was not set."""

    k: int | None = None
    dial: float | None = None
    rule: list[str] | None = None
    rules: bool | None = None
    explain: bool = False

    def request(self, session: Session, *, run: bool = False) -> Request:
        """The request: these options first, then the settings. A run has its own defaults for k and rules.

        Raises a usage error for an unknown rule or an invalid value.
        """
        try:
            request, assigned = read_assignments(self.rule or (), base=session.settings.request)
        except SettingsError as error:
            raise typer.BadParameter(str(error)) from None
        k = self.k or (RUN_K if run and "k" not in assigned else request.k)
        apply_rules = (not run) if self.rules is None else self.rules
        return replace(
            request,
            k=k,
            dial=request.dial if self.dial is None else self.dial,
            explain=self.explain,
            rules=request.rules if apply_rules else False,
        )


def find_query(store: Store, url_or_file: str, as_of: datetime) -> Article:
    """The stored article with an address, or the article of a saved page, as of just after `as_of`.

    UnknownArticleError for an address that is not in the store, ReadError for a file without an article.
    """
    if not url_or_file.lower().startswith(_ADDRESSES):
        return _read_query(url_or_file, as_of)
    return find_stored(store, url_or_file, as_of)


def find_stored(store: Store, url: str, as_of: datetime) -> Article:
    """The article as known at `as_of`; if it was stored later, as first known then."""
    address = url if url.startswith("urn:") else canonical_url(url) or url
    stored = store.article(address, before=as_of + _INSTANT) or store.article(address)
    if stored is None:
        raise UnknownArticleError(f"{address}: no such article in {store.name}")
    return stored.article


def _read_query(file: str, as_of: datetime) -> Article:
    for page in read_file(Path(file), observed_at=as_of):
        if isinstance(page, ReadError):
            raise page
        if page.article is not None:
            return page.article
    raise ReadError(file, expected="a page with an article", found=AsShown("none"))
