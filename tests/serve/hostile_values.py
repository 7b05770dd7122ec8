"""Values that strangers send: of every kind that has ever cost time, memory or a store."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence

Make = Callable[[random.Random], object]

TIMES = (
    "1900-01-01T00:00:00+01:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2200-12-31T23:59:59-05:00",
    "2999-01-01T00:00:00Z",
    "2025-06-09T12:00:00Z",
    "2025-06-09T12:00:00",
    "2025-02-30T12:00:00Z",
    "-001-01-01T00:00:00Z",
    "2025-06-09T12:00:00+23:59",
    "2025-W24-1",
    "now",
    "",
    0,
    1e308,
)
ADDRESSES = (
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[::1",
    "http://user:secret@news.example/a",
    "http://xn--80ak6aa92e.com/",
    "http://ex\u0430mple.com/a",
    "http://news.example:99999/a",
    "http://news.example/../../a?utm_source=x&a=%zz#f",
    "//news.example/a",
    "https://news.example/\u202e\u0000a",
    "urn:recsys:headline:0",
    "https://" + "a." * 900 + "example/",
    "https://news.example/" + "%41" * 600,
    " ",
    "",
)
TEXTS = (
    "x" + " " * 200 + "(第" + " " * 200 + "x)",
    "(" * 900,
    "e" + "\u0301" * 900,
    "A." * 900,
    "A B " * 450,
    "\u202eevil\u202c",
    "\x1b[31mred\x1b[0m",
    "nul\x00nul",
    "<script>alert(1)</script>",
    "'; DROP TABLE articles; --",
    "{{7*7}}${7*7}%s%n",
    "ﷺ" * 300,
    "ァ" * 1_900,
    "\ufeff",
    "\ud800",
    "update 99999999999999999999: x",
    "x" * 1_999,
    "x" * 2_001,
    "",
    "   ",
)
NUMBERS = (-1, 0, 1, 5, 100, 101, 10**6, 10**400, -(2**63), 0.5, 1e308, -0.0, True, None, "5", "NaN")
STRANGE = (None, True, [], {}, [[]], {"a": {"b": [1]}}, "x", 3.5, [None] * 60, "\ud800")


def one_of(values: Sequence[object]) -> Make:
    """Any of the values, now and then one that is strange for every field."""
    return lambda chance: chance.choice(STRANGE) if chance.random() < 0.08 else chance.choice(values)


time, address, text, number = one_of(TIMES), one_of(ADDRESSES), one_of(TEXTS), one_of(NUMBERS)


def some(make: Make, most: int) -> Make:
    """A list of such values, or one of them where a list belongs."""

    def build(chance: random.Random) -> object:
        if chance.random() < 0.1:
            return make(chance)
        return [make(chance) for _ in range(chance.randrange(most + 1))]

    return build


def record(fields: dict[str, Make], chance: random.Random) -> dict[str, object]:
    """An object with some of the fields, and now and then one that nobody knows."""
    found = {name: make(chance) for name, make in fields.items() if chance.random() < 0.7}
    return found | ({chance.choice(["admin", "__class__", "", "site "]): 1} if chance.random() < 0.05 else {})


def encode(value: object, chance: random.Random) -> bytes:
    """JSON of a value, or something near it."""
    data = json.dumps(value).encode()
    if chance.random() < 0.05:
        cut = chance.randrange(len(data) + 1)
        return data[:cut] + chance.choice([b"", b"\xff", b"[" * 2_000, b"}", b"\x00"])
    return data
