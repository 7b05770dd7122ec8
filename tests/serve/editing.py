"""An editor at the dashboard: signs in with a key, and sends the forms of its pages as a browser does."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import httpx

TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass(frozen=True)
class Editor:
    """A client that keeps cookies, and sends where its forms come from."""

    client: httpx.Client

    @property
    def origin(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def token(self, path: str = "/sign-in") -> str:
        """The token in the forms of a page."""
        found = TOKEN.search(self.client.get(path).text)
        assert found is not None
        return found.group(1)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form with its token; nothing is followed."""
        if "token" not in fields:
            fields["token"] = self.token("/overrides" if self.is_signed_in else "/sign-in")
        headers = {"origin": self.origin}
        return self.client.post(path, data=fields, headers=headers, follow_redirects=False)

    @property
    def is_signed_in(self) -> bool:
        return any(name.endswith("recsys-session") for name in self.client.cookies)

    def sign_in(self, key: str) -> httpx.Response:
        return self.post("/sign-in", key=key)

    def decide(self, **fields: str) -> httpx.Response:
        return self.post("/overrides", **fields)


class InThisProcess(httpx.BaseTransport):
    """Sends the requests of a plain client to an application of this process."""

    def __init__(self, app: object) -> None:
        self._app = httpx.ASGITransport(app, client=("192.0.2.1", 40_000))  # type: ignore[arg-type]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()

        async def answer() -> httpx.Response:
            sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
            received = await self._app.handle_async_request(sent)
            body = await received.aread()
            return httpx.Response(received.status_code, headers=received.headers, content=body)

        return asyncio.run(answer())


def signed_in(client: httpx.Client, key: str) -> Editor:
    """An editor who has signed in."""
    editor = Editor(client)
    answer = editor.sign_in(key)
    assert answer.status_code == 303, answer.text
    return editor
