"""Site profiles: what a newsroom names itself overrules what is found; a first one is made of a page."""

from __future__ import annotations

import io
import tomllib

import pytest

from recsys.documents import Profile, format_profile, read, read_profiles, suggest_profile
from recsys.documents.source import ImportHints
from recsys.domain import Kind
from recsys.errors import ReadError, SettingsError

from .conftest import SEEN
from .test_lists import found_on, link, page_with, rows, topics

WHEEL = "".join(f"<p><b>{link(n)}</b></p>" for n in range(3))
ODD = page_with(
    f"<div id='wheel' class='x9'><p>Around the quay</p>{WHEEL}</div>",
    f"<section class='daily-box'><h2>Most read</h2><ul>{rows([3, 4, 5])}</ul></section>",
)


def profile_of(*rules: str) -> dict[str, Profile]:
    table = tomllib.loads(f'[sites."q.example"]\nlists = [{",".join(rules)}]')
    return read_profiles(table["sites"], where="recsys.toml: sites")


def lists_with(*rules: str) -> list[tuple[Kind, str | None, list[str]]]:
    return found_on(
        read(ODD.encode(), name="page", observed_at=SEEN, hints=ImportHints(profiles=profile_of(*rules)))
    )


def test_a_rule_names_a_list_and_leaves_the_others_as_they_are() -> None:
    most_read = (Kind.POPULAR, "Most read", topics(3, 4, 5))
    rule = "{ selector = \"//*[@id='wheel']\", kind = 'popular', title = 'Wheel' }"
    assert lists_with(rule) == [(Kind.POPULAR, "Wheel", topics(0, 1, 2)), most_read]
    single = "{ selector = \"//*[@id='wheel']/p/b/a\", kind = 'latest' }"
    assert lists_with(single) == [(Kind.LATEST, None, topics(0, 1, 2)), most_read]


def test_a_rule_without_a_kind_of_list_takes_one_away_and_one_that_selects_nothing_changes_nothing() -> None:
    found = lists_with()
    assert [kind for kind, _, _ in found] == [Kind.RECOMMENDED, Kind.POPULAR]
    assert lists_with("{ selector = '//table', kind = 'popular' }") == found
    gone = lists_with("{ selector = \"//section[@class='daily-box']\", kind = 'none' }")
    assert gone == [each for each in found if each[1] != "Most read"]


def test_a_profile_is_of_its_site_alone() -> None:
    others = {"other.example": next(iter(profile_of("{ selector = '//ul', kind = 'none' }").values()))}
    page = read(ODD.encode(), name="page", observed_at=SEEN, hints=ImportHints(profiles=others))
    assert (Kind.POPULAR, "Most read", topics(3, 4, 5)) in found_on(page)


def test_a_suggested_profile_reads_the_same_lists_from_the_page() -> None:
    site, suggestions = suggest_profile(io.BytesIO(ODD.encode()), name="page", observed_at=SEEN)
    text = format_profile(site, suggestions)
    assert site == "q.example"
    assert "daily-box" in text
    assert "# 3 headlines, the first: Storm closes" in text
    profiles = read_profiles(tomllib.loads(text)["sites"], where="")
    page = read(ODD.encode(), name="page", observed_at=SEEN, hints=ImportHints(profiles=profiles))
    assert found_on(page) == lists_with()


def test_only_a_page_has_a_profile() -> None:
    for data in (b"MOST READ\n- A story\n", b"", b"{}"):
        with pytest.raises(ReadError, match="expected an HTML page"):
            suggest_profile(io.BytesIO(data), name="x", observed_at=SEEN)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("sites = 3", "recsys.toml: sites: expected a table of sites, found 3"),
        ("sites.q = 3", 'sites."q": expected a table, found 3'),
        ("[sites.q]\nlist = []", 'sites."q".list: unknown key, expected one of lists'),
        ("[sites.q]\nlists = 3", 'sites."q".lists: expected a list of tables, found 3'),
        ("[sites.q]\nlists = [3]", "lists[1]: expected a table with selector and kind, found 3"),
        ("[sites.q]\nlists = [{selector = '//a'}]", "lists[1].kind: expected one, found none"),
        ("[sites.q]\nlists = [{selector = '//a', kind = 'best'}]", "kind: expected one of popular, related"),
        (
            "[sites.q]\nlists = [{selector = '//a[', kind = 'popular'}]",
            "selector: expected an XPath expression",
        ),
        (
            "[sites.q]\nlists = [{selector = 'count(//a)', kind = 'popular'}]",
            "selects elements, found 'count",
        ),
        ("[sites.q]\nlists = [{selector = 'x:y(1)', kind = 'popular'}]", "selector: expected an XPath"),
        (
            "[sites.q]\nlists = [{selector = '//a', kind = 'none', title = 3}]",
            "title: expected text, found 3",
        ),
        ("[sites.q]\nlists = [{selector = '//a', kind = 'none', url = ''}]", "url: unknown key"),
    ],
)
def test_a_wrong_profile_is_named(table: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_profiles(tomllib.loads(table)["sites"], where="recsys.toml: sites")
    assert message in str(error.value)
