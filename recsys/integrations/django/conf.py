"""RECSYS of the site's settings, read once and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
    """What a site says in RECSYS; a name stands there in capitals."""

    articles: Mapping[str, object] = field(default_factory=dict)
    """Models that are articles, `"app.Model"`, and how an object becomes one: see `adapting.Adapter`."""

    site_url: str | None = None
    """Where the site is, `https://www.example.org`: what precedes the path that `get_absolute_url` gives."""

    store: Path | str = Path("data/recsys.db")
    """In-process: a path, for SQLite, or a database URL. Not the site's own database."""

    models: Path = Path("models")
    """In-process: the folder of trained models."""

    rules: Request = field(default_factory=Request)
    """In-process: k, dial, window and editorial rules as in recsys.toml (docs/rules.md). Over HTTP: k alone,
    the service has the others."""

    url: str | None = None
    """Over HTTP: where the service is, without /v1. Nothing is recommended in-process then."""

    key: str | None = None
    """Over HTTP: a key with the right `write`."""

    public_url: str | None = None
    """Over HTTP: where browsers reach the service, for the widget; else `url`. Empty: nowhere."""

    heading: str | None = None
    """Above a list; "Related stories" in the language of the page if it is not given."""

    is_on: bool = False
    """Whether the site recommends at all: no RECSYS, or an empty one, switches everything off."""

    @property
    def is_remote(self) -> bool:
        """Whether a service answers."""
        return self.url is not None


@cache
def config() -> Config:
    """The settings of this site; ImproperlyConfigured says what is wrong with them."""
    try:
        return read_config(getattr(settings, NAME, {}))
    except SettingsError as error:
        raise ImproperlyConfigured(str(error)) from None


def read_config(told: object) -> Config:
    """A RECSYS; SettingsError names the key and what was expected, for an unknown key as well."""
    if not isinstance(told, Mapping):
        raise SettingsError(f"{NAME}: expected a dictionary, found {shorten(told)}")
    for key in told:
        if key not in _READERS:
            raise SettingsError(f"{NAME}: unknown key {key!r}, expected some of {', '.join(_READERS)}")
    given: dict[str, Any] = {
        key.lower(): _READERS[key](f"{NAME}[{key!r}]", value)
        for key, value in told.items()
        if value is not None
    }
    return replace(Config(is_on=bool(told)), **given)


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
    expected = "an address that begins with http:// or https://"
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
