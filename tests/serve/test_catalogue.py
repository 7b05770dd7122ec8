"""The messages of the dashboard: the same in both languages, and the only words in its templates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib import resources
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from recsys.serve.dashboard.catalogue import LANGUAGES, Messages, load_catalogue

TEMPLATES = sorted(
    each.name
    for each in (resources.files("recsys.serve") / "templates").iterdir()
    if each.name.endswith(".jinja")
)
NAMES = {"recsys", "openapi.json"}
"""Words that are the same in every language."""
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:aria-label|title|placeholder|alt|data-label|content)="([^"]*)"')
OURS = {"width=device-width, initial-scale=1", "light dark", "noindex", "https://"}
WORD = re.compile(r"[^\W\d_]{2,}(?:\.[a-z]+)?")
KEY = re.compile(r'\b[tp]\("([a-z_.]+)"( ~ )?')


def texts_of(message: object) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())  # type: ignore[attr-defined]


def placeholders(message: object) -> set[str]:
    return {name for text in texts_of(message) for _, name, _, _ in Formatter().parse(text) if name}


def read(template: str) -> str:
    return (resources.files("recsys.serve") / "templates" / template).read_text(encoding="utf-8")


def test_every_language_has_the_same_messages_with_the_same_values():
    catalogues = {language: load_catalogue(language) for language in LANGUAGES}
    english = catalogues["en"]
    assert len(english) > 150
    for language, messages in catalogues.items():
        assert list(messages) == list(english), language
        for key, message in messages.items():
            assert all(text.strip() == text != "" for text in texts_of(message)), (language, key)
            # a plural may do without its number
            assert placeholders(message) - {"n"} == placeholders(english[key]) - {"n"}, (language, key)


def test_japanese_is_japanese():
    for key, message in load_catalogue("ja").items():
        for text in texts_of(message):
            without = re.sub(r"`[^`]*`|\{[^}]*\}", "", text)
            assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", without) or not WORD.search(without), key


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_no_words_of_its_own(template: str):
    plain = JINJA.sub("", read(template))
    words = {*WORD.findall(TAG.sub(" ", plain))}
    assert words <= NAMES, words
    assert {text for text in READ_ALOUD.findall(plain) if WORD.search(text)} <= OURS


def test_every_message_that_a_template_names_exists_and_every_message_is_used():
    named, prefixes = set[str](), set[str]()
    for template in TEMPLATES:
        for key, is_prefix in KEY.findall(read(template)):
            (prefixes if is_prefix else named).add(key)
    messages = load_catalogue("en")
    assert named <= set(messages)
    assert all(any(key.startswith(prefix) for key in messages) for prefix in prefixes)
    folder = resources.files("recsys.serve")
    sources = "".join(
        each.read_text(encoding="utf-8")
        for part in ("dashboard", "routes")
        for each in (folder / part).iterdir()
        if each.name.endswith(".py")
    )
    unused = {key for key in messages if key not in named and not key.startswith(tuple(prefixes))}
    assert {key for key in unused if f'"{key}"' not in sources} == set()


def test_values_are_escaped_and_commands_are_code():
    messages = Messages("en", UTC)
    assert messages.text("search.none", query="<b>{x}") == Markup("No headline contains “&lt;b&gt;{x}”.")
    assert "<code>recsys train</code>" in messages.text("models.none")
    assert messages.plain("unchanged", reason="a < b") == "Nothing was changed: a < b"


@pytest.mark.parametrize(
    ("language", "n", "text"),
    [("en", 1, "1 story, newest first"), ("en", 2, "2 stories, newest first"), ("ja", 1, "1 件（新しい順）")],
)
def test_a_number_chooses_its_form(language, n, text):
    assert Messages(language, UTC).plain("search.found", n=n) == text


def test_times_are_in_the_zone():
    moment = datetime(2026, 3, 1, 15, 5, tzinfo=UTC)
    assert Messages("en", UTC).moment(moment) == "1 Mar 2026, 15:05"
    assert Messages("ja", ZoneInfo("Asia/Tokyo")).moment(moment) == "2026年3月2日 00:05"
