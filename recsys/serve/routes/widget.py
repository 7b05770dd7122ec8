"""The route of the widget's script: `static/widget.js` without its comments."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from fastapi import APIRouter, Request, Response

from recsys.serve.response_cache import accepts_gzip, compress, make_etag, matches_etag

router = APIRouter(prefix="/v1", tags=["read"])

LIFETIME = 3_600
"""Seconds for which the script may be cached; it may be served stale for a day more."""
_COMMENT = re.compile(r"^ */\*.*?\*/\n| // .*?$", re.DOTALL | re.MULTILINE)
"""A block comment that starts a line; ` // ` up to the end of the line: no string contains that."""
_INDENT = re.compile(r"^ +|\n(?=\n)", re.MULTILINE)


@router.head("/widget.js", include_in_schema=False)
@router.get(
    "/widget.js",
    response_class=Response,
    responses={200: {"content": {"text/javascript": {"schema": {"type": "string"}}}}},
)
async def widget(request: Request) -> Response:
    """Return the script of the custom element `<recsys-related>`, for pages of any site."""
    plain, compressed, etag = _script()
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={LIFETIME}, stale-while-revalidate=86400",
        "Vary": "accept-encoding",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if matches_etag(etag, request.headers.get("if-none-match", "").encode("latin-1")):
        return Response(status_code=304, headers=headers)
    body = plain
    if accepts_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
        body, headers["Content-Encoding"] = compressed, "gzip"
    return Response(body, headers=headers, media_type="text/javascript")


@cache
def _script() -> tuple[bytes, bytes, str]:
    """Return the script plain and compressed, and its ETag."""
    source = resources.files("recsys.serve") / "static" / "widget.js"
    plain = strip_comments(source.read_text(encoding="utf-8")).encode()
    return plain, compress(plain) or plain, make_etag(plain)


def strip_comments(script: str) -> str:
    """Return the script without comments, indentation and empty lines."""
    return _INDENT.sub("", _COMMENT.sub("", script))
