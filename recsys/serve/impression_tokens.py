"""List tokens: what a widget was given to show, signed, so that nobody can invent what was shown.

A token says page, moment and stories of one list, and ends with an HMAC-SHA256 of that. It is no secret and
names no reader. Each view of the list has a random number of its own, which the widget makes up.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass

from recsys.errors import TokenError

LIFE = 4 * 24 * 3_600_000_000
"""Microseconds for which a token is taken. An answer is confirmed unchanged for a day at most (its ETag has
the day in it), is fresh for a day after that, and may be shown for one more while it is asked for anew."""
LONGEST = 60_000  # characters
VIEW = re.compile(r"[0-9a-f]{32}")
_BYTES = 16  # of the HMAC: 128 bits


@dataclass(frozen=True, slots=True)
class ShownList:
    """What a token says: stories as (url, headline), in order; `issued_at` in microseconds since 1970."""

    site: str
    page_url: str
    issued_at: int
    items: tuple[tuple[str, str], ...]


def sign(shown: ShownList, secret: bytes) -> str:
    """The token of a list."""
    said = json.dumps(
        [shown.site, shown.page_url, shown.issued_at, shown.items], separators=(",", ":"), ensure_ascii=False
    )
    told = said.encode()
    return f"{_pack(told)}.{_pack(_sign(told, secret))}"


def read_token(token: str, secret: bytes, now: int) -> ShownList:
    """What a token says; TokenError when it is not ours, or not any more."""
    told, dot, _ = token.partition(".")
    if len(token) > LONGEST or not dot:
        raise TokenError("expected a list token")
    try:
        said = _unpack(told)
    except ValueError:
        raise TokenError("expected a list token") from None
    ours = (
        f"{_pack(said)}.{_pack(_sign(said, secret))}"  # whole: base64 has several spellings of the same bytes
    )
    if not hmac.compare_digest(ours.encode(), token.encode("utf-8", "replace")):
        raise TokenError("the signature of the token is not ours")
    site, page_url, issued_at, items = json.loads(said)
    if not 0 <= now - issued_at <= LIFE:
        raise TokenError("the token is older than four days")
    return ShownList(site, page_url, issued_at, tuple((url, headline) for url, headline in items))


def _sign(told: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"recsys list token 1\0" + told, "sha256")[:_BYTES]


def _pack(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
