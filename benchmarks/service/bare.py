"""What a FastAPI route costs that computes nothing: a body of so many bytes, ready to be sent."""

from __future__ import annotations

import os

from fastapi import FastAPI, Response

BYTES = "RECSYS_BENCH_BYTES"
app = FastAPI()
_BODY = b'{"items":"' + b"x" * max(int(os.environ.get(BYTES, "1000")) - 12, 0) + b'"}'


@app.get("/bare")
async def bare() -> Response:
    """The body."""
    return Response(_BODY, media_type="application/json")
