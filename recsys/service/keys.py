"""Who may write: named keys with rights, kept as hashes in a file that is read again when it changes.

A key is 32 random bytes, so that a plain SHA-256 keeps it: there is nothing to guess. The file is JSON:
`{"keys": [{"name": ..., "rights": [...], "sha256": ...}], "secret": ...}`; the secret signs list tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recsys.errors import ServiceError

PREFIX = "rk_"


class Right(StrEnum):
    """What a key allows."""

    WRITE = "write"  # articles, lists and pages
    EDIT = "edit"  # pinned and blocked stories
    OPERATE = "operate"  # the model, metrics


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its name; `sha256` is the hash of what its owner has."""

    name: str
    rights: frozenset[Right]
    sha256: str


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys, and the secret that signs."""

    keys: tuple[Key, ...]
    secret: bytes

    def find(self, given: str) -> Key | None:
        """The key that was given, compared in a time that does not tell how near it was."""
        hashed = _hash(given)
        found = None
        for key in self.keys:
            if hmac.compare_digest(key.sha256, hashed):
                found = key
        return found


class KeyFile:
    """The file of a ring; `ring` reads it again after it was changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._ring = KeyRing((), b"")

    def ring(self) -> KeyRing:
        """The ring as the file has it now; made with a new secret where there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._write([], secrets.token_hex(32), is_first=True)
            found = self.path.stat()
        except OSError as error:
            raise ServiceError(f"{self.path}: cannot be read: {error.strerror}") from error
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            self._ring, self._seen = self._read(), seen
        return self._ring

    def add(self, name: str, rights: Iterable[Right]) -> str:
        """A new key, which is told once and kept nowhere; ServiceError for a name that is taken."""
        ring = self.ring()
        if not name.strip() or any(key.name == name for key in ring.keys):
            raise ServiceError(f"{name!r}: expected a name that no key has yet")
        given = PREFIX + secrets.token_urlsafe(32)
        self._save((*ring.keys, Key(name, frozenset(rights), _hash(given))), ring)
        return given

    def remove(self, name: str) -> None:
        """Take a key away; ServiceError where there is none of that name."""
        ring = self.ring()
        kept = tuple(key for key in ring.keys if key.name != name)
        if len(kept) == len(ring.keys):
            raise ServiceError(f"no key is called {name!r}")
        self._save(kept, ring)

    def _save(self, keys: Iterable[Key], ring: KeyRing) -> None:
        told: list[dict[str, object]] = [
            {"name": key.name, "rights": sorted(key.rights), "sha256": key.sha256} for key in keys
        ]
        self._write(told, ring.secret.hex())

    def _write(self, keys: list[dict[str, object]], secret: str, *, is_first: bool = False) -> None:
        beside = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"keys": keys, "secret": secret}, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            if not is_first:
                beside.replace(self.path)
                return
            try:
                with suppress(
                    FileExistsError
                ):  # of processes that start together one makes the secret of all
                    os.link(beside, self.path)
            finally:
                beside.unlink()
        except OSError as error:
            raise ServiceError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _read(self) -> KeyRing:
        try:
            told = json.loads(self.path.read_bytes())
            keys = tuple(
                Key(str(each["name"]), frozenset(map(Right, each["rights"])), str(each["sha256"]))
                for each in told["keys"]
            )
            return KeyRing(keys, bytes.fromhex(told["secret"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ServiceError(f"{self.path}: expected keys as `recsys keys` writes them: {error}") from error


def _hash(given: str) -> str:
    return hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
