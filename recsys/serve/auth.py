"""Authentication and admission: who a client is, what its key allows, how much it may have in progress."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from recsys.errors import ServiceError
from recsys.serve.api_keys import Key, KeyFile, Right
from recsys.serve.limits import ConcurrencyLimit, Rate, RateLimit, network_of

OPEN_BODIES, OPEN_BODIES_PER_CLIENT = 128, 16
"""Request bodies that may be in transfer at once."""
WRONG_KEYS = Rate(0.2, 10)


class KeyRefusedError(Exception):
    """The request has no valid key (`is_known` is false), or its key lacks the required right."""

    def __init__(self, message: str, *, is_known: bool) -> None:
        super().__init__(message)
        self.is_known = is_known


class RateError(Exception):
    """The client exceeded a rate limit; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("too many requests")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request: its address, and its key if that is valid."""

    address: str
    key: Key | None = None

    @property
    def name(self) -> str:
        """The name that limits count by: the key if there is one, since servers may share an address."""
        return self.address if self.key is None else f"key {self.key.name}"


@dataclass
class Admission:
    """The keys, and the per-client limits of this process."""

    keys: KeyFile
    queries: RateLimit
    events: RateLimit
    wrong_keys: RateLimit = field(default_factory=lambda: RateLimit(WRONG_KEYS))
    bodies: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(OPEN_BODIES, OPEN_BODIES_PER_CLIENT)
    )

    def identify(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> Client:
        """Return the client of a request. A wrong key counts as none; routes that require one refuse it."""
        address, token = network_of(peer), bearer_token(headers)
        if token is None:
            return Client(address)
        try:
            return Client(address, self.keys.ring().find(token))
        except ServiceError:
            return Client(address)

    def find_key(self, token: str | None, address: str) -> Key:
        """Return the key of a token. KeyRefusedError if it is invalid, RateError after too many attempts."""
        key = None if token is None else self.keys.ring().find(token)
        if key is None:
            wait = self.wrong_keys.take(address) if token is not None else 0
            if wait:
                raise RateError(wait)
            if token is not None and self.keys.problem is not None:
                raise ServiceError("the key file is damaged and may have held this key; see the service log")
            raise KeyRefusedError("expected a key: Authorization: Bearer rk_...", is_known=False)
        return key

    def check_key(self, token: str | None, right: Right, address: str) -> Key:
        """Return the key of a token if it has a right; raises like `find_key`."""
        key = self.find_key(token, address)
        if right not in key.rights:
            raise KeyRefusedError(f"the key {key.name!r} does not have the right {right}", is_known=True)
        return key


class RequireRight:
    """A dependency that returns the key of a request if it has a right. BodyRoute checks it first."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[
            HTTPAuthorizationCredentials | None,
            Depends(HTTPBearer(auto_error=False, description="a key created by `recsys keys add`")),
        ],
    ) -> Key:
        """Return the key."""
        token = None if credentials is None else credentials.credentials
        return admission_of(request).check_key(token, self.right, client_of(request).address)


def check_right(request: Request, right: Right) -> None:
    """Raise KeyRefusedError unless the request has a key with this right."""
    admission_of(request).check_key(bearer_token(request.scope["headers"]), right, client_of(request).address)


def has_write_key(request: Request) -> bool:
    """Whether the request has a key with the right to write."""
    key = client_of(request).key
    return key is not None and Right.WRITE in key.rights


def admission_of(request: Request) -> Admission:
    """Return the admission of the application."""
    admission: Admission = request.app.state.recsys.admission
    return admission


def client_of(request: Request) -> Client:
    """Return the client that EdgeMiddleware identified."""
    client: Client = request.scope["state"]["client"]
    return client


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the bearer token of the Authorization header, or None."""
    value = next((value for name, value in headers if name == b"authorization"), b"")
    scheme, _, token = value.decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
