"""Answers of a service over HTTP that never hold up a page: remembered, served stale, given up early.

A page waits for an answer only when there is none at all, and then for `PATIENCE` at most; the question goes
on behind it. When a service did not answer, nobody asks again for `PAUSE`. So a dead, hanging or babbling
service costs a page view 50 ms once a minute.
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
from recsys.integrations.answers import NOTHING, Answer, read_answer
from recsys.integrations.batch_splitting import RefusedError, cut_by_size, printable, send_in_parts

PATIENCE = 0.045
"""Seconds that a page view waits for a service."""
PAUSE = 60.0
"""Seconds for which a service that failed is not asked."""
FRESH = 60.0
"""Seconds for which an answer is taken as it is; afterwards it is shown while it is asked for anew."""
STALE = 86_400.0
"""Seconds for which it is shown when there is no newer one; less than a token holds."""
TIMEOUT = 2.0
"""Seconds for which a socket waits, behind the page."""
LONGEST = 5.0
"""Seconds after which an exchange is broken off, however much still comes."""
TELLING = 10.0
"""Seconds for both while it is told something: it answers a write within six, once that is on disk."""
LARGEST = 400_000
"""Bytes of an answer that are read: 100 stories and their token have half of that."""
LONGEST_ANSWER = 60.0
"""Seconds for both where nobody waits: a busy machine takes its time for a whole batch."""
BATCH = 4_000_000
"""Bytes of the records that are sent together; the service takes bodies of 20,000,000 bytes."""
LONGEST_WAIT = 30.0
"""Seconds for which a busy service is waited for at a time, whatever its Retry-After says."""
MOST_ANSWERS = 5_000
MOST_QUESTIONS = 4
"""At one time, of one process."""

_LOG = logging.getLogger("recsys.integrations")
_UNKNOWN = 404
_REFUSED = frozenset({413, 422})
_BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a service answered; `retry_after` in seconds, 0 where it does not say."""

    status: int
    body: bytes
    retry_after: float = 0.0

    def problem(self) -> tuple[str | None, str]:
        """The field and the message of an error, safe to show; the beginning of what is no error."""
        try:
            error = json.loads(self.body)["error"]
            field, message = error.get("field"), error["message"]
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            field, message = None, self.body[:200].decode(errors="replace")
        named = printable(field)[:200] if isinstance(field, str) and field else None
        return named, printable(str(message))[:400]


@dataclass(frozen=True, slots=True)
class _Held:
    answer: Answer
    asked: float


class _Question:
    """One that was sent; several pages may wait for it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: Answer | None = None


class Remote:
    """The service at an address."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url, self._key, self._clock, self._sleep = url.rstrip("/"), key, clock, sleep
        self._lock = threading.Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._asked: dict[str, _Question] = {}
        self._shut_until = 0.0

    def related(self, **question: object) -> Answer:
        """The answer to `GET /v1/related`, NOTHING when there is none in time. Raises nothing."""
        path = f"/v1/related?{urlencode(question, doseq=True)}"
        now = self._clock()
        with self._lock:
            held = self._held.get(path)
            if held is not None and now - held.asked < FRESH:
                return held.answer
            sent = self._asked.get(path)
            if sent is None and now >= self._shut_until and len(self._asked) < MOST_QUESTIONS:
                sent = self._asked[path] = _Question()
                threading.Thread(target=self._ask, args=(path, sent), daemon=True).start()
            waits = sent is not None and now >= self._shut_until
        if held is not None and now - held.asked < STALE:
            return held.answer
        if sent is None or not waits:
            return NOTHING
        if not sent.done.wait(PATIENCE):
            with self._lock:
                if not sent.done.is_set():
                    self._shut()
        return sent.answer or NOTHING

    @property
    def is_shut(self) -> bool:
        """Whether the service failed and is left alone for now."""
        return self._clock() < self._shut_until

    def put(self, method: str, path: str, body: object = None, *, patience: float = 0.0) -> int:
        """Write something; the status. A service that is busy is asked again for `patience` seconds.

        RequestRefusedError when it will not take it as it is; ServiceError when it did not take it for
        another reason, or did not answer.
        """
        if self.is_shut:
            raise ServiceError(f"{self.url}: failed a moment ago and is left alone for now")
        until = self._clock() + patience
        seconds = max(TELLING, min(patience, LONGEST_ANSWER))
        try:
            reply = self._exchange(method, path, body, waits=(seconds, seconds))
            while reply.status in _BUSY:
                wait = min(max(reply.retry_after, 1.0), LONGEST_WAIT)
                if self._clock() + wait > until:
                    break
                self._sleep(wait)
                reply = self._exchange(method, path, body, waits=(seconds, seconds))
        except (OSError, http.client.HTTPException) as error:
            self._shut()
            raise ServiceError(f"{self.url}: {error}") from error
        if reply.status >= 500:
            self._shut()
        field, message = reply.problem()
        if reply.status in _REFUSED:
            raise RequestRefusedError(reply.status, field, message)
        if not (200 <= reply.status < 300 or reply.status == _UNKNOWN):
            raise ServiceError(f"{self.url}{path}: answered {reply.status}: {message}")
        return reply.status

    def put_all(
        self, method: str, path: str, name: str, records: Sequence[object], *, patience: float = 0.0
    ) -> list[tuple[int, RefusedError]]:
        """Write records in bodies `{name: [...]}`; the index of each one that was refused, with the error."""

        def send(batch: Sequence[tuple[int, object]]) -> None:
            try:
                self.put(method, path, {name: [record for _, record in batch]}, patience=patience)
            except RequestRefusedError as error:
                inside = (error.field or "").removeprefix(f"{name}.0").removeprefix(".")
                raise RequestRefusedError(error.status, inside or None, error.reason) from None

        refused: list[tuple[int, RefusedError]] = []
        numbered = list(enumerate(records))
        for batch in cut_by_size(numbered, lambda each: len(json.dumps(each[1])), BATCH):
            refused += [(index, error) for (index, _), error in send_in_parts(batch, send)]
        return refused

    def _ask(self, path: str, question: _Question) -> None:
        asked = self._clock()
        try:
            reply = self._exchange("GET", path)
            if reply.status not in (200, _UNKNOWN):
                raise ServiceError(f"{self.url}: answered {reply.status}")
            question.answer = read_answer(json.loads(reply.body)) if reply.status == 200 else NOTHING
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self._fail(error)
        except (ServiceError, InvalidValueError) as error:
            self._fail(error)
        finally:
            with self._lock:
                del self._asked[path]
                if question.answer is not None:
                    self._keep(path, _Held(question.answer, asked))
                    self._shut_until = 0.0
                question.done.set()

    def _keep(self, path: str, held: _Held) -> None:
        self._held.pop(path, None)
        self._held[path] = held
        while len(self._held) > MOST_ANSWERS:
            self._held.popitem(last=False)

    def _fail(self, error: Exception) -> None:
        _LOG.warning("no answer of %s, not asked again for %.0f s: %s", self.url, PAUSE, error)
        self._shut()

    def _shut(self) -> None:
        self._shut_until = self._clock() + PAUSE

    def _exchange(
        self, method: str, path: str, body: object = None, *, waits: tuple[float, float] = (TIMEOUT, LONGEST)
    ) -> _Reply:
        """One request and the beginning of its answer; redirects and proxies are not followed."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=waits[0])
        watch = threading.Timer(waits[1], _break_off, [connection])
        watch.daemon = True
        watch.start()
        try:
            sent = None if body is None else json.dumps(body).encode()
            # A service may refuse a body by its head and stop reading: what it says is there all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, parts.path + path, sent, self._headers(sent is not None))
            answer = connection.getresponse()
            data = answer.read(LARGEST + 1)
        finally:
            watch.cancel()
            connection.close()
        if len(data) > LARGEST:
            raise ServiceError(f"{self.url}: answered more than {LARGEST:,} bytes")
        waits_for = answer.headers.get("Retry-After", "")
        is_number = waits_for.isascii() and waits_for.isdecimal()
        return _Reply(answer.status, data, min(float(waits_for), LONGEST_WAIT) if is_number else 0.0)

    def _headers(self, has_body: bool) -> Mapping[str, str]:
        headers = {"Accept": "application/json"}
        if has_body:
            headers["Content-Type"] = "application/json"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers


def _break_off(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
