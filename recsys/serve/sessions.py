"""Sessions of the dashboard: who is signed in, in a file that all processes share.

The cookie of a session is 32 random bytes; the file has only its hash. A session belongs to one key, and ends
when it expires, when it is signed out, or when its key is revoked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from recsys.domain import format_time, parse_time
from recsys.errors import InvalidValueError
from recsys.serve.api_keys import Key, KeyRing
from recsys.serve.shared_file import Decoded, SharedFile, read_entries

SESSION_TIME = timedelta(hours=12)
"""How long somebody stays signed in: a working day, whether or not the dashboard is used."""
MAX_SESSIONS = 1_000
"""Sessions in the file; the one that expires first makes room."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_TOKEN = 100  # characters


@dataclass(frozen=True, slots=True)
class Session:
    """A session: hashes of its token and of the key that signed in."""

    sha256: str
    key_sha256: str
    until: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in: the key, and the token from the cookie."""

    key: Key
    token: str


class SessionFile:
    """The file with the sessions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SharedFile(path, _SessionsCodec(), mode=0o600)

    def open(self, key: Key, now: datetime) -> str:
        """Start a session of a key, and return its token; ServiceError if the file cannot be written."""
        token = secrets.token_urlsafe(32)
        session = Session(_hash(token), key.sha256, now + SESSION_TIME)
        self._file.change(lambda old: (*_current(old, now), session)[-MAX_SESSIONS:])
        return token

    def find(self, token: str | None, ring: KeyRing, now: datetime) -> SignedIn | None:
        """Return who is signed in with a token; None if it is unknown or expired, or its key was revoked."""
        if not token or len(token) > _MAX_TOKEN:
            return None
        hashed = _hash(token)
        session = next((each for each in self._file.read() if hmac.compare_digest(each.sha256, hashed)), None)
        if session is None or now >= session.until:
            return None
        key = next((each for each in ring.keys if each.sha256 == session.key_sha256), None)
        return None if key is None else SignedIn(key, token)

    def close(self, token: str, now: datetime) -> None:
        """End a session."""
        hashed = _hash(token)
        self._file.change(lambda old: tuple(each for each in _current(old, now) if each.sha256 != hashed))


def form_token(cookie: str) -> str:
    """Return the CSRF token of a session or sign-in form: only pages of the service can know it."""
    return hmac.digest(cookie.encode("utf-8", "replace"), b"recsys form 1", "sha256").hex()


def is_form_token(token: str, cookie: str) -> bool:
    """Whether a form has the token of the cookie."""
    return hmac.compare_digest(token.encode("utf-8", "replace"), form_token(cookie).encode())


def _current(sessions: tuple[Session, ...], now: datetime) -> tuple[Session, ...]:
    return tuple(each for each in sessions if now < each.until)


class _SessionsCodec:
    """`{"sessions": [{"sha256": ..., "key": ..., "until": ...}]}`."""

    name = "sessions"

    def encode(self, value: tuple[Session, ...]) -> object:
        """Return the sessions as JSON."""
        return {
            "sessions": [
                {"sha256": each.sha256, "key": each.key_sha256, "until": format_time(each.until)}
                for each in value
            ]
        }

    def decode(self, document: object) -> Decoded[tuple[Session, ...]]:
        """Return the sessions that can be read, and the entries that cannot."""
        if not isinstance(document, dict):
            raise InvalidValueError(
                "sessions", expected="an object with sessions", found=type(document).__name__
            )
        return read_entries(document, "sessions", _read_session)

    def missing(self) -> tuple[Session, ...]:
        """Return no sessions."""
        return ()

    def fallback(self, last: tuple[Session, ...]) -> tuple[Session, ...]:  # noqa: ARG002 - the interface
        """Return no sessions: people sign in again."""
        return ()


def _read_session(entry: object) -> Session:
    if not isinstance(entry, dict):
        raise InvalidValueError("sessions", expected="an object", found=type(entry).__name__)
    hashes = []
    for name in ("sha256", "key"):
        value = entry.get(name)
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise InvalidValueError(name, expected="64 hexadecimal digits", found="something else")
        hashes.append(value)
    return Session(hashes[0], hashes[1], parse_time(entry.get("until"), "until"))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
