"""Who may write: named keys with rights, kept as hashes in a file that is read again when it changes.

A key is 32 random bytes, so that a plain SHA-256 keeps it: there is nothing to guess. The file is JSON:
`{"keys": [{"name": ..., "rights": [...], "sha256": ...}], "secret": ...}`; the secret signs list tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from recsys.errors import InvalidValueError, ServiceError
from recsys.serve.shared_file import BadEntry, Decoded, SharedFile, read_entries

PREFIX = "rk_"
_LOG = logging.getLogger("recsys.serve")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SECRET_SIZE, _SHORTEST_SECRET = 32, 16  # bytes


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
    """All keys, and the secret that signs list tokens; None while there is none that can be read."""

    keys: tuple[Key, ...]
    secret: bytes | None

    def find(self, given: str) -> Key | None:
        """The key that was given, compared in a time that does not tell how near it was."""
        hashed = _hash(given)
        found = None
        for key in self.keys:
            if hmac.compare_digest(key.sha256, hashed):
                found = key
        return found


class KeyFile:
    """The file of a ring. Several processes may change it at once, and none of the changes is lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SharedFile(path, _KeysCodec(), mode=0o600)
        self._unwritten: str | None = None

    @property
    def problem(self) -> str | None:
        """What of the file cannot be read, or why none can be made; None when everything is in order."""
        return self._file.problem or self._unwritten

    def ring(self) -> KeyRing:
        """The ring as the file has it now; made with a new secret where there is none.

        While the file is damaged the entries that can be read count, and a secret that was read before.
        It never raises: `problem` says what is wrong, and so does the log.
        """
        ring = self._file.read()
        if ring.secret is None and self._file.problem is None:
            self._create()
            ring = self._file.read()
        return ring

    def add(self, name: str, rights: Iterable[Right]) -> str:
        """A new key, which is told once and kept nowhere; ServiceError for a name that is taken."""
        given = PREFIX + secrets.token_urlsafe(32)
        new = Key(name, frozenset(rights), _hash(given))

        def add(ring: KeyRing) -> KeyRing:
            if not name.strip() or any(key.name == name for key in ring.keys):
                raise ServiceError(f"{name!r}: expected a name that no key has yet")
            return replace(_with_secret(ring), keys=(*ring.keys, new))

        self._file.change(add)
        return given

    def remove(self, name: str) -> None:
        """Take a key away; ServiceError where there is none of that name."""

        def remove(ring: KeyRing) -> KeyRing:
            kept = tuple(key for key in ring.keys if key.name != name)
            if len(kept) == len(ring.keys):
                raise ServiceError(f"no key is called {name!r}")
            return replace(_with_secret(ring), keys=kept)

        self._file.change(remove)

    def _create(self) -> None:
        try:
            self._file.change(_with_secret)
            self._unwritten = None
        except ServiceError as error:
            if str(error) != self._unwritten:
                _LOG.error(json.dumps({"keys": str(error)}))
            self._unwritten = str(error)


def _with_secret(ring: KeyRing) -> KeyRing:
    return ring if ring.secret is not None else replace(ring, secret=secrets.token_bytes(_SECRET_SIZE))


class _KeysCodec:
    """`{"keys": [{"name": ..., "rights": [...], "sha256": ...}], "secret": ...}`."""

    name = "keys"

    def encode(self, value: KeyRing) -> object:
        """The ring as JSON."""
        keys = [{"name": key.name, "rights": sorted(key.rights), "sha256": key.sha256} for key in value.keys]
        return {"keys": keys, "secret": (value.secret or b"").hex()}

    def decode(self, document: object) -> Decoded[KeyRing]:
        """The keys that can be read, and the entries that cannot."""
        if not isinstance(document, dict):
            raise InvalidValueError(
                "keys", expected="an object with keys and secret", found=type(document).__name__
            )
        keys, bad = read_entries(document, "keys", _read_key)
        try:
            return KeyRing(keys, _read_secret(document.get("secret"))), bad
        except InvalidValueError as error:
            return KeyRing(keys, None), (*bad, BadEntry("secret", error))

    def missing(self) -> KeyRing:
        """No key, and no secret yet."""
        return KeyRing((), None)

    def fallback(self, last: KeyRing) -> KeyRing:
        """No key opens anything, for one may have been removed; tokens that are out stay good."""
        return KeyRing((), last.secret)


def _read_key(entry: object) -> Key:
    if not isinstance(entry, dict):
        raise InvalidValueError(
            "keys", expected="an object with name, rights and sha256", found=type(entry).__name__
        )
    name, rights, sha256 = (entry.get(field) for field in ("name", "rights", "sha256"))
    if not isinstance(name, str) or not name.strip():
        raise InvalidValueError("name", expected="a name", found=name)
    if not isinstance(rights, list) or not all(each in list(Right) for each in rights):
        raise InvalidValueError("rights", expected=f"a list of {', '.join(Right)}", found=rights)
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise InvalidValueError("sha256", expected="64 hexadecimal digits", found="something else")
    return Key(name, frozenset(map(Right, rights)), sha256)


def _read_secret(text: object) -> bytes:
    """The secret; its error does not repeat it, for errors are logged."""
    try:
        secret = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        secret = b""
    if len(secret) < _SHORTEST_SECRET:
        expected = f"at least {2 * _SHORTEST_SECRET} hexadecimal digits"
        raise InvalidValueError("secret", expected=expected, found="something else")
    return secret


def _hash(given: str) -> str:
    return hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
