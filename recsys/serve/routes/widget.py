"""The script of the widget: `static/widget.js` without its comments, as a browser gets it."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from fastapi import APIRouter, Request, Response

from recsys.serve.middleware import is_known, takes_gzip
from recsys.serve.response_cache import make_etag, zip_body

router = APIRouter(prefix="/v1", tags=["read"])

LIFE = 3_600
"""Seconds for which the script may be kept; for a day more while it is asked for anew."""
_COMMENT = re.compile(r"^ */\*.*?\*/\n| // .*?$", re.DOTALL | re.MULTILINE)
"""A block that begins a line; what follows `//` between blanks, up to the end: no string has those."""
_INDENT = re.compile(r"^ +|\n(?=\n)", re.MULTILINE)


@router.head("/widget.js", include_in_schema=False)
@router.get(
    "/widget.js",
    response_class=Response,
    responses={200: {"content": {"text/javascript": {"schema": {"type": "string"}}}}},
)
async def widget(request: Request) -> Response:
    """The custom element `<recsys-related>`, for pages of any site."""
    plain, zipped, etag = _script()
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={LIFE}, stale-while-revalidate=86400",
        "Vary": "accept-encoding",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if is_known(etag, request.headers.get("if-none-match", "").encode("latin-1")):
        return Response(status_code=304, headers=headers)
    body = plain
    if takes_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
        body, headers["Content-Encoding"] = zipped, "gzip"
    return Response(body, headers=headers, media_type="text/javascript")


@cache
def _script() -> tuple[bytes, bytes, str]:
    """Plain, zipped, and its tag."""
    source = resources.files("recsys.serve") / "static" / "widget.js"
    plain = strip_comments(source.read_text(encoding="utf-8")).encode()
    return plain, zip_body(plain) or plain, make_etag(plain)


def strip_comments(script: str) -> str:
    """The script without its comments, its indentation and its empty lines."""
    return _INDENT.sub("", _COMMENT.sub("", script))
