"""What a stranger reads of a fault: no path, no statement, no file; the log has it under the same number."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from recsys import errors
from recsys.errors import RecsysError
from recsys.serve.error_responses import STATUS, handle_errors
from tests.serve.conftest import Open

SECRET = "/var/lib/recsys/news.db: SELECT secret FROM articles"


def all_errors(base: type[RecsysError] = RecsysError) -> Iterator[type[RecsysError]]:
    yield base
    for each in base.__subclasses__():
        yield from all_errors(each)


def made(kind: type[RecsysError]) -> RecsysError:
    """An error whose message says too much."""
    error = kind.__new__(kind)
    Exception.__init__(error, SECRET)
    error.field = None  # type: ignore[attr-defined]
    return error


async def ask(app: FastAPI) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get("/")


@pytest.mark.parametrize("kind", [*all_errors(), OSError, RuntimeError], ids=lambda kind: kind.__name__)
def test_a_fault_tells_a_stranger_nothing_and_the_log_everything(
    kind: type[Exception], caplog: pytest.LogCaptureFixture
):
    app = FastAPI()
    handle_errors(app)

    @app.get("/")
    def fail() -> None:
        raise made(kind) if issubclass(kind, RecsysError) else kind(SECRET)

    with caplog.at_level(logging.ERROR, "recsys.serve"):
        answer = asyncio.run(ask(app))
    expected = next((STATUS[each][0] for each in kind.__mro__ if each in STATUS), 500)
    assert answer.status_code == expected
    if expected >= 500:
        assert "var" not in answer.text
        assert "SELECT" not in answer.text
        logged = [json.loads(each.getMessage()) for each in caplog.records if each.name == "recsys.serve"]
        assert [each["detail"] for each in logged] == [SECRET]
        assert logged[0]["request"] in answer.json()["error"]["message"]


def test_every_error_of_the_library_is_looked_at():
    assert {errors.StoreError, errors.ModelError, errors.ServiceError, errors.CorpusFileError} <= set(
        all_errors()
    )


def test_no_route_redirects_to_the_host_that_a_request_names(newsdesk: Open):
    document = httpx.get(f"{newsdesk.served.url}/v1/openapi.json", trust_env=False).json()
    paths = [*document["paths"], "/overrides"]
    for path in [*paths, "/"]:
        for asked in (path + "/", f"/{path}", path.rstrip("/") + "/?x=1"):
            sent = f"GET {asked} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
            answer = newsdesk.served.exchange(sent.encode())
            assert b"evil.example" not in answer
            assert answer.split()[1] in {b"404", b"200", b"422"}, (asked, answer[:200])
