"""A client of the service that never holds up a page: it caches, serves stale answers, and gives up early.

A page waits for an answer only if none is cached, and for `PATIENCE` at most; the request continues in the
background. After a failure the service is not contacted for `PAUSE`. So a service that is down, hanging or
flooding costs one page view 50 ms once a minute.
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from recsys.errors import InvalidValueError, RequestRefusedError, ServiceError
from recsys.integrations.answers import EMPTY, Answer, read_answer
from recsys.integrations.batch_splitting import RefusedError, printable, send_with_bisection, split_by_size

PATIENCE = 0.045
"""Seconds that a page view waits for the service."""
PAUSE = 60.0
"""Seconds for which a failing service is not contacted."""
FRESH = 60.0
"""Seconds for which an answer is fresh; afterwards it is served stale while a new one is requested."""
STALE = 86_400.0
"""Seconds for which it may be served stale; less than the lifetime of a token."""
TIMEOUT = 2.0
"""Seconds for which a socket waits, in the background."""
MAX_EXCHANGE = 5.0
"""Seconds after which an exchange is aborted, even if data still arrives."""
WRITE_TIMEOUT = 10.0
"""Seconds for both during a write: the service answers it within six, once it is on disk."""
MAX_ANSWER_BYTES = 400_000
"""The largest answer that is read: 100 stories and their token take half of that."""
MAX_BATCH_EXCHANGE = 60.0
"""Seconds for both if nobody waits: a busy machine may take long for a whole batch."""
BATCH = 4_000_000
"""Bytes of records per request; the service accepts bodies of 20,000,000 bytes."""
MAX_RETRY_WAIT = 30.0
"""Seconds between two attempts at most, whatever Retry-After says."""
MAX_CACHED = 5_000
MAX_REQUESTS = 4
"""Concurrent requests of one process."""

_LOG = logging.getLogger("recsys.integrations")
_UNKNOWN = 404
_REFUSED = frozenset({413, 422})
_BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class _Reply:
    """A response; `retry_after` in seconds, 0 if it is absent."""

    status: int
    body: bytes
    retry_after: float = 0.0

    def problem(self) -> tuple[str | None, str]:
        """Return the field and message of an error, safe to show; the beginning of the body if it is no
        error.
        """
        try:
            error = json.loads(self.body)["error"]
            field, message = error.get("field"), error["message"]
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            field, message = None, self.body[:200].decode(errors="replace")
        name = printable(field)[:200] if isinstance(field, str) and field else None
        return name, printable(str(message))[:400]


@dataclass(frozen=True, slots=True)
class _CachedAnswer:
    answer: Answer
    requested_at: float


class _PendingRequest:
    """A request in progress; several pages may wait for it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: Answer | None = None


class ServiceClient:
    """A client of the service at a URL."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url, self._key, self._clock, self._sleep = url.rstrip("/"), key, clock, sleep
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, _CachedAnswer] = OrderedDict()
        self._pending: dict[str, _PendingRequest] = {}
        self._paused_until = 0.0

    def related(self, **params: object) -> Answer:
        """Return the answer of `GET /v1/related`, or EMPTY if there is none in time. Never raises."""
        path = f"/v1/related?{urlencode(params, doseq=True)}"
        now = self._clock()
        with self._lock:
            cached = self._cache.get(path)
            if cached is not None and now - cached.requested_at < FRESH:
                return cached.answer
            pending = self._pending.get(path)
            if pending is None and now >= self._paused_until and len(self._pending) < MAX_REQUESTS:
                pending = self._pending[path] = _PendingRequest()
                threading.Thread(target=self._fetch, args=(path, pending), daemon=True).start()
            is_paused = now < self._paused_until
        if cached is not None and now - cached.requested_at < STALE:
            return cached.answer
        if pending is None or is_paused:
            return EMPTY
        if not pending.done.wait(PATIENCE):
            with self._lock:
                if not pending.done.is_set():
                    self._pause()
        return pending.answer or EMPTY

    @property
    def is_paused(self) -> bool:
        """Whether the service failed and is not contacted for now."""
        return self._clock() < self._paused_until

    def write(self, method: str, path: str, body: object = None, *, patience: float = 0.0) -> int:
        """Send a write request and return the status, retrying a busy service for `patience` seconds.

        RequestRefusedError if the body is invalid; ServiceError for any other failure.
        """
        if self.is_paused:
            raise ServiceError(f"{self.url}: failed recently and is not contacted for now")
        until = self._clock() + patience
        seconds = max(WRITE_TIMEOUT, min(patience, MAX_BATCH_EXCHANGE))
        try:
            reply = self._exchange(method, path, body, timeouts=(seconds, seconds))
            while reply.status in _BUSY:
                wait = min(max(reply.retry_after, 1.0), MAX_RETRY_WAIT)
                if self._clock() + wait > until:
                    break
                self._sleep(wait)
                reply = self._exchange(method, path, body, timeouts=(seconds, seconds))
        except (OSError, http.client.HTTPException) as error:
            self._pause()
            raise ServiceError(f"{self.url}: {error}") from error
        if reply.status >= 500:
            self._pause()
        field, message = reply.problem()
        if reply.status in _REFUSED:
            raise RequestRefusedError(reply.status, field, message)
        if not (200 <= reply.status < 300 or reply.status == _UNKNOWN):
            raise ServiceError(f"{self.url}{path}: answered {reply.status}: {message}")
        return reply.status

    def write_all(
        self, method: str, path: str, name: str, records: Sequence[object], *, patience: float = 0.0
    ) -> list[tuple[int, RefusedError]]:
        """Write records in bodies `{name: [...]}`, and return the indices of refused ones with their
        errors.
        """

        def send(batch: Sequence[tuple[int, object]]) -> None:
            try:
                self.write(method, path, {name: [record for _, record in batch]}, patience=patience)
            except RequestRefusedError as error:
                field = (error.field or "").removeprefix(f"{name}.0").removeprefix(".")
                raise RequestRefusedError(error.status, field or None, error.reason) from None

        refused: list[tuple[int, RefusedError]] = []
        numbered = list(enumerate(records))
        for batch in split_by_size(numbered, lambda each: len(json.dumps(each[1])), BATCH):
            refused += [(index, error) for (index, _), error in send_with_bisection(batch, send)]
        return refused

    def _fetch(self, path: str, pending: _PendingRequest) -> None:
        requested_at = self._clock()
        try:
            reply = self._exchange("GET", path)
            if reply.status not in (200, _UNKNOWN):
                raise ServiceError(f"{self.url}: answered {reply.status}")
            pending.answer = read_answer(json.loads(reply.body)) if reply.status == 200 else EMPTY
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self._fail(error)
        except (ServiceError, InvalidValueError) as error:
            self._fail(error)
        finally:
            with self._lock:
                del self._pending[path]
                if pending.answer is not None:
                    self._add(path, _CachedAnswer(pending.answer, requested_at))
                    self._paused_until = 0.0
                pending.done.set()

    def _add(self, path: str, cached: _CachedAnswer) -> None:
        self._cache.pop(path, None)
        self._cache[path] = cached
        while len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)

    def _fail(self, error: Exception) -> None:
        _LOG.warning("no answer from %s, pausing for %.0f s: %s", self.url, PAUSE, error)
        self._pause()

    def _pause(self) -> None:
        self._paused_until = self._clock() + PAUSE

    def _exchange(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        timeouts: tuple[float, float] = (TIMEOUT, MAX_EXCHANGE),
    ) -> _Reply:
        """Send one request and read the response up to a limit; redirects and proxies are not followed."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=timeouts[0])
        watch = threading.Timer(timeouts[1], _abort, [connection])
        watch.daemon = True
        watch.start()
        try:
            sent = None if body is None else json.dumps(body).encode()
            # A service may refuse a body after the head and stop reading; its response is there nevertheless.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, parts.path + path, sent, self._headers(sent is not None))
            answer = connection.getresponse()
            data = answer.read(MAX_ANSWER_BYTES + 1)
        finally:
            watch.cancel()
            connection.close()
        if len(data) > MAX_ANSWER_BYTES:
            raise ServiceError(f"{self.url}: sent more than {MAX_ANSWER_BYTES:,} bytes")
        retry_after = answer.headers.get("Retry-After", "")
        is_number = retry_after.isascii() and retry_after.isdecimal()
        return _Reply(answer.status, data, min(float(retry_after), MAX_RETRY_WAIT) if is_number else 0.0)

    def _headers(self, has_body: bool) -> Mapping[str, str]:
        headers = {"Accept": "application/json"}
        if has_body:
            headers["Content-Type"] = "application/json"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers


def _abort(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
