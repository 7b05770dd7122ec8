"""Settings: one frozen object from recsys.toml and RECSYS_* variables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import cast

from recsys.errors import SettingsError, shorten

FILE_NAME = "recsys.toml"
PREFIX = "RECSYS_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things lie. A name stands in recsys.toml as it is here, in the environment as RECSYS_NAME."""

    store: str = field(default="data/recsys.db", metadata={"expected": "a path or a database URL"})
    """The store: a path, for SQLite, or an SQLAlchemy URL. Relative paths start at the working directory,
    where also recsys.toml lies; the default is the folder that a clone keeps for it, ignored by git."""

    models: Path = field(default=Path("models"), metadata={"expected": "the path of a folder"})
    """The folder of trained models, made by the first training; relative as `store` is."""


def load_settings(
    folder: Path, environ: Mapping[str, str], options: Mapping[str, str | None] | None = None
) -> Settings:
    """The settings for a working directory: an option wins over a variable, that over recsys.toml.

    `options` are those of the command line, None where one was not given. An empty variable is taken as
    absent. SettingsError names file or variable, key and what was expected, for an unknown key as well.
    """
    chosen = _read_file(folder / FILE_NAME) | _read_environ(environ)
    chosen |= {key: _checked("--", key, value) for key, value in (options or {}).items() if value is not None}
    return Settings(
        store=chosen.get("store", Settings().store), models=Path(chosen.get("models", Settings().models))
    )


_EXPECTED = {each.name: cast(str, each.metadata["expected"]) for each in fields(Settings)}


def _read_file(path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path.name}: expected a file that can be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name}: expected text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name}: expected TOML: {error}") from error
    return {key: _checked(f"{path.name}: ", key, value) for key, value in found.items()}


def _read_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """An unknown name is refused here too: a misspelt RECSYS_STORE would quietly mean another store."""
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    return {
        (key := name.removeprefix(PREFIX).lower()): _checked(PREFIX, key, value)
        for name, value in given.items()
    }


def _checked(where: str, key: str, value: object) -> str:
    """The value, if there is such a setting and it is text; `where` is how the message begins."""
    shown = where + (key.upper() if where == PREFIX else key)
    if key not in _EXPECTED:
        raise SettingsError(f"{shown}: unknown setting, expected one of {', '.join(_EXPECTED)}")
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise SettingsError(f"{shown}: expected {_EXPECTED[key]}, found {shorten(value)}")
    return value
