"""`recsys read`: one object a page, and nothing stored."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from tests.cli.conftest import ROOT, SEED, SEEN, Recsys, article, popular_list, write_records


def test_the_seed_is_one_object_with_its_article_and_two_lists(recsys: Recsys):
    ran = recsys("read", SEED, "--json", "--observed-at", SEEN)
    assert (ran.code, ran.err) == (0, "")
    assert list(ran.record) == ["file", "article", "lists"]
    assert ran.record["file"] == str(SEED)
    assert ran.record["article"]["headline"] is None
    assert ran.record["article"]["published_at"] == "2025-06-13T12:44:00+09:00"
    lists = ran.record["lists"]
    assert [(each["title"], each["scope"], len(each["items"])) for each in lists] == [
        ('"News Services" POPULAR ARTICLE', "News Services", 5),
        ("JN ACCESS RANKING", None, 5),
    ]
    assert {each["observed_at"] for each in lists} == {SEEN}


def test_reading_makes_no_store(recsys: Recsys, workplace: Path):
    assert recsys("read", SEED, "--observed-at", SEEN).code == 0
    assert list(workplace.iterdir()) == []


def test_a_text_without_headline_is_shown_by_its_opening_and_says_so(recsys: Recsys):
    shown = " ".join(recsys("read", SEED, "--observed-at", SEEN).out.split())
    assert "Freed Ukrainian prisoners of war (POWs) return after a swap, amid Russia’s …" in shown
    assert "opening of the text; no headline" in shown


def test_every_line_of_a_table_fits_80_columns_and_has_no_colour_codes(recsys: Recsys):
    out = recsys("read", SEED, "--observed-at", SEEN).out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_without_observed_at_a_page_was_seen_when_its_file_was_changed_and_that_is_said(
    recsys: Recsys, workplace: Path
):
    copy = workplace / "page.txt"
    copy.write_bytes(SEED.read_bytes())
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    ran = recsys("read", copy, "--json")
    assert ran.code == 0
    assert {each["observed_at"] for each in ran.record["lists"]} == {"2023-11-14T22:13:20Z"}
    assert "2023-11-14T22:13:20Z; pass --observed-at" in ran.err


def test_records_bring_their_own_times_and_need_no_warning(recsys: Recsys, workplace: Path):
    file = write_records(workplace / "a.jsonl", article(1), popular_list())
    ran = recsys("read", file, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [each["article"] for each in ran.records] == [article(1), None]
    assert ran.records[1]["lists"] == [popular_list()]


def test_gzip_is_read_as_what_it_holds(recsys: Recsys, workplace: Path):
    packed = workplace / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(write_records(workplace / "a.jsonl", article(1)).read_bytes()))
    assert recsys("read", packed, "--json").record["article"] == article(1)


def test_a_dash_is_standard_input(recsys: Recsys):
    ran = recsys("read", "-", "--json", "--observed-at", SEEN, input=SEED.read_bytes())
    assert ran.record["file"] == "<stdin>"
    assert len(ran.record["lists"]) == 2


def test_what_comes_through_a_pipe_was_seen_now_unless_told_otherwise(recsys: Recsys):
    ran = recsys("read", "-", "--json", input=SEED.read_bytes())
    assert ran.code == 0
    assert "saved at the current time" in ran.err


def test_pages_that_name_no_site_get_the_one_that_is_said(recsys: Recsys):
    ran = recsys("read", SEED, "--json", "--observed-at", SEEN, "--site", "japannews.yomiuri.co.jp")
    assert ran.record["article"]["site"] == "japannews.yomiuri.co.jp"


def test_an_html_page_yields_its_headline(recsys: Recsys, workplace: Path):
    page = workplace / "page.html"
    page.write_text(
        "<html><head><title>Storm hits coast</title><link rel=canonical href=https://example.org/s>"
        "<meta property=og:type content=article>"
        "<meta property=og:title content='Storm hits the coast'></head><body><h1>Storm hits the coast</h1>"
        f"<p>{'The storm reached the coast at noon. ' * 20}</p></body></html>",
        encoding="utf-8",
    )
    found = recsys("read", page, "--json", "--observed-at", SEEN).record["article"]
    assert (found["headline"], found["url"]) == ("Storm hits the coast", "https://example.org/s")


def test_a_suggested_profile_is_taken_from_the_file_that_it_was_written_to(recsys: Recsys, workplace: Path):
    harbour = ROOT / "tests" / "fixtures" / "pages" / "harbour.html"
    found = recsys("read", harbour, "--json", "--observed-at", SEEN).record["lists"]
    suggested = recsys("read", harbour, SEED, "--suggest-profile")
    assert (suggested.code, "expected an HTML page" in suggested.err) == (1, True)
    (workplace / "recsys.toml").write_text(suggested.out.replace("latest", "front_page"), encoding="utf-8")
    ruled = recsys("read", harbour, "--json", "--observed-at", SEEN).record["lists"]
    assert [each["items"] for each in ruled] == [each["items"] for each in found]
    assert [each["kind"] for each in ruled] == ["inline", "popular", "related", "front_page"]
    rules = recsys("read", harbour, "--suggest-profile", "--json").record
    assert (rules["site"], len(rules["lists"])) == ("quaypost.example", 3)


def test_a_stored_page_is_read_by_its_profile(recsys: Recsys, workplace: Path):
    harbour = ROOT / "tests" / "fixtures" / "pages" / "harbour.html"
    rule = '[sites."quaypost.example"]\nlists = [{ selector = "//*", kind = "none" }]'
    (workplace / "recsys.toml").write_text(rule, encoding="utf-8")
    stored = recsys("ingest", harbour, "--json", "--observed-at", SEEN).record
    assert stored["lists_new"] == 1  # the links in the text, which no rule is about
    (workplace / "recsys.toml").write_text(rule.replace("none", "best"), encoding="utf-8")
    refused = recsys("ingest", harbour)
    assert refused.code == 1
    assert 'recsys.toml: sites."quaypost.example".lists[1].kind: expected one of popular' in refused.err
