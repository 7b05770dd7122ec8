"""What the report says, in HTML and in Markdown, of a newsroom and where nothing can be judged."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from recsys.evaluation.report.markdown_report import escape
from recsys.ranking import BASELINES
from tests.evaluation.conftest import Written


class Text(HTMLParser):
    """The words of a page, and the headings of its parts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words, self.ids, self._silent = list[str](), set[str](), 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._silent += tag == "style"
        self.ids |= {value for name, value in attrs if name == "id"}

    def handle_endtag(self, tag):
        self._silent -= tag == "style"

    def handle_data(self, data):
        self.words += [] if self._silent else data.split()

    def __str__(self) -> str:
        return " ".join(self.words)


def words(written: Written) -> Text:
    return Text(written.html.read_text(encoding="utf-8"))


def plain(written: Written) -> str:
    """The Markdown without its backslashes and marks of emphasis."""
    text = written.markdown.read_text(encoding="utf-8")
    return " ".join(re.sub(r"\\(?=[^\w\s])|\*\*", "", text).split())


def test_the_report_holds_everything_that_was_found(newsroom_report):
    document = json.loads(newsroom_report.json.read_text(encoding="utf-8"))
    page = words(newsroom_report)
    for text in (str(page), plain(newsroom_report)):
        for name in ("model", *BASELINES, "served"):
            assert f" {name} " in text
        for metric in ("nDCG@5", "nDCG@10", "MRR", "recall@10", "hit@10", "MAP", "SNIPS DCG", "IPS DCG"):
            assert metric in text
        for what in (
            "coverage",
            "Gini",
            "median age",
            "same story twice",
            "diversity",
            "empty places",
            "churn",
        ):
            assert what in text
        for heading in ("By section", "By hour", "By number of earlier observations", "No breakdown by"):
            assert heading in text
        assert text.count("Chosen by editors") == 10
        assert len(re.findall("(?:Closer to|Further from) the editors' choice", text)) == 10
        assert "✓ your editors' choice" in text
        assert "Simple text matching (" in text
        assert text.count("same names:") + text.count("same words:") > 10
        assert document["provenance"]["digest"] in text
        figure = document["tasks"]["related"]["rankers"]["model"]["ndcg@10"]
        assert f"{figure['mean']:.3f}" in text
        assert f"{figure['low']:.3f}–{figure['high']:.3f}" in text
        assert "The test is fair: nothing that was published later was used" in text
    figures = {"differences", "over-time--related", "over-time--appeal", "by-history", "reliability"}
    assert {f"figure-{name}" for name in (*figures, "churn", "dial")} <= page.ids
    assert "Quality by age of the article: all of one age" in str(page)


def test_the_plain_sentences_come_first_then_the_verdict_with_both_intervals(newsroom_report):
    text = str(words(newsroom_report))
    interval = r"\[[+−]0\.\d{3}, [+−]0\.\d{3}\]"
    assert re.search(
        r"Results \d+ of 100 lists contain a story your editors chose \(\d+ articles\); simple text matching:"
        r" .*?"
        r" On related stories chosen by editors: (?:clearly better than|clearly worse than|no clear"
        r" difference from) simple text matching\. On related stories chosen by editors the model is .+?"
        r" the best baseline: nDCG@10 0\.\d{3}"
        rf" against 0\.\d{{3}}, [+−]0\.\d{{3}} {interval} by query, {interval} by day, p [<=] [01]\.\d{{3}},"
        r" \d+ queries\.",
        text,
    )
    task = json.loads(newsroom_report.json.read_text(encoding="utf-8"))["tasks"]["related"]
    best, figures = task["best_baseline"], task["rankers"]
    ours, theirs = (f"{100 * figures[name]['hit@10']['mean']:.0f}" for name in ("model", best))
    also = "also " if ours == theirs else ""
    count = figures["model"]["hit@10"]["n"]
    plainly = (
        f"{ours} of 100 lists contain a story your editors chose ({count} articles);"
        f" simple text matching: {also}{theirs}."
    )
    assert plainly in text
    assert newsroom_report.out.startswith(plainly)
    first, site, second, third, *_ = newsroom_report.markdown.read_text(encoding="utf-8").split("\n\n")
    assert first == "# Evaluation report"
    assert site == "Site: brackwater.example"
    assert "Site: brackwater.example" in text
    assert second == "pretrained, 5 January 2025 to 11 January 2025"
    assert third == f"**{plainly}**"


def test_it_names_where_the_model_is_worse(newsroom_report):
    document = json.loads(newsroom_report.json.read_text(encoding="utf-8"))
    assert document["shortfalls"]
    for text in (str(words(newsroom_report)), plain(newsroom_report), newsroom_report.out):
        verdict = " ".join(text.split()).partition("Methods compared")[0]
        for each in document["shortfalls"]:
            assert f"{each['ours']:.3f} against {each['theirs']:.3f}" in verdict


def test_it_has_a_section_on_the_quality_of_the_data(newsroom_report):
    counts = json.loads(newsroom_report.json.read_text(encoding="utf-8"))["data"]["store"]
    for text in (str(words(newsroom_report)), plain(newsroom_report)):
        assert f"Known by the end of the period: {counts['articles']} articles, 0% without text" in text
        assert "Lists that were observed" in text
        assert "New articles and lists by day of the period" in text


def test_rankers_that_read_text_alone_are_not_shown_at_a_moment(newsroom_report):
    text = newsroom_report.markdown.read_text(encoding="utf-8")
    moment = text.partition("### Without an article")[2].partition("### Clicks")[0]
    assert "| persistence |" in moment
    assert "| tfidf |" not in moment


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head(newsroom_report):
    text = newsroom_report.markdown.read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert len(tables) > 20
    for table in tables:
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]
        assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Anslow: 3 held, 12:30-14:00 (update)!", "Anslow: 3 held, 12:30-14:00 (update)!"),
        ("<b>*a* `b` [c](d) | e", "&lt;b&gt;\\*a\\* \\`b\\` \\[c\\](d) \\| e"),
        ("two\nlines", "two lines"),
        ("see https://a.example", "see https\\://a.example"),
        ("- no list", "\\- no list"),
        ("# no heading, C# is", "\\# no heading, C# is"),
        ("1. no list, 2. either", "1\\. no list, 2. either"),
        ("---", "\\---"),
        ("-0.5", "-0.5"),
    ],
)
def test_what_others_wrote_is_no_markup_in_markdown(text, escaped):
    assert escape(text) == escaped


def test_of_the_seeds_alone_it_says_first_that_the_evidence_is_too_small(seeds_report):
    assert seeds_report.code == 1
    (error,) = [line for line in seeds_report.err.splitlines() if line.startswith("error: ")]
    assert error.startswith("error: not enough data: no query can be evaluated from 2025")
    verdict = "Not enough data: no query of this period can be evaluated."
    for text in (str(words(seeds_report)), plain(seeds_report)):
        assert verdict in text[:400]
        assert "A verdict needs 20 queries" in text
        assert "nDCG" not in text


def test_of_the_seeds_alone_it_shows_lists_model_and_recommendations(seeds_report):
    for text in (str(words(seeds_report)), plain(seeds_report)):
        assert '"News Services" POPULAR ARTICLE' in text
        assert "Most read, limited to News Services, local, observed 21 Nov 2025" in text
        assert "JN ACCESS RANKING" in text
        assert (
            text.count("Japan’s Hopes for Seafood Exports Shot Down in China Spat") == 3
        )  # list, two rankers
        assert "Freed Ukrainian prisoners of war" in text
        assert "1st in JN ACCESS RANKING" in text  # a reason
        assert "the texts" in text.partition("Features of the model")[2]
    document = json.loads(seeds_report.json.read_text(encoding="utf-8"))
    assert document["tasks"] == {}
    assert [len(each["stories"]) for each in document["lists"]] == [5, 5]
