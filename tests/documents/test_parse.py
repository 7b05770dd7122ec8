"""One parser: attributes without end cost linear time wherever HTML is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import recsys
from recsys.crawl.front_page import read_front
from recsys.documents import read
from recsys.documents.html.html_text import plain_text, plain_title, read_fragment
from recsys.documents.source import Source

from .conftest import SEEN

SOURCE = Source("page", SEEN, "q.example", "https://q.example/")
READERS: dict[str, Callable[[str], object]] = {
    "a document": lambda text: read(text.encode(), name="page", observed_at=SEEN),
    "a front page": lambda text: read_front(text, SOURCE),
    "the text of a feed or export": plain_text,
    "the title of a feed or export": plain_title,
    "the body of a CMS": read_fragment,
}


def with_attributes(count: int) -> str:
    attributes = " ".join(f"a{number}=1" for number in range(count))
    return (
        f"<html><title>The Daily Example</title><h1>News of the day</h1><p {attributes}>A storm is near.</p>"
    )


def seconds(reader: Callable[[str], object], text: str) -> float:
    """The least processor time of three runs."""
    times = []
    for _ in range(3):
        began = time.process_time()
        reader(text)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("where", READERS)
def test_time_is_linear_in_the_number_of_attributes(where: str) -> None:
    small, large = (seconds(READERS[where], with_attributes(count)) for count in (40_000, 80_000))
    assert large <= 2.4 * small + 0.02
    assert large < 1


def test_what_follows_the_attributes_is_read() -> None:
    text = "The Daily Example\nNews of the day\nA storm is near."
    assert read_fragment(with_attributes(3_000)).text == text
    assert plain_text(with_attributes(3_000)) == text


def test_no_other_module_makes_an_html_parser() -> None:
    root = Path(recsys.__file__).parent
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "HTMLParser(" in (text := path.read_text(encoding="utf-8")) or "document_fromstring(" in text
    }
    assert users == {"documents/html/parse.py"}
