"""Settings: one frozen object, read from recsys.toml and RECSYS_* variables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, tzinfo
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from recsys.config.rule_settings import read_rules
from recsys.config.sites import READERS as SITE_KEYS
from recsys.config.sites import Site, read_sites
from recsys.documents import PROFILE_KEYS, Profiles, read_profiles
from recsys.errors import SettingsError, shorten
from recsys.fileio import read_file
from recsys.request import Request

FILE_NAME = "recsys.toml"
PREFIX = "RECSYS_"
RULES = "rules"
SITES = "sites"
NO_SETTINGS = frozenset({"RECSYS_KERNELS", "RECSYS_SERVE"})
"""The first is read when `recsys.kernels` is imported; with the second `recsys serve` configures its
processes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Locations and defaults.

    A field has the same name in recsys.toml, and RECSYS_NAME in the environment; the request is the table
    [rules] of recsys.toml, the profiles are the tables [sites."HOST"].
    """

    store: str = field(default="data/recsys.db", metadata={"expected": "a path or a database URL"})
    """The store: a path for SQLite, or an SQLAlchemy URL. Paths are relative to the working directory, which
    also contains recsys.toml; the default is a folder that git ignores."""

    models: Path = field(default=Path("models"), metadata={"expected": "the path of a folder"})
    """The folder of trained models, created by the first training; relative like `store`."""

    memory: int = field(default=2_000_000_000, metadata={"expected": "a size such as 500MB or 2GB"})
    """Memory for training data in bytes, in addition to the corpus; the rest goes to a temporary file. Ten
    months of hourly lists of one large site take 0.3 GB."""

    request: Request = field(default_factory=Request)
    """k, dial, window and the editorial rules, unless a query has its own."""

    profiles: Profiles = field(default_factory=dict)
    """List selectors by site: the tables [sites."HOST"]."""

    user_agent: str | None = field(
        default=None, metadata={"expected": "a name such as example-news/1.0 (+https://example.org/bot)"}
    )
    """The user agent of the crawler; None for the name and version of this program. The part before the first
    slash is the name in robots.txt."""

    zone: str = field(default="UTC", metadata={"expected": "a time zone such as Europe/Paris"})
    """The time zone of the site's editors, by its IANA name: for times on the dashboard."""

    sites: tuple[Site, ...] = ()
    """The sites to crawl: the tables [sites."example.org"] of recsys.toml."""


def load_settings(
    folder: Path, environ: Mapping[str, str], options: Mapping[str, str | None] | None = None
) -> Settings:
    """Load the settings for a working directory: options override variables, which override recsys.toml.

    `options` come from the command line, None if not given. An empty variable counts as absent. SettingsError
    names the file or variable, the key and the expected value; unknown keys are errors.
    """
    in_file = _read_file(folder / FILE_NAME)
    request = read_rules(in_file.pop(RULES, {}), where=f"{FILE_NAME}: {RULES}")
    described = in_file.pop(SITES, {})
    sites = read_sites(described, where=f"{FILE_NAME}: {SITES}", others=PROFILE_KEYS)
    profiles = read_profiles(described, where=f"{FILE_NAME}: {SITES}", others=tuple(SITE_KEYS))
    chosen = {key: _checked(f"{FILE_NAME}: ", key, value) for key, value in in_file.items()}
    chosen |= _read_environ(environ)
    chosen |= {key: _checked("--", key, value) for key, value in (options or {}).items() if value is not None}
    return Settings(
        store=chosen.get("store", Settings().store),
        models=Path(chosen.get("models", Settings().models)),
        memory=parse_size(chosen["memory"]) if "memory" in chosen else Settings().memory,
        request=request,
        profiles=profiles,
        user_agent=chosen.get("user_agent"),
        zone=chosen.get("zone", Settings().zone),
        sites=sites,
    )


def parse_size(text: str) -> int:
    """Parse a size in B, kB, MB, GB or TB, and return bytes; ValueError for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(float(match[1]) * _UNITS[match[2].upper()])


_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_USER_AGENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:/[\x21-\x7e]+)?(?: [\x20-\x7e]*)?")
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([KMGT]?B)", re.ASCII | re.IGNORECASE)
_EXPECTED = {each.name: cast(str, each.metadata["expected"]) for each in fields(Settings) if each.metadata}


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(read_file(path).decode())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path.name}: expected a file that can be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name}: expected text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name}: expected TOML: {error}") from error
    except RecursionError as error:
        raise SettingsError(f"{path.name}: expected TOML that is nested less deeply") from error


def _read_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Unknown names are errors: a misspelt RECSYS_STORE would silently select another store."""
    mine = {
        name: value for name, value in environ.items() if name.startswith(PREFIX) and name not in NO_SETTINGS
    }
    present = {name: value for name, value in mine.items() if value}
    return {
        (key := name.removeprefix(PREFIX).lower()): _checked(PREFIX, key, value)
        for name, value in present.items()
    }


def _checked(where: str, key: str, value: object) -> str:
    """Return the value if the setting exists and the value is valid; `where` begins the error message."""
    shown = where + (key.upper() if where == PREFIX else key)
    if key not in _EXPECTED:
        known = [*_EXPECTED, *([] if where == PREFIX else [RULES, SITES])]
        raise SettingsError(f"{shown}: unknown setting, expected one of {', '.join(known)}")
    if not isinstance(value, str) or not _is_readable(key, value):
        raise SettingsError(f"{shown}: expected {_EXPECTED[key]}, found {shorten(value)}")
    return value


def _is_readable(key: str, value: str) -> bool:
    if key == "memory":
        return _SIZE.fullmatch(value.strip()) is not None
    if key == "user_agent":
        return _USER_AGENT.fullmatch(value) is not None
    if key == "zone":
        return find_zone(value) is not None
    return bool(value.strip()) and "\0" not in value


def find_zone(name: str) -> tzinfo | None:
    """The time zone with an IANA name; None if there is none, or this system does not know it."""
    if name == "UTC":  # known without a database of zones
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
