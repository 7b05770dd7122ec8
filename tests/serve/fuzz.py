"""Hostile requests over all routes of a running service, and kills in between.

    python -m tests.serve.fuzz --requests 100000 --kills 50 --seed 1

Requests go one after the other, from many addresses of this machine, so that limits do not keep them from
what lies behind; about one in seven has a key with all rights. Counted are answers of 500 and above that the
OpenAPI description does not name, and requests that cost the server more than two seconds of processor time.
Between two kills stories are written; each that was acknowledged must be in the store afterwards.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from recsys.store import Store
from tests.newsroom import address as story_address
from tests.newsroom import newsroom
from tests.serve import hostile_values as hostile
from tests.serve.hosting import BROWSER, Place, Served, fill, serving

MOST_SECONDS = 2.0
"""Of processor time for one request."""
ADDRESSES = 200
_TICK = os.sysconf("SC_CLK_TCK")

ARTICLE: dict[str, hostile.Make] = {
    "url": lambda chance: (
        story_address(chance.randrange(40)) if chance.random() < 0.5 else hostile.address(chance)
    ),
    "headline": hostile.text,
    "body": lambda chance: str(chance.choice(hostile.TEXTS)) * chance.randrange(1, 30),
    "site": hostile.one_of(["harbour.example", "", "a b", "x" * 3_000]),
    "published_at": hostile.time,
    "first_seen_at": hostile.time,
    "section": hostile.text,
    "tags": hostile.some(hostile.text, 60),
    "language": hostile.one_of(["en", "ja", "xx-invalid", ""]),
    "image": hostile.address,
}
ITEM: dict[str, hostile.Make] = {
    "headline": hostile.text,
    "url": hostile.address,
    "position": hostile.number,
}
LIST: dict[str, hostile.Make] = {
    "kind": hostile.one_of(["popular", "related", "latest", "served", "nonesuch"]),
    "site": hostile.one_of(["harbour.example", ""]),
    "title": hostile.text,
    "scope": hostile.text,
    "observed_at": hostile.time,
    "page_url": hostile.address,
    "items": hostile.some(lambda chance: hostile.record(ITEM, chance), 20),
}
PARAMS: dict[str, hostile.Make] = {
    "k": hostile.number,
    "dial": hostile.number,
    "window": hostile.one_of(["90d", "12h", "all", "99999d", "0m", "-1d", "x"]),
    "exclude": hostile.address,
    "section": hostile.text,
    "explain": hostile.one_of(["true", "false", "maybe"]),
    "fallback": hostile.one_of(["popular", "x"]),
    "scope": hostile.text,
    "id": hostile.one_of(["0" * 16, "f" * 17, "../x"]),
    "desk": hostile.text,
}
READS = (
    "/v1/related",
    "/v1/related/batch",
    "/v1/popular",
    "/",
    "/preview",
    "/overrides",
    "/metrics",
    "/healthz",
    "/readyz",
)
OTHERS = ("/v1/openapi.json", "/v1/widget.js", "/nonesuch", "/v1/articles/", "//", "/v1/../x", "/healthz/")
FORMS = ("/overrides", "/decisions", "/models", "/sign-in", "/sign-out")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X")


@dataclass
class Report:
    """What became of the requests."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    dearest: float = 0.0
    kills: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing of it is a fault."""
        return not (self.faults or self.slow or self.lost)

    def lines(self) -> Iterator[str]:
        """What is printed of it."""
        yield f"{self.requests:,} requests: " + ", ".join(
            f"{status} {count:,}" for status, count in sorted(self.statuses.items())
        )
        yield f"undocumented answers of 500 and above: {len(self.faults)}"
        yield f"above {MOST_SECONDS:g} s of processor time: {len(self.slow)}; dearest {self.dearest:.2f} s"
        yield f"{self.kills} kills; of {self.acknowledged:,} acknowledged stories {len(self.lost)} lost"
        yield from (self.faults + self.slow + self.lost)[:20]


def build_request(chance: random.Random, token: str) -> dict[str, object]:
    """One hostile request, as httpx takes it."""
    kind = chance.randrange(10)
    if kind < 4:
        params = hostile.record(PARAMS, chance)
        url = story_address(chance.randrange(40)) if chance.random() < 0.6 else hostile.address(chance)
        pairs = [(name, str(value)) for name, value in params.items()] + [("url", str(url))]
        pairs *= chance.choice([1, 1, 1, 2, 30])
        return {"method": "GET", "url": chance.choice(READS), "params": _encodable(pairs)}
    if kind == 4:
        article = hostile.record(ARTICLE, chance)
        body = {"article": article} if chance.random() < 0.9 else article
        return _json("POST", "/v1/related", hostile.record(PARAMS, chance) | body, chance)
    if kind == 5:
        articles = [hostile.record(ARTICLE, chance) for _ in range(chance.randrange(1, 5))]
        return _json("PUT", "/v1/articles", chance.choice([{"articles": articles}, articles[0]]), chance)
    if kind == 6:
        lists = [hostile.record(LIST, chance) for _ in range(chance.randrange(1, 3))]
        return _json("POST", "/v1/lists", chance.choice([{"lists": lists}, lists[0]]), chance)
    if kind == 7:
        events = [
            {
                "kind": chance.choice(["shown", "clicked", "x"]),
                "token": chance.choice([token, token[:-1], "x.y", "é" * 50]),
                "view": chance.choice([f"{chance.getrandbits(128):032x}", "0" * 31, ""]),
                "position": hostile.number(chance),
            }
            for _ in range(chance.randrange(1, 60))
        ]
        return _json("POST", "/v1/events", {"events": events}, chance)
    if kind == 8:
        html = f"<html><title>{chance.choice(hostile.TEXTS)}</title><h1>{chance.choice(hostile.TEXTS)}</h1>"
        page = (html + "<div>" * chance.choice([1, 300]) + "<p>text" * 50).encode("utf-8", "replace")
        params = _encodable(
            [("url", str(hostile.address(chance))), ("observed_at", str(hostile.time(chance)))]
        )
        return {
            "method": "POST",
            "url": "/v1/pages",
            "params": params,
            "content": page,
            "headers": {"content-type": chance.choice(["text/html", "text/plain", "x/y"])},
        }
    form = {"action": "pin", "url": str(hostile.address(chance)), "until": str(hostile.time(chance))}
    form |= {
        "position": str(hostile.number(chance)),
        "action": chance.choice(["pin", "block", "release", ""]),
    }
    path = chance.choice((*FORMS, "/v1/model/reload", *READS, *OTHERS))
    return {
        "method": "POST" if path in FORMS else chance.choice(METHODS),
        "url": path,
        "data": {name: value.encode("utf-8", "replace").decode() for name, value in form.items()},
    }


def fuzz(
    place: Place, requests: int, kills: int, seed: int, progress: Callable[[str], object] = lambda line: None
) -> Report:
    """Send so many requests to a service of the place, which is killed so often meanwhile.

    `progress` is called with one line after every kill.
    """
    chance, report = random.Random(seed), Report()
    key = place.add_key(f"fuzz-{seed}")
    known: list[str] = []
    rounds = max(kills, 1)
    for number in range(rounds):
        with serving(place) as served, _clients(served) as clients:
            token = _token(served)
            for _ in range(requests // rounds):
                _send(served, clients, build_request(chance, token), key, chance, report)
            known += _write_until_killed(served, key, f"{seed}-{number}", is_killed=kills > 0)
            report.kills += kills > 0
        found = len(report.faults) + len(report.slow)
        progress(f"round {number + 1} of {rounds}: {report.requests:,} requests, {found} found")
    report.acknowledged = len(known)
    with Store.open(place.store) as store:
        report.lost = [url for url in known if store.article(url) is None]
        report.faults += [f"the store: {problem}" for problem in store.integrity.problems()]
    return report


def _send(
    served: Served,
    clients: list[httpx.Client],
    request: dict[str, object],
    key: str,
    chance: random.Random,
    report: Report,
) -> None:
    headers = dict(request.pop("headers", None) or {})  # type: ignore[call-overload]
    is_write = request["url"] not in READS and request["url"] not in OTHERS
    if is_write or chance.random() < 0.1:
        headers["authorization"] = f"Bearer {key if chance.random() < 0.8 else 'rk_wrong'}"
    began, status = processor_seconds(served.process.pid), 0
    try:
        answer = chance.choice(clients).request(**request, headers=headers)  # type: ignore[arg-type]
        status = answer.status_code
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        status = 0  # cut off: as a server does with what is no HTTP
    spent = processor_seconds(served.process.pid) - began
    report.requests += 1
    report.statuses[status] += 1
    report.dearest = max(report.dearest, spent)
    shown = f"{request['method']} {request['url']}: {str(request)[:300]}"
    if status >= 500 and status != 503:
        report.faults.append(f"{status} {shown}")
    if spent > MOST_SECONDS:
        report.slow.append(f"{spent:.1f} s {shown}")


def _write_until_killed(served: Served, key: str, name: str, *, is_killed: bool) -> list[str]:
    """Addresses of stories that the service acknowledged, the last ones just before it was killed."""
    known: list[str] = []
    with served.client(key) as client:
        for number in range(20):
            url = story_address(f"kept-{name}-{number}")
            if client.put("/v1/articles", json={"url": url, "headline": name}).status_code == 200:
                known.append(url)
            if number == 18 and is_killed:
                served.process.kill()
                break
    return known


def processor_seconds(pid: int) -> float:
    """What a process and its threads have used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def _clients(served: Served) -> Iterator[list[httpx.Client]]:
    clients = [
        served.client(address=f"127.0.{number // 250}.{number % 250 + 2}") for number in range(ADDRESSES)
    ]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def _token(served: Served) -> str:
    with served.client() as client:
        return str(client.get("/v1/related", params={"url": story_address(20)}).json()["token"])


def _json(method: str, url: str, value: object, chance: random.Random) -> dict[str, object]:
    kind = chance.choice(["application/json"] * 8 + ["text/plain", "text/xml"])
    headers = BROWSER | {"content-type": kind}
    return {"method": method, "url": url, "content": hostile.encode(value, chance), "headers": headers}


def _encodable(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """As much of them as httpx takes for an address; test_attacks.py sends longer ones."""
    found, room = list[tuple[str, str]](), 60_000
    for name, value in pairs:
        data = value.encode("utf-8", "replace")[:3_000]
        room -= 3 * len(data) + 20
        if room > 0:
            found.append((name, data.decode("utf-8", "replace")))
    return found


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Fuzz a newsroom of its own, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = fill(Path(folder), newsroom())
        report = fuzz(place, options.requests, options.kills, options.seed, _print_progress)
    print("\n".join(report.lines()))  # noqa: T201
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")  # noqa: T201
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
