"""Whatever a stranger writes, reading it takes time in proportion to its length."""

from __future__ import annotations

import ast
import csv
import importlib
import inspect
import pkgutil
import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import recsys
from recsys.documents.http_message import Head
from recsys.documents.lists.headings import _read_words
from recsys.documents.source import Source
from recsys.domain import Page
from recsys.errors import RecsysError
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender, Request
from recsys.request import NO_MINIMUM, Rules
from tests.newsroom import article, at, corpus_of, story
from tests.text.timing import MOST_GROWTH, Make, attacks, growth

ROOT = Path(recsys.__file__).parent
SEEN = datetime(2026, 1, 1, tzinfo=UTC)
MARKS = "\u0301\u0316\u0345\u0308\u05b0\u3099"


def repeated(piece: str, before: str = "", after: str = "") -> Make:
    """A text of about a number of characters: the same over and over, between two others."""
    return lambda length: before + piece * (length // len(piece)) + after


SHAPES: dict[str, Make] = {
    "an update marker between spaces": lambda n: "x" + " " * (n // 2) + "(第" + " " * (n // 2) + "x)",
    "an update marker in its spaces": lambda n: "(update" + " " * (n // 2) + "1" + " " * (n // 2) + "x",
    "spaces": repeated(" ", "x", "x"),
    "spaces of all kinds": repeated(" \t\u3000\u00a0", "x", "x"),
    "lines": repeated("\n", "x", "x"),
    "carriage returns": repeated("\r\n ", "x", "x"),
    "combining marks": repeated(MARKS, "a", "b"),
    "half-width voiced marks": repeated("\uff9e\uff9f", "カ"),
    "marks on every letter": repeated("a\u0301\u0316"),
    "open brackets": repeated("("),
    "nested brackets": lambda n: "(" * (n // 2) + ")" * (n // 2) + "x",
    "brackets of updates": repeated("(update ", "x"),
    "Japanese brackets": repeated("【第1報", "x"),
    "digits": repeated("0", "x", "!"),
    "digits and letters": repeated("1a", "", "!"),
    "grouped digits": repeated(",000", "1", "x"),
    "dots": repeated(".", "x", "x"),
    "dots between letters": repeated("a.", "", "!"),
    "dots and dashes": repeated("-.", "A", "!"),
    "quotes": repeated("'", "x", "x"),
    "closing quotes": repeated("”", "x.", "x"),
    "quoted words": repeated('"a ', "", "x"),
    "apostrophes": repeated("s'", "A", "!"),
    "capital words": repeated("Anslow "),
    "capital words with small ones": repeated("Anslow of the "),
    "dashed capitals": repeated("A-'", "A"),
    "Katakana": repeated("カモメ"),
    "Katakana apart": repeated("カモ "),
    "Han": repeated("潮見台", "x"),
    "separators": repeated(" - ", "Story", "-"),
    "separators of a site": repeated(" | a", "Story", "|"),
    "colons": repeated(": ", "x", "x"),
    "digits of an address": repeated("0", "https://q.example/"),
    "slashes": repeated("/", "https://q.example", "!"),
    "dots of a path": repeated("/..", "https://q.example", "/"),
    "a query": repeated("&a=b", "https://q.example/?", ""),
    "a long host": repeated("a.", "https://", "/"),
    "a long label": repeated("a", "https://xn--", "-/"),
    "percent signs": repeated("%D0", "https://q.example/", "%"),
    "at signs": repeated("@", "https://", ":"),
    "open tags": repeated("<a", "", " "),
    "tags": repeated("<p>a", "", "<"),
    "a broken comment": repeated("<!--", "<html>", "x"),
    "attributes": repeated(" a='", "<meta", ">"),
    "entities": repeated("&amp;", "x", "&"),
    "broken entities": repeated("&#", "x", ";"),
    "declarations": repeated("<meta charset=", "<html>", " "),
    "a declaration in its spaces": repeated(" ", "<meta charset", "x"),
    "commas": repeated(",", "{", "}"),
    "a comma in its spaces": repeated(" ", "[1,", "x]"),
    "braces": repeated("{", '"', "}"),
    "escapes of a terminal": repeated("\x1b[", "x", "x"),
    "broken strings of a terminal": repeated("\x1b]0;x", "x", "x"),
    "tokens": repeated("deflate, ", "gzip", ";q"),
    "durations": repeated("1d ", "", "x"),
}

GIVEN = {
    "source": Source("page", SEEN),
    "head": Head(200, {"content-encoding": "gzip"}),
    "base": "https://q.example/",
    "site": "q.example",
    "other": "q.example",
    "language": "en",
    "name": "page",
    "observed_at": SEEN,
    "now": SEEN,
    "user_agent": "recsys",
    "field_name": "field",
    "where": "recsys.toml",
    "port": 443,
    "key": b"key",
}
"""By name of a parameter, what a function is given beside the hostile text."""

MEASURED = ("text", "domain", "durations", "config", "stopwords", "documents", "crawl", "serve")
ALSO_MEASURED = ("store.digests", "cli.console", "cli.static_files")
NOT_MEASURED = {
    "recsys.cli.console.plural": "takes our own words",
    "recsys.crawl.frontier_entries.usual_addresses": "measured as canonical_url",
    "recsys.crawl.frontier_entries.leads_away": "measured as site_of",
    "recsys.crawl.frontier_entries.build_entry": "measured as parse_target",
    "recsys.crawl.frontier_patterns.read_pattern": "looks a pattern up",
    "recsys.crawl.survey.fetch_page": "asks the network",
    "recsys.crawl.pinned_transport.resolve": "asks the network",
    "recsys.documents.formats.mime.read_html_part": "takes pieces; test_hostile.py has mails",
    "recsys.documents.formats.mime.read_header": "takes a parsed header of at most 8 kB",
    "recsys.documents.formats.mime.read_header_url": "measured as canonical_url",
    "recsys.documents.html.link_rules.inline_items": "measured as canonical_url",
    "recsys.documents.lists.list_reader.read_lists": "measured as read",
    "recsys.documents.registry.read_stream": "measured as read",
    "recsys.documents.registry.suggest_profile": "measured as suggest_for_html",
    "recsys.serve.convert.find_row": "looks an address up",
    "recsys.serve.convert.sign_answer": "takes our own answer",
    "recsys.domain.check_text": "counts characters",
    "recsys.serve.connections.is_trusted": "takes an address of the socket",
    "recsys.serve.error_responses.error_response": "takes our own words",
    "recsys.serve.error_responses.log_internal_error": "takes our own words",
    "recsys.serve.request_bodies.parse_body": "measured in test_request_bodies.py",
    "recsys.serve.shared_file.read_entries": "takes our own files",
    "recsys.serve.response_cache.matches_etag": "compares",
    "recsys.serve.middleware.refuse": "takes our own words",
    "recsys.serve.impression_tokens.read_token": "checks a signature",
    "recsys.serve.impression_tokens.sign": "takes our own list",
    "recsys.serve.routes.widget.strip_comments": "takes our own script",
    "recsys.serve.convert.with_address": "measured as canonical_url",
    "recsys.documents.lists.listing_page.is_listing_page": "measured as read",
    "recsys.serve.dashboard.catalogue.choose_language": "takes a header of at most 8 kB",
    "recsys.serve.dashboard.decision_views.decision_rows": "takes our own file",
    "recsys.serve.dashboard.forms.parse_until": "takes a field of at most 100 characters",
    "recsys.serve.dashboard.overview.build_preview": "takes an address that was found",
    "recsys.serve.dashboard.rendering.redirect": "takes our own words",
    "recsys.serve.dashboard.rendering.render": "takes our own words",
    "recsys.serve.dashboard.rendering.render_page": "takes our own words",
    "recsys.serve.dashboard.rendering.static_file": "looks a name up",
    "recsys.serve.dashboard.stories.find_story": "looks an address up",
    "recsys.serve.dashboard.stories.label_of": "looks an address up",
    "recsys.serve.dashboard.stories.search": "measured in test_dashboard_views.py",
    "recsys.serve.dashboard.stories.search_stories": "measured in test_dashboard_views.py",
    "recsys.serve.dashboard.visitors.delete_cookie": "takes our own words",
    "recsys.serve.dashboard.visitors.read_cookie": "takes a header of at most 8 kB",
    "recsys.serve.dashboard.visitors.set_cookie": "takes our own words",
    "recsys.serve.sessions.is_form_token": "compares",
}
"""Public functions with a text that the test below does not call, and why."""


def modules() -> Iterator[ModuleType]:
    """All of them, less those that need Django and those that start the program."""
    for found in pkgutil.walk_packages(recsys.__path__, "recsys."):
        if not re.search(r"\.(?:django|wagtail|__main__)(?:\.|$)", found.name):
            yield importlib.import_module(found.name)


def text_functions() -> Iterator[Callable[..., object]]:
    """The public functions that take a text or bytes, of the modules that read what strangers wrote."""
    for module in modules():
        _, _, place = module.__name__.partition(".")
        if place.partition(".")[0] not in MEASURED and place not in ALSO_MEASURED:
            continue
        for name, function in vars(module).items():
            plain = inspect.unwrap(function) if callable(function) else None  # without its cache
            is_ours = isinstance(plain, FunctionType) and plain.__module__ == module.__name__
            if is_ours and not name.startswith("_"):
                yield plain


def hostile_parameter(function: Callable[..., object]) -> str | None:
    """The name of the parameter that takes the hostile text; None for a function that takes none."""
    texts = [
        name
        for name, each in inspect.signature(function).parameters.items()
        if each.default is each.empty
        and (
            str(each.annotation).partition(" |")[0] in ("str", "bytes")
            or (each.annotation == "object" and name in ("text", "value"))
        )
    ]
    return next((name for name in texts if name not in GIVEN), "name" if "name" in texts else None)


def prepared(function: Callable[..., object]) -> Callable[[str], object] | None:
    """The function of a hostile text alone; None where it needs what this test cannot give."""
    parameters = inspect.signature(function).parameters
    hostile = hostile_parameter(function)
    others = {name for name, each in parameters.items() if each.default is each.empty} - {hostile}
    if hostile is None or not others <= set(GIVEN):
        return None
    is_bytes = "bytes" in str(parameters[hostile].annotation)

    def call(text: str) -> None:
        given = {name: GIVEN[name] for name in others}
        given[hostile] = text.encode(errors="replace") if is_bytes else text
        try:
            result = function(**given)
            if isinstance(result, Iterator):
                deque(result, maxlen=0)
        except (RecsysError, ValueError, csv.Error):
            pass

    return call


def full_name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__name__}"


PUBLIC = {full_name(each): each for each in text_functions()}
FUNCTIONS = {
    name: call
    for name, each in PUBLIC.items()
    if name not in NOT_MEASURED and (call := prepared(each)) is not None
}


def test_every_public_function_of_a_text_is_measured():
    taking_text = {name for name, each in PUBLIC.items() if hostile_parameter(each) is not None}
    assert taking_text - set(FUNCTIONS) == set(NOT_MEASURED)


@pytest.mark.attack
@pytest.mark.parametrize("name", FUNCTIONS)
def test_text_of_twice_the_length_takes_at_most_2_4_times_as_long(name: str):
    grown = {what: growth(FUNCTIONS[name], make) for what, make in SHAPES.items()}
    assert {what: ratio for what, ratio in grown.items() if ratio > MOST_GROWTH} == {}


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Every regular expression of the package by where it is: in variables of modules, and in calls."""
    found = {}
    for module in modules():
        if module.__name__ == "recsys.serve.routes.widget":  # of our own script
            continue
        for name, value in vars(module).items():
            for number, each in enumerate(_patterns_in(value)):
                found[f"{module.__name__}.{name}[{number}]"] = each
        for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=name), args=[ast.Constant(value), *_]
                ):
                    found[f"{module.__name__}:{call.lineno}"] = re.compile(value)
    for number, each in enumerate(_patterns_in(_read_words())):
        found[f"recsys.documents.lists.headings._read_words[{number}]"] = each
    return {
        name: found[name]
        for name in {(each.pattern, each.flags): name for name, each in found.items()}.values()
    }


def _patterns_in(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """Those in a value, in what it contains, and in what a function encloses."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _patterns_in(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _patterns_in(each)
    elif isinstance(value, FunctionType):
        yield from _patterns_in([cell.cell_contents for cell in value.__closure__ or ()])
    elif type(value).__module__.startswith("recsys.") and hasattr(value, "__slots__"):
        yield from _patterns_in([getattr(value, name, None) for name in value.__slots__])


@pytest.mark.attack
def test_no_regular_expression_backtracks_over_what_it_has_matched():
    grown = {}
    for name, pattern in patterns().items():
        for make in attacks(pattern, count=24, seed=1):
            for way in (pattern.search, pattern.match, pattern.fullmatch):
                ratio = growth(way, make)
                if ratio > MOST_GROWTH:
                    grown[name, way.__name__] = (ratio, make(8))
    assert grown == {}


@pytest.mark.slow
def test_the_measure_tells_quadratic_from_linear():
    quadratic = re.compile(r"\s*x$")
    # on a busy machine one measurement in a hundred shows less
    assert any(growth(quadratic.search, repeated(" ")) > MOST_GROWTH for _ in range(3))
    assert any(growth(quadratic.search, make) > MOST_GROWTH for make in attacks(quadratic, 24, 1))
    assert growth(re.compile(r"(?<!\s)\s*+x$").search, repeated(" "), (32_000, 2**20)) <= MOST_GROWTH


def test_text_is_composed_in_one_place_alone_where_runs_of_marks_are_cut():
    places = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "normalize"
    ]
    assert set(places) == {"text.py"}


def recommender(*pages: Page) -> Recommender:
    return Recommender(corpus_of(pages, at(99)), LogisticRanker(load_pretrained_weights()))


ANY = Request(rules=Rules(minimum_relatedness=NO_MINIMUM), explain=True)


@pytest.mark.parametrize("what", SHAPES)
def test_a_hostile_headline_costs_a_recommendation_at_most_twice_as_much_as_one_half_as_long(what: str):
    make = SHAPES[what]
    stored = [story(n, n, make(1_000)[n:1_900] + f" {n}") for n in range(8)]
    ranked = recommender(*stored, *(story(f"plain{n}", n) for n in range(8)))

    def ask(headline: str) -> None:
        ranked.recommend(article("asked", 20, headline[:2_000]), at(99), ANY)

    assert growth(ask, make, (500, 1_000)) <= MOST_GROWTH


@pytest.mark.attack
@pytest.mark.parametrize("what", SHAPES)
def test_a_hostile_text_costs_reasons_in_proportion_to_its_length(what: str):
    make = SHAPES[what]

    def ask(body: str) -> None:
        ranked = recommender(*(story(n, n, "Anslow ferry", body or None) for n in range(2)))
        ranked.recommend(article("asked", 20, "Anslow harbour", body), at(99), ANY)

    assert growth(ask, make, (4_000, 16_000)) <= MOST_GROWTH
