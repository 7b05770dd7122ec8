"""Front, section and other pages that are no article give their lists and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.documents import read
from recsys.domain import Kind

from .conftest import SEEN

SLUGS = [f"/2026/05/0{day}/the-council-of-the-town-votes-again-{day}" for day in range(1, 8)]
TEASERS = "".join(
    f"<article><h2><a href='{slug}'>The council of the town votes again {slug[-1]}</a></h2>"
    f"<p>{'A sentence sums up the story. ' * 5}</p></article>"
    for slug in SLUGS
)
TEXT = f"<p>{'The mayor opened the meeting at nine and closed it at noon. ' * 12}</p>"
LD = '<script type="application/ld+json">{}</script>'
NEWS = '{"@type": "NewsArticle", "headline": "Council votes", "datePublished": "2026-05-01T10:00:00Z"}'


def page(body: str, *, url: str | None = "https://town.example/politics", head: str = "") -> str:
    canonical = f"<link rel=canonical href='{url}'>" if url else ""
    start = f"<html><head><title>Politics</title>{canonical}{head}</head><body><h1>Politics</h1>"
    return f"{start}{body}</body></html>"


LISTINGS = {
    "the front page": page(TEASERS, url="https://town.example/"),
    "the front page, whatever it declares": page(
        TEXT, url="https://town.example/index.html", head=LD.format(NEWS)
    ),
    "a section without metadata": page(TEASERS),
    "a section of a saved site, without an address": page(TEASERS, url=None),
    "a section that says it is a website": page("", head="<meta property='og:type' content='website'>"),
    "a collection, said to be an article": page(
        TEXT, head="<meta property='og:type' content='article'>" + LD.format('{"@type": "CollectionPage"}')
    ),
    "a page of three articles": page(
        TEASERS, head=LD.format(f"[{NEWS}, {NEWS.replace('votes', 'eats')}, {NEWS.replace('votes', 'naps')}]")
    ),
    "a tag": page(TEXT, url="https://town.example/tag/council"),
    "a day of the archive": page(TEASERS, url="https://town.example/2026/05/01/"),
}

ARTICLES = {
    "one that declares itself, on an address like a section's": page(TEXT + TEASERS, head=LD.format(NEWS)),
    "one described twice": page(
        TEXT, head=LD.format(f"[{NEWS}, {NEWS.replace('NewsArticle', 'ReportageNewsArticle')}]")
    ),
    "a dated one that says it is a website": page(
        TEXT,
        head="<meta property='og:type' content='website'>"
        "<meta property='article:published_time' content='2026-05-01T10:00:00Z'>",
    ),
    "one with a story's address, and lists": page(
        "<p>Short.</p>" + TEASERS, url=f"https://town.example{SLUGS[0]}"
    ),
    "one with a text of its own above lists": page(TEXT + TEASERS),
    "one with few links": page(
        "<p>Short.</p><a href='/2026/05/01/the-council-of-the-town'>Council votes</a>"
    ),
    "a story of a CMS with numbers": page(TEXT, url="https://town.example/?p=12"),
    "one with links in its sentences": page(
        "".join(
            f"<p>The mayor said <a href='{slug}'>what she had said before</a> in the hall of the town, "
            "where nobody listened to her for long, and left by the back door at noon.</p>"
            for slug in SLUGS
        )
    ),
    "one without any sign": "<h1>A story of the town</h1><p>Its text.</p>",
}


@pytest.mark.parametrize("what", LISTINGS)
def test_a_page_that_is_no_article_gives_only_lists(what: str):
    found = read(LISTINGS[what].encode(), name="page.html", observed_at=SEEN)
    assert found.is_listing
    assert found.article is None
    assert not [each for each in found.lists if each.kind is Kind.INLINE]
    if TEASERS in LISTINGS[what] and "canonical" in LISTINGS[what]:
        assert [len(each.items) for each in found.lists] == [len(SLUGS)]


@pytest.mark.parametrize("what", ARTICLES)
def test_an_article_stays_one(what: str):
    found = read(ARTICLES[what].encode(), name="page.html", observed_at=SEEN)
    assert not found.is_listing
    assert found.article is not None
    assert found.article.headline


@pytest.mark.parametrize("folder", ["pages", "pages-2"])
def test_no_labelled_article_is_taken_for_a_list(shared_data: Path, folder: str):
    pages = sorted((shared_data / folder).glob("*.html"))
    refused = [
        path.name
        for path in pages
        if read(path.read_bytes(), name=path.name, observed_at=SEEN).article is None
    ]
    assert len(pages) > 30
    assert refused == []
