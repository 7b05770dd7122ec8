"""API keys: named, with rights, stored as hashes in a file that is read again when it changes.

A key is 32 random bytes, so a plain SHA-256 is enough to store it: there is nothing to guess. The file:
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
_SECRET_SIZE, _MIN_SECRET = 32, 16  # bytes


class Right(StrEnum):
    """What a key allows."""

    WRITE = "write"  # store articles, lists and pages
    EDIT = "edit"  # pin and block stories
    OPERATE = "operate"  # reload the model


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its name; `sha256` is the hash of the key itself."""

    name: str
    rights: frozenset[Right]
    sha256: str


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys, and the secret that signs list tokens; None if it cannot be read."""

    keys: tuple[Key, ...]
    secret: bytes | None

    def find(self, token: str) -> Key | None:
        """Return the key with this token, comparing in constant time."""
        hashed = _hash(token)
        match = None
        for key in self.keys:
            if hmac.compare_digest(key.sha256, hashed):
                match = key
        return match


class KeyFile:
    """The file of a key ring. Several processes may change it at once without losing changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SharedFile(path, _KeysCodec(), mode=0o600)
        self._unwritten: str | None = None

    @property
    def problem(self) -> str | None:
        """What in the file cannot be read, or why it cannot be created; None if there is no problem."""
        return self._file.problem or self._unwritten

    def ring(self) -> KeyRing:
        """Return the current key ring; a file that does not exist is created with a new secret.

        While the file is damaged, its readable entries are valid, and the secret that was read before.
        Never raises: `problem` and the log say what is wrong.
        """
        ring = self._file.read()
        if ring.secret is None and self._file.problem is None:
            self._create()
            ring = self._file.read()
        return ring

    def add(self, name: str, rights: Iterable[Right]) -> str:
        """Add a key and return its token, which is stored nowhere; ServiceError if the name is taken."""
        token = PREFIX + secrets.token_urlsafe(32)
        new = Key(name, frozenset(rights), _hash(token))

        def add(ring: KeyRing) -> KeyRing:
            if not name.strip() or any(key.name == name for key in ring.keys):
                raise ServiceError(f"{name!r}: expected a name that no other key has")
            return replace(_with_secret(ring), keys=(*ring.keys, new))

        self._file.change(add)
        return token

    def remove(self, name: str) -> None:
        """Remove a key; ServiceError if there is none with that name."""

        def remove(ring: KeyRing) -> KeyRing:
            others = tuple(key for key in ring.keys if key.name != name)
            if len(others) == len(ring.keys):
                raise ServiceError(f"there is no key with the name {name!r}")
            return replace(_with_secret(ring), keys=others)

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
        """Return the key ring as JSON."""
        keys = [{"name": key.name, "rights": sorted(key.rights), "sha256": key.sha256} for key in value.keys]
        return {"keys": keys, "secret": (value.secret or b"").hex()}

    def decode(self, document: object) -> Decoded[KeyRing]:
        """Return the keys that can be read, and the entries that cannot."""
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
        """Return no keys and no secret."""
        return KeyRing((), None)

    def fallback(self, last: KeyRing) -> KeyRing:
        """Return no keys, since one may have been removed; issued list tokens stay valid."""
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
    """Return the secret; the error does not repeat it, because errors are logged."""
    try:
        secret = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        secret = b""
    if len(secret) < _MIN_SECRET:
        expected = f"at least {2 * _MIN_SECRET} hexadecimal digits"
        raise InvalidValueError("secret", expected=expected, found="something else")
    return secret


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
