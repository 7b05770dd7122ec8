"""List tokens: the list that a widget received, signed, so that nobody can invent what was shown.

A token holds the page, time and stories of one list, followed by an HMAC-SHA256. It is not secret and names
no reader. Each view of the list has a random id of its own, which the widget generates.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass

from recsys.errors import TokenError

LIFE = 4 * 24 * 3_600_000_000
"""Microseconds for which a token is valid. An answer can be revalidated for a day at most (its ETag includes
the date), is fresh for a day after that, and may be served stale for one more during revalidation."""
MAX_LENGTH = 60_000  # characters
VIEW = re.compile(r"[0-9a-f]{32}")
_BYTES = 16  # of the HMAC: 128 bits


@dataclass(frozen=True, slots=True)
class ShownList:
    """The content of a token: stories as (url, headline) in order; `issued_at` in microseconds since 1970."""

    site: str
    page_url: str
    issued_at: int
    items: tuple[tuple[str, str], ...]


def sign(shown: ShownList, secret: bytes) -> str:
    """Return the token of a list."""
    content = json.dumps(
        [shown.site, shown.page_url, shown.issued_at, shown.items], separators=(",", ":"), ensure_ascii=False
    )
    payload = content.encode()
    return f"{_pack(payload)}.{_pack(_sign(payload, secret))}"


def read_token(token: str, secret: bytes, now: int) -> ShownList:
    """Return the content of a token; TokenError if it is malformed, forged or expired."""
    packed, dot, _ = token.partition(".")
    if len(token) > MAX_LENGTH or not dot:
        raise TokenError("expected a list token")
    try:
        payload = _unpack(packed)
    except ValueError:
        raise TokenError("expected a list token") from None
    # compared as a whole: base64 has several spellings of the same bytes
    expected = f"{_pack(payload)}.{_pack(_sign(payload, secret))}"
    if not hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace")):
        raise TokenError("the token's signature is invalid")
    site, page_url, issued_at, items = json.loads(payload)
    if not 0 <= now - issued_at <= LIFE:
        raise TokenError("the token has expired: it is older than four days")
    return ShownList(site, page_url, issued_at, tuple((url, headline) for url, headline in items))


def _sign(payload: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"recsys list token 1\0" + payload, "sha256")[:_BYTES]


def _pack(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
