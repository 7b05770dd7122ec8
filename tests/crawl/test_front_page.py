"""Front pages that are made to cost time: bounded, and growing no faster than the page."""

from __future__ import annotations

import time
from collections.abc import Callable

from recsys.crawl.fetched_documents import read_text, source_of
from recsys.crawl.front_page import read_front
from recsys.crawl.http_client import Answer
from recsys.documents.formats.html_page import build_page
from recsys.documents.html.parse import parse_html
from tests.crawl.test_collecting import DAWN

SOURCE = source_of(Answer("https://example.org/", 200, {}), "example.org", DAWN)


def read(text: str) -> object:
    return read_front(text, SOURCE)


def seconds(work: Callable[[], object]) -> float:
    """The least processor time of three runs."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def attributes(size: int) -> str:
    said = " ".join(f"a{number}=1" for number in range(size))
    return f"<html><title>The Daily Example today</title><body><h1>News of the day</h1><p {said}>x</p>"


def test_twice_as_many_attributes_take_about_twice_the_time():
    small, large = attributes(40_000), attributes(80_000)
    assert seconds(lambda: read(large)) <= 2.4 * seconds(lambda: read(small)) + 0.02
    assert seconds(lambda: read(large)) < 1


def test_nested_menus_cost_a_front_page_no_more_than_reading_it():
    links = "".join(f"<a href='/{number}'>Section {number}</a>" for number in range(1_000))
    text = f"<html><title>The Daily Example</title><body><h1>News of today</h1>{'<nav>' * 200}{links}"
    assert seconds(lambda: read(text)) <= 4 * seconds(lambda: build_page(parse_html(text, SOURCE), SOURCE))


def test_a_charset_of_the_server_that_is_none_of_text_is_left_alone():
    for charset in ("punycode", "idna", "unicode_escape", "zlib", "no-such-charset"):
        answer = Answer(
            "https://example.org/",
            200,
            {"content-type": f"text/html; charset={charset}"},
            b"<html>a-" + b"9" * 300_000,
        )
        began = time.process_time()
        assert read_text(answer, source_of(answer, "example.org", DAWN)).startswith("<html>a-9")
        assert time.process_time() - began < 1
    answer = Answer(
        "https://example.org/", 200, {"content-type": "text/html; charset=cp1252"}, b"<html>gr\xfc\xdfe"
    )
    assert read_text(answer, source_of(answer, "example.org", DAWN)) == "<html>gr\u00fc\u00dfe"
