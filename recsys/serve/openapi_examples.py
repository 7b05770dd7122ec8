"""Example requests and responses for the OpenAPI document, all fictional."""

from __future__ import annotations

import json
from typing import Any

from fastapi.openapi.models import Example

_URL = "https://harbour.example/news/storm-closes-bridge"
_ARTICLE: dict[str, Any] = {
    "url": _URL,
    "headline": "Storm closes the harbour bridge",
    "body": "The harbour council said that the bridge would stay closed until Friday.",
    "published_at": "2025-11-21T06:30:00Z",
    "section": "News",
    "tags": ["weather"],
    "language": "en",
}
_LIST: dict[str, Any] = {
    "kind": "popular",
    "site": "harbour.example",
    "title": "Most read",
    "observed_at": "2025-11-21T09:00:00Z",
    "items": [{"headline": "Storm closes the harbour bridge", "url": _URL}, {"headline": "Schools reopen"}],
}
_SHOWN = {"kind": "shown", "token": "WyJoYXJib3VyLmV4YW1wbGUi.0nUakgHKNJwFNL", "view": "0f" * 16}

ARTICLES: dict[str, Example] = {
    "one": Example(summary="One article", value=_ARTICLE),
    "several": Example(summary="Several articles", value={"articles": [_ARTICLE]}),
}
LISTS: dict[str, Example] = {
    "one": Example(summary="A most-read list", value=_LIST),
    "several": Example(summary="Several lists", value={"lists": [_LIST]}),
}
DRAFT_QUERY: dict[str, Example] = {
    "new": Example(summary="A draft", value={"article": _ARTICLE, "k": 5, "explain": True})
}
EVENTS: dict[str, Example] = {
    "shown": Example(summary="A list was shown", value={"events": [_SHOWN]}),
    "clicked": Example(
        summary="Its second headline was clicked",
        value={"events": [_SHOWN | {"kind": "clicked", "position": 2}]},
    ),
}
BEACON = json.dumps({"events": [_SHOWN]})
"""The same as sent by `navigator.sendBeacon`."""
PAGE = "<html><head><title>Storm closes the harbour bridge</title></head><body>...</body></html>"

ANSWER: dict[str, Any] = {
    "items": [
        {
            "rank": 1,
            "id": "5e0d1b24aa83c7f1",
            "url": "https://harbour.example/news/bridge-repairs",
            "headline": "Who pays for the repairs of the bridge?",
            "image": None,
            "section": "News",
            "published_at": "2025-11-20T06:30:00Z",
            "first_seen_at": "2025-11-20T06:31:12Z",
            "score": 0.8213,
            "reasons": [],
        }
    ],
    "model": "pretrained",
    "as_of": "2025-11-21T10:00:00Z",
    "fallback": None,
    "token": _SHOWN["token"],
}
BATCH: dict[str, Any] = {"answers": {_URL: ANSWER | {"token": None}, "https://harbour.example/unknown": None}}
WRITTEN = {"new": 1, "changed": 0, "unchanged": 0, "lists_new": 0, "lists_known": 0}
COUNTED = {"counted": 1, "ignored": 0}
WITHDRAWN = {"url": _URL}
MODEL = {"model": "2025-11-21", "trained_until": "2025-11-21T00:00:00Z"}
HEALTH = {"status": "ok", "articles": 72, "model": "pretrained", "degraded": []}
PROBLEM = {
    "error": {"code": "invalid", "message": "k: expected at most 100, found 1000", "field": "k"},
}


def example(value: dict[str, Any]) -> dict[str, Any]:
    """Return the `json_schema_extra` with an example."""
    return {"examples": [value]}
