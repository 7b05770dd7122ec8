"""docs/http.md: every request in it is made, and every answer has the fields that are shown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from recsys.ranking.model_files import Manifest, load_pretrained_weights, save_bundle
from recsys.serve import auth, connections, fair_queue
from recsys.serve.error_responses import STATUS
from recsys.serve.request_bodies import BODY_LIMITS, SMALL_BODY
from tests.serve.serving import Served, run, serve

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
EXCHANGE = re.compile(r"^```sh\n(curl .*?)^```\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE = "http://127.0.0.1:8750"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("document")
    simulate = next(line for line in TEXT.splitlines() if line.startswith("$ recsys simulate "))
    run(folder, *shlex.split(simulate)[2:])
    run(folder, "--store", "news.db", "ingest", "demo")
    save_bundle(
        load_pretrained_weights(), Manifest("saturday", until="2026-03-01T00:00:00Z"), folder / "models"
    )
    with serve(folder) as running:
        yield running


def send(client: httpx.Client, command: str) -> httpx.Response:
    """What `curl` would send."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    method, url, headers, body = "", "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-A":
            headers["User-Agent"] = next(words)
        elif word == "-d":
            body = next(words)
        else:
            assert word.startswith(HERE), f"what is {word}?"
            url = word.removeprefix(HERE)
    return client.request(method or ("POST" if body else "GET"), url, headers=headers, content=body)


def shape(value: Any) -> Any:
    """The names of the fields, and whether lists hold anything."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return None


def test_every_request_that_is_shown_gets_an_answer_with_these_fields(served: Served):
    exchanges = EXCHANGE.findall(TEXT)
    assert len(exchanges) >= 10
    key = served.command("--store", "news.db", "keys", "add", "cms")
    token = ""
    with httpx.Client(base_url=served.url, timeout=60) as client:
        for command, shown in exchanges:
            request = re.sub(r"\$(KEY|OPERATOR)\b", key, command).replace("$TOKEN", token)
            answer = send(client, request)
            expected = json.loads(shown)
            assert answer.is_success is ("error" not in expected), answer.text
            assert shape(answer.json()) == shape(expected), command
            if answer.json() == {"counted": 2, "ignored": 0} or "counted" not in expected:
                token = answer.json().get("token") or token
            else:
                raise AssertionError(f"{command}: {answer.text}")


def test_every_route_and_parameter_of_the_service_is_described(served: Served):
    document = httpx.get(f"{served.url}/v1/openapi.json", timeout=30).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert re.search(rf"`[^`]*{path}[`,?]", TEXT), f"{method} {path}"
            for parameter in operation.get("parameters", ()):
                assert re.search(rf"`{parameter['name']}`|[?&]{parameter['name']}=", TEXT), parameter["name"]


def test_every_error_limit_and_metric_is_described(served: Served):
    for status, code in STATUS.values():
        assert re.search(rf"^\| {status} \|.*`{code}`", TEXT, re.MULTILINE), code
    for path, most in BODY_LIMITS.items():
        size = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1_000} kB"
        assert re.search(rf"^\| body of `\w+ {path}` \| {size}", TEXT, re.MULTILINE), path
    assert f"every other body | {SMALL_BODY // 1024} KiB" in TEXT
    for row in (
        f"at once | {auth.OPEN_BODIES_PER_CLIENT} of one client, {auth.OPEN_BODIES} in all",
        f"computed or waiting | {fair_queue.PER_CLIENT} of one client, {fair_queue.MAX_QUEUED} in all",
        f"not a trusted proxy | {connections.MAX_PER_CLIENT} |",
        f"connections of a process | {connections.MAX_CONNECTIONS} |",
        f"the head of a request | {connections.HEAD_SECONDS:.0f} s",
        f"between two requests | {connections.IDLE_SECONDS:.0f} s",
        f"after the answer | {connections.UNREAD_SECONDS:.0f} s",
        f"has to be read | {connections.WRITE_SECONDS:.0f} s",
        f"a head, with trailers | {connections.MAX_HEAD // 1024} KiB",
        f"as it is sent | {connections.MAX_REQUEST // 1_000_000} MB",
        f"answer to the first | {connections.MAX_PIPELINED} |",
    ):
        assert row in TEXT, row
    metrics = httpx.get(f"{served.url}/metrics", timeout=30).text
    for name in re.findall(r"^# TYPE (\w+) ", metrics, re.MULTILINE):
        assert name.endswith("_created") or f"`{name}`" in TEXT, name
