"""An HTTP client with limits on time, size and redirects that only connects to allowed addresses."""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from recsys import __version__
from recsys.crawl.address_policy import Target, check_addresses, is_allowed, kind_of, parse_target
from recsys.crawl.pinned_transport import Deadline, GuardedBackend, Resolve, resolve
from recsys.documents.streams import GZIP_OR_ZLIB, Inflater
from recsys.errors import FetchError, RefusedAddressError, TooMuchError, TooSlowError

USER_AGENT = f"recsys/{__version__} (collects headline lists; set user_agent in recsys.toml to say who asks)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = "%/:=&?~#+!$,;'@()*[]"  # not percent-encoded in paths and queries
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one response.

    The longest of 80 saved pages has 1.7 MB; sitemaps may have 50 MB, those for news at most a thousand
    stories.
    """

    seconds: float = 60.0
    """From the first byte sent to the last one read, for each redirect anew."""
    silence: float = 15.0
    """Seconds without a byte, or until a connection is made."""
    bytes: int = 16 * 2**20
    """Of a body, before and after decompression."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `url` is where the last redirect led; header names are in lower case.

    Only a successful response has a body; `version` is the protocol, such as `HTTP/2`.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    version: str = ""


May = Callable[[Target], None]
"""Called before anything is sent to a target; raises FetchError if nothing may be sent."""


class Fetcher:
    """Fetches over HTTP/1.1 and HTTP/2, without proxies and cookies. It is a context manager."""

    def __init__(
        self,
        *,
        user_agent: str | None = None,
        allowed: Collection[str] = (),
        limits: Limits | None = None,
        resolve: Resolve = resolve,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self.user_agent = user_agent or USER_AGENT
        self._allowed, self._limits, self._deadline = tuple(allowed), limits or Limits(), Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted,
            http2=True,
            max_connections=8,
            keepalive_expiry=30.0,
            network_backend=GuardedBackend(self._allowed, self._deadline, resolve),
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None, may: May | None = None) -> Answer:
        """The response at the end of the redirects, whatever its status.

        RefusedAddressError before anything is sent to an address that is not allowed; TooMuchError for a
        response over a limit; FetchError if there is none.
        """
        at = url
        for _ in range(self._limits.redirects + 1):
            target = self._check(at)
            if may is not None:
                may(target)
            answer = self._ask(target, headers or {})
            if answer.status not in _REDIRECTS or not answer.headers.get("location"):
                return answer
            try:
                at = urljoin(at, answer.headers["location"])
            except ValueError:
                raise FetchError(url, "it leads to something that is not a web address") from None
        raise TooMuchError(url, f"more than {self._limits.redirects} redirects")

    def _check(self, url: str) -> Target:
        """Refuses literal addresses; names are checked once they are resolved."""
        target = parse_target(url)
        if kind_of(target.host) != "no address at all" and not is_allowed(target, self._allowed):
            check_addresses(target, [target.host])
        return target

    def _ask(self, target: Target, headers: Mapping[str, str]) -> Answer:
        sent = {
            "User-Agent": self.user_agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip",
        } | dict(headers)
        silence = self._limits.silence
        self._deadline.start(self._limits.seconds)
        waits = {"connect": silence, "read": silence, "write": silence, "pool": silence}
        try:
            with self._pool.stream(
                "GET", _wire_url(target), headers=list(sent.items()), extensions={"timeout": waits}
            ) as response:
                return self._read(target, response)
        except RefusedAddressError as error:
            raise RefusedAddressError(target.url, error.reason) from None
        except httpcore.TimeoutException:
            if self._deadline.is_over:
                raise TooSlowError(target.url, f"it took more than {self._limits.seconds:g} s") from None
            raise FetchError(target.url, f"no answer within {silence:g} s") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise FetchError(target.url, _ERRNO.sub("", str(error)) or type(error).__name__) from None

    def _read(self, target: Target, response: httpcore.Response) -> Answer:
        headers = _plain_headers(response.headers)
        body = b""
        if response.status == 200:
            body = b"".join(self._bounded(target, headers, response.iter_stream()))
        version = response.extensions.get("http_version", b"").decode("ascii", "replace")
        return Answer(target.url, response.status, headers, body, version)

    def _bounded(self, target: Target, headers: Mapping[str, str], raw: Iterable[bytes]) -> Iterator[bytes]:
        """The content, decompressed; TooMuchError as soon as it exceeds the limit."""
        limit = self._limits.bytes
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in _ENCODINGS | {"", "identity"}:
            raise FetchError(target.url, f"expected content encoded with gzip, found {encoding[:20]!r}")
        declared = headers.get("content-length", "")
        if declared.isascii() and declared.isdecimal() and int(declared[:18]) > limit:
            raise TooMuchError(target.url, f"expected at most {limit:,} bytes, found {int(declared[:18]):,}")
        size = 0
        pieces = _inflate(raw, target.url, limit) if encoding in _ENCODINGS else raw
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooMuchError(target.url, f"expected at most {limit:,} bytes, found more")
            yield piece


def _inflate(raw: Iterable[bytes], url: str, limit: int) -> Iterator[bytes]:
    """Decompresses gzip or zlib; what follows its end is ignored."""
    inflater, size = Inflater(GZIP_OR_ZLIB), 0
    for chunk in raw:
        size += len(chunk)
        if size > limit:
            raise TooMuchError(url, f"expected at most {limit:,} bytes, found more")
        try:
            yield from inflater.feed(chunk)
        except zlib.error as error:
            raise FetchError(url, f"expected gzip, found damaged data: {error}") from None
    if not inflater.is_finished:
        raise FetchError(url, "expected gzip, found data that breaks off")


def _wire_url(target: Target) -> httpcore.URL:
    parts = urlsplit(target.url)
    path = quote(parts.path or "/", safe=_SAFE) + (
        f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    )
    return httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=path)


def _plain_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name, the first of several; invalid UTF-8 becomes U+FFFD."""
    headers: dict[str, str] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("utf-8", "replace").strip())
    return headers
