"""Who a client is, whether its key opens a route, and how much it may have under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from recsys.errors import ServiceError
from recsys.serve.api_keys import Key, KeyFile, Right
from recsys.serve.limits import ConcurrencyLimit, Rate, RateLimit, network_of
from recsys.serve.rejections import KeyRefusedError, RateError

OPEN_BODIES, OPEN_BODIES_PER_CLIENT = 128, 16
"""Bodies that are being received at once."""
WRONG_KEYS = Rate(0.2, 10)


@dataclass(frozen=True, slots=True)
class Client:
    """Who sent a request: an address, and the key that came with it when it is one of ours."""

    address: str
    key: Key | None = None

    @property
    def name(self) -> str:
        """What limits count by: a site's own server is not held to account for who shares its address."""
        return self.address if self.key is None else f"key {self.key.name}"


@dataclass
class Admission:
    """The keys, and the limits of clients in this process."""

    keys: KeyFile
    questions: RateLimit
    reports: RateLimit
    wrong_keys: RateLimit = field(default_factory=lambda: RateLimit(WRONG_KEYS))
    bodies: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(OPEN_BODIES, OPEN_BODIES_PER_CLIENT)
    )

    def identify(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> Client:
        """The client of a request; a wrong key is no key, a route that needs one says so."""
        address, given = network_of(peer), bearer_of(headers)
        if given is None:
            return Client(address)
        try:
            return Client(address, self.keys.ring().find(given))
        except ServiceError:
            return Client(address)

    def check_key(self, given: str | None, right: Right, address: str) -> Key:
        """The key that was given; KeyRefusedError for none, RateError for who tries too many."""
        key = None if given is None else self.keys.ring().find(given)
        if key is None:
            wait = self.wrong_keys.take(address) if given is not None else 0
            if wait:
                raise RateError(wait)
            if given is not None and self.keys.problem is not None:
                raise ServiceError(
                    "the file of keys is damaged, and this key may be in it; the log says more"
                )
            raise KeyRefusedError("expected a key: Authorization: Bearer rk_...", is_known=False)
        if right not in key.rights:
            raise KeyRefusedError(f"the key {key.name!r} may not {right}", is_known=True)
        return key


def bearer_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The key in the header Authorization; None where there is none."""
    given = next((value for name, value in headers if name == b"authorization"), b"")
    scheme, _, key = given.decode("latin-1").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None
