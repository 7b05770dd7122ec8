"""The first hour of a new user: crawl, train, recommend, evaluate. What is printed is true and useful."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recsys.stopwords import STOP_WORDS
from recsys.store import Store
from tests.walk.newspaper import Newspaper

pytestmark = pytest.mark.slow

NEW = ("less than an hour old", "minutes old")
MONTHS = """January February March April June July August September October November December""".split()


def stored(path: Path) -> set[str]:
    with Store.open(path) as store:
        return {each.article.url for each in store.read_articles()}


def test_a_crawl_finds_every_story_and_nothing_else(paper: Newspaper):
    assert stored(paper.place.store) == set(paper.topics)


def test_training_after_one_crawl_says_what_is_missing_and_when_it_is_enough(paper: Newspaper):
    ran = paper.run("train")
    assert ran.code == 0
    said = ran.out + ran.err
    assert "No model was saved" in said
    for evidence in ("most-read list", "related-story box"):
        assert evidence in said
    assert "Crawl or ingest it again at 20" in said
    assert "Used until then: the pretrained weights" in said
    assert not (paper.place.models / "current").exists()
    assert paper.run("models", "list").out.strip() == ""


def test_the_first_story_beside_another_is_of_its_topic(paper: Newspaper):
    answers = paper.recommend_all()
    assert set(answers) == set(paper.topics)
    first = [paper.topics[answers[url][0]["url"]] == paper.topics[url] for url in paper.last_of_topics]
    assert sum(first) >= 0.9 * len(first)


def test_unrelated_stories_fall_by_four_fifths_and_related_ones_stay(paper: Newspaper):
    def count(answers: dict[str, list[dict[str, object]]]) -> tuple[int, int]:
        shown = [
            (paper.topics[url], paper.topics[str(item["url"])])
            for url, items in answers.items()
            for item in items
            if item.get("fill") is None
        ]
        related = sum(topic is not None and topic == other for topic, other in shown)
        return related, len(shown) - related

    related, unrelated = count(paper.recommend_all())
    all_related, all_unrelated = count(paper.recommend_all("--no-rules"))
    assert related >= 0.99 * all_related
    assert unrelated <= 0.2 * all_unrelated


def test_an_age_is_that_of_the_story(paper: Newspaper):
    answers = paper.recommend_all("--explain")
    aged = [
        (item["url"], reason)
        for items in answers.values()
        for item in items
        for reason in item["reasons"]
        if reason.endswith(" old")
    ]
    now = datetime.now(UTC)
    assert [each for each in aged if each[1] in NEW and (now - paper.published[each[0]]).days > 0] == []


def test_reasons_could_be_signed_by_an_editor(paper: Newspaper):
    words = re.compile(r"same (?:names?|words?): (.+)")
    given = {
        term.strip()
        for items in paper.recommend_all("--explain").values()
        for item in items
        for reason in item["reasons"]
        if (found := words.fullmatch(reason))
        for term in found[1].split(", ")
    }
    assert given
    functions = STOP_WORDS.get(paper.newsroom.language, frozenset())
    weekdays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
    silly = {term for term in given if term.casefold() in functions or term in {*MONTHS, *weekdays}}
    silly |= {term for term in given if re.search(r"[.。、]", term) or re.match(r"[ぁ-ん]{2}", term)}
    assert silly == set()


def test_a_headline_is_shown_as_printed(paper: Newspaper):
    printed = {each.headline for each in paper.newsroom.stories}
    shown = {item["headline"] for items in paper.recommend_all().values() for item in items}
    assert shown <= printed
    if paper.newsroom.language == "ja":
        assert any("\u3000" in headline for headline in shown)


def test_the_dial_moves_evenly(paper: Newspaper):
    steps = []
    before: dict[str, set[str]] = {}
    for dial in (0, 0.25, 0.5, 0.75, 1):
        lists = {
            url: {str(item["url"]) for item in items}
            for url, items in paper.recommend_all("--dial", str(dial)).items()
        }
        if before:
            same = sum(len(lists[url] & before[url]) for url in lists)
            steps.append(1 - same / max(sum(map(len, lists.values())), 1))
        before = lists
    assert max(steps) <= 2.4 * sum(steps) / len(steps)  # all related stories are shown from 0 to 0.5


def test_a_folder_of_the_site_gives_the_same_stories(paper: Newspaper):
    ran = paper.run("ingest", "site", "--store", "folder.db")
    assert ran.code == 0
    assert "robots.txt" in ran.err
    assert len([line for line in ran.err.splitlines() if "assuming it was saved" in line]) <= 4
    assert stored(paper.folder / "folder.db") == set(paper.topics)
    assert paper.run("ingest", "nothere.html", "--store", "none.db").code == 1
    assert not (paper.folder / "none.db").exists()


def test_every_error_says_the_next_step(paper: Newspaper):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        errors = {
            "recsys ingest": paper.run("status", "--store", "none.db"),
            "--allow-private": paper.run("init", "http://127.0.0.2:8080/"),
            "pretrained": paper.run("recommend", paper.last_of_topics[0], "--ranker", "nobody"),
            "--port": paper.run("serve", "--port", port),
        }
    for step, ran in errors.items():
        assert ran.code in (1, 2), step
        assert step in ran.err, step
        assert len(ran.err.strip().splitlines()) <= 4, step


def test_what_is_printed_suits_every_terminal(paper: Newspaper):
    story = paper.last_of_topics[0]
    for command in (["recommend", story, "--explain"], ["popular"], ["articles"], ["lists"], ["status"]):
        ran = paper.run(*command)
        assert ran.code == 0
        assert "-0.000" not in ran.out
        whole = sum(ran.out.count(url) for url in {*paper.topics, f"{paper.base}/"})
        assert ran.out.count("http:") <= whole


@dataclass(frozen=True)
class Evaluated:
    """A model of some days of the archive, and its report."""

    until: str
    models: str
    report: str
    options: tuple[str, ...]


@pytest.fixture(scope="module")
def evaluated(paper: Newspaper) -> Evaluated:
    """Days of the archive in a store of their own: a model of the first, evaluated on the last."""
    for days in (15, 10, 5, 3, 2):
        moment = paper.write_earlier(paper.folder / f"day-{days}", days)
        ran = paper.run("ingest", f"day-{days}", "--observed-at", moment.isoformat(), "--store", "days.db")
        assert ran.code == 0, ran.err
    kept = ("--store", "days.db", "--models", "models-of-days")
    until = paper.moment(4).isoformat()
    ran = paper.run("train", "--until", until, *kept)
    assert ran.code == 0, ran.err
    ran = paper.run(
        *("evaluate", "--since", until, "--until", datetime.now(UTC).isoformat(), *kept),
        *("--report", "report.html", "--json", "figures.json"),
    )
    assert ran.code == 0, ran.err
    models = paper.run("models", "list", "--models", "models-of-days").out
    return Evaluated(until, models, (paper.folder / "report.html").read_text(encoding="utf-8"), kept)


def test_a_model_of_the_archive_is_evaluated(paper: Newspaper, evaluated: Evaluated):
    assert json.loads((paper.folder / "figures.json").read_text(encoding="utf-8"))["tasks"]
    assert "<html" in evaluated.report
    assert "current" in evaluated.models


def test_an_earlier_model_never_replaces_a_newer_one(paper: Newspaper, evaluated: Evaluated):
    ran = paper.run("train", "--if-better", "--until", paper.moment(8).isoformat(), *evaluated.options)
    assert ran.code in (0, 1), ran.err
    assert paper.run("models", "list", "--models", "models-of-days").out == evaluated.models


def test_the_report_begins_with_a_plain_sentence(evaluated: Evaluated):
    text = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", evaluated.report, flags=re.DOTALL)
    sentence = re.search(
        r"\d+ of 100 (?:lists contain|stories on the most-read list)|not enough data, \d+ queries",
        " ".join(text.split()),
    )
    assert sentence is not None
    assert sentence.start() < 1_500


def test_the_values_of_all_queries_are_a_table(paper: Newspaper, evaluated: Evaluated):
    ran = paper.run(
        *("evaluate", "--since", evaluated.until, "--until", datetime.now(UTC).isoformat()),
        *(*evaluated.options, "--table", "queries.csv"),
    )
    assert ran.code == 0
    rows = (paper.folder / "queries.csv").read_text(encoding="utf-8").splitlines()
    assert {"ranker", "metric", "value"} <= set(rows[0].split(","))
    assert len(rows) > 1


def test_an_archive_of_one_page_has_nothing_related(paper: Newspaper):
    url = next(url for url, topic in paper.topics.items() if topic is None)
    page = paper.site / url.removeprefix(f"{paper.base}/")
    assert paper.run("ingest", page, "--store", "one.db").code == 0
    ran = paper.run("recommend", url, "--store", "one.db")
    assert ran.code == 0
    shown = [other for other in paper.topics if other != url and other in ran.out]
    assert len(shown) <= 2  # headlines are all that is known of the others
    assert f"{10 - len(shown)} of 10 places left empty: no other story is related" in ran.err
