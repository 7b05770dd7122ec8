"""The table [rules] of recsys.toml and single rules: read, checked, and said where they are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.config.rule_settings import READERS, read_assignments
from recsys.config.settings import load_settings
from recsys.errors import SettingsError
from recsys.request import MINIMUM_RELATEDNESS, NEVER_TAGS, Pin, Request, Rules

FULL = """
store = "news.db"

[rules]
k = 5
dial = 0.4
window = "30 days"
minimum_relatedness = 2
fill = "popular"
only_sections = ["Politics", "World"]
never_sections = ["Sport"]
only_tags = ["storm"]
never_tags = ["advertisement"]
blocked = ["HTTPS://Example.org/a?utm_source=x", "urn:recsys:text:1"]
pinned = [
  { url = "https://example.org/b", position = 2, until = 2026-01-01T00:00:00Z },
  { url = "https://example.org/c", until = "2026-01-01T09:00:00+09:00" },
  "https://example.org/d",
]
most_of_thread = 2
diversity = 0.3
"""


def settings_request(tmp_path: Path, text: str) -> Request:
    (tmp_path / "recsys.toml").write_text(text, encoding="utf-8")
    return load_settings(tmp_path, {}).request


def test_every_rule_can_be_set_in_the_file(tmp_path: Path):
    until = datetime(2026, 1, 1, tzinfo=UTC)
    assert settings_request(tmp_path, FULL) == Request(
        k=5,
        dial=0.4,
        window=timedelta(days=30),
        rules=Rules(
            minimum_relatedness=2.0,
            fill="popular",
            only_sections=("Politics", "World"),
            never_sections=("Sport",),
            only_tags=("storm",),
            never_tags=("advertisement",),
            blocked=("https://example.org/a", "urn:recsys:text:1"),
            pinned=(
                Pin("https://example.org/b", 2, until),
                Pin("https://example.org/c", 1, until),
                Pin("https://example.org/d"),
            ),
            most_of_thread=2,
            diversity=0.3,
        ),
    )
    assert all(f"\n{name} = " in FULL for name in READERS)


def test_without_a_table_the_defaults_hold(tmp_path: Path):
    assert load_settings(tmp_path, {}).request == Request()
    assert settings_request(tmp_path, "[rules]\n") == Request()
    rules = Request().rules
    assert rules
    assert (rules.minimum_relatedness, rules.never_tags) == (MINIMUM_RELATEDNESS, NEVER_TAGS)


WRONG = [
    ("rules = 5", "rules: expected a table of rules, found 5"),
    (
        "[rules]\nminimum = 2",
        "rules.minimum: unknown rule, expected one of k, dial, window, minimum_relatedness",
    ),
    ("[rules]\nk = 0", "rules.k: expected a number from 1 to 1000, found 0"),
    ("[rules]\nk = '5'", "rules.k: expected a number from 1 to 1000, found '5'"),
    ("[rules]\nk = true", "rules.k: expected a number from 1 to 1000, found True"),
    ("[rules]\ndial = 2", "rules.dial: expected a number from 0 (related) to 1 (popular), found 2"),
    (
        "[rules]\nwindow = 30",
        'rules.window: expected a time such as "36 hours" or "30 days", or "all", found 30',
    ),
    ("[rules]\nwindow = '30 moons'", "rules.window: expected a time such as"),
    ("[rules]\nwindow = '0 days'", "rules.window: expected a time such as"),
    (
        "[rules]\nminimum_relatedness = nan",
        'rules.minimum_relatedness: expected a number or "auto", found nan',
    ),
    (
        "[rules]\nminimum_relatedness = 'much'",
        "rules.minimum_relatedness: expected \"auto\", a number, or -inf for none, found 'much'",
    ),
    ("[rules]\nfill = 'any'", "rules.fill: expected popular, latest or none, found 'any'"),
    ("[rules]\nonly_sections = [1]", "rules.only_sections: expected a list of names, found [1]"),
    ("[rules]\nnever_tags = ['']", "rules.never_tags: expected a list of names, found ['']"),
    ("[rules]\nblocked = ['not an address']", "rules.blocked: expected a list of addresses, found"),
    (
        "[rules]\npinned = [{ position = 2 }]",
        "rules.pinned: expected a list of tables with url, and optionally",
    ),
    ("[rules]\npinned = [{ url = 'https://a.b/', place = 2 }]", "rules.pinned: expected a list of tables"),
    (
        "[rules]\npinned = [{ url = 'https://a.b/', position = 0 }]",
        "rules.pinned: position: expected a position from 1 to 1000, found 0",
    ),
    (
        "[rules]\npinned = [{ url = 'https://a.b/', until = 2026-01-01T00:00:00 }]",
        "rules.pinned: until: expected a time with a zone",
    ),
    ("[rules]\nmost_of_thread = 0", "rules.most_of_thread: expected a number from 1, found 0"),
    ("[rules]\ndiversity = 1.5", "rules.diversity: expected a number from 0 to 1, found 1.5"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_rule_is_refused_with_file_key_and_what_was_expected(tmp_path: Path, text: str, message: str):
    with pytest.raises(SettingsError) as caught:
        settings_request(tmp_path, text)
    assert str(caught.value).startswith(f"recsys.toml: {message}")


def test_a_rule_given_for_one_question_takes_the_place_of_the_files():
    base = Request(k=7, rules=Rules(only_sections=("Sport",), diversity=0.2))
    found, named = read_assignments(["k=3", "only_sections=World", "window=all"], base=base)
    assert found == Request(k=3, rules=Rules(only_sections=("World",), diversity=0.2))
    assert named == {"k", "only_sections", "window"}


def test_what_is_blocked_or_never_shown_cannot_be_lifted_for_one_question():
    base = Request(rules=Rules(blocked=("https://example.org/a",)))
    found, _ = read_assignments(["blocked=https://example.org/b", "never_tags=[]"], base=base)
    assert found.rules == Rules(blocked=("https://example.org/a", "https://example.org/b"))


def test_a_rule_with_several_values_may_be_given_several_times():
    given = ["only_tags=storm", 'only_tags=["vote", "bridge"]', "k=3", "k=4"]
    found, _ = read_assignments(given, base=Request())
    assert found == Request(k=4, rules=Rules(only_tags=("storm", "vote", "bridge")))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("k", "expected NAME=VALUE, found 'k'"),
        ("knob=1", "--rule.knob: unknown rule, expected one of k, dial"),
        ("k=many", "--rule.k: expected a number from 1 to 1000, found 'many'"),
    ],
)
def test_a_wrong_rule_for_one_question_is_refused(given: str, message: str):
    with pytest.raises(SettingsError) as caught:
        read_assignments([given], base=Request())
    assert str(caught.value).startswith(message)
