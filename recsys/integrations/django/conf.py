"""The RECSYS dictionary of the site's settings, read once and validated; and the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from recsys.config.rule_settings import read_rules
from recsys.documents import canonical_url
from recsys.errors import SettingsError, shorten
from recsys.request import Request

NAME = "RECSYS"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a site; in RECSYS their names are in capitals."""

    articles: Mapping[str, object] = field(default_factory=dict)
    """Models that are articles, `"app.Model"`, with their adapters: see `adapters.Adapter`."""

    site_url: str | None = None
    """The URL of the site, `https://www.example.org`; precedes the path that `get_absolute_url` returns."""

    store: Path | str = Path("data/recsys.db")
    """In-process: a path for SQLite, or a database URL. Not the site's own database."""

    models: Path = Path("models")
    """In-process: the folder of trained models."""

    rules: Request = field(default_factory=Request)
    """In-process: k, dial, window and editorial rules as in recsys.toml (docs/rules.md). Over HTTP only k is
    used; the service has its own rules."""

    url: str | None = None
    """The URL of the service, without /v1; recommendations then come over HTTP instead of in-process."""

    key: str | None = None
    """Over HTTP: a key with the right `write`."""

    public_url: str | None = None
    """Over HTTP: the URL at which browsers reach the service, if not `url`; empty if they cannot."""

    heading: str | None = None
    """The heading of a list; by default "Related stories" in the language of the page."""

    is_on: bool = False
    """Whether recommendations are on: without RECSYS, or with an empty one, everything is off."""

    @property
    def is_remote(self) -> bool:
        """Whether recommendations come from a service."""
        return self.url is not None


@cache
def config() -> Config:
    """Return the settings of this site; ImproperlyConfigured if they are invalid."""
    try:
        return read_config(getattr(settings, NAME, {}))
    except SettingsError as error:
        raise ImproperlyConfigured(str(error)) from None


def clock() -> datetime:
    """Return the current time; nothing else in the integrations reads it."""
    return datetime.now(UTC)


def read_config(values: object) -> Config:
    """Read a RECSYS dictionary; SettingsError names an unknown key, or the expected value."""
    if not isinstance(values, Mapping):
        raise SettingsError(f"{NAME}: expected a dictionary, found {shorten(values)}")
    for key in values:
        if key not in _READERS:
            raise SettingsError(f"{NAME}: unknown key {key!r}, expected some of {', '.join(_READERS)}")
    settings_given: dict[str, Any] = {
        key.lower(): _READERS[key](f"{NAME}[{key!r}]", value)
        for key, value in values.items()
        if value is not None
    }
    return replace(Config(is_on=bool(values)), **settings_given)


def _articles(where: str, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) and "." in each for each in value):
        raise SettingsError(f'{where}: expected {{"app.Model": adapter}}, found {shorten(value)}')
    return {model.lower(): adapter for model, adapter in value.items()}


def _rules(where: str, value: object) -> Request:
    return read_rules(value, where=where)


def _place(where: str, value: object) -> str:
    return _text(where, str(value) if isinstance(value, Path) else value, "a path or a database URL")


def _folder(where: str, value: object) -> Path:
    return Path(_text(where, str(value) if isinstance(value, Path) else value, "the path of a folder"))


def _base_or_none(where: str, value: object) -> str:
    return "" if value == "" else _base(where, value)


def _base(where: str, value: object) -> str:
    expected = "a URL that begins with http:// or https://"
    if canonical_url(_text(where, value, expected)) is None:
        raise SettingsError(f"{where}: expected {expected}, found {shorten(value)}")
    return str(value).rstrip("/")


def _text(where: str, value: object, expected: str = "text") -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where}: expected {expected}, found {shorten(value)}")
    return value


_READERS: dict[str, Callable[[str, object], object]] = {
    "ARTICLES": _articles,
    "SITE_URL": _base,
    "STORE": _place,
    "MODELS": _folder,
    "RULES": _rules,
    "URL": _base,
    "KEY": _text,
    "PUBLIC_URL": _base_or_none,
    "HEADING": _text,
}
