"""A folder with a whole site: articles are stored, lists are read, the rest is skipped in a line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples.newsrooms import load_newsroom, topics_by_url, write_site
from recsys.store import Store
from tests.cli.conftest import ANY, Recsys
from tests.documents.samples import NEWS_SITEMAP

JAPANESE = load_newsroom("japanese")
NEWSROOM = JAPANESE.as_of(JAPANESE.stories[11].published_at)


def stored(store: Path) -> dict[str, str | None]:
    with Store.open(str(store)) as opened:
        return {each.article.url: each.article.headline for each in opened.read_articles()}


@pytest.fixture
def site(workplace: Path) -> Path:
    write_site(NEWSROOM, workplace / "site")
    return workplace / "site"


def without_addresses(site: Path) -> None:
    """Take away what says the address of a page, as on sites that declare none."""
    for path in site.rglob("*.html"):
        text = re.sub(
            r'<link rel="canonical".*|<meta property="og:url".*', "", path.read_text(encoding="utf-8")
        )
        path.write_text(re.sub(r'"mainEntityOfPage": "[^"]*", ', "", text), encoding="utf-8")


def test_a_folder_with_a_site_just_works(recsys: Recsys, site: Path):
    ran = recsys("ingest", "site", "--store", "town.db")
    assert ran.code == 0
    assert "Skipped 4 files without a page:" in ran.err
    assert "robots.txt" in ran.err
    assert "error" not in ran.err
    sections = {each.section for each in NEWSROOM.stories}
    assert f"{len(sections) + 2} pages are no articles" in ran.out
    headlines = {
        url: each.headline for url, each in zip(topics_by_url(NEWSROOM), NEWSROOM.stories, strict=True)
    }
    assert stored(site.parent / "town.db") == headlines


def test_a_front_page_never_overwrites_a_story(recsys: Recsys, site: Path):
    recsys("ingest", "site", "--store", "town.db")
    before = stored(site.parent / "town.db")
    front = site / "index.html"
    front.write_text(front.read_text(encoding="utf-8").replace("浜鳴", "別の町"), encoding="utf-8")
    ran = recsys("ingest", "site/index.html", "site/about.html", "--store", "town.db")
    assert ran.code == 0
    assert stored(site.parent / "town.db") == before


def test_a_file_without_a_page_is_an_error_if_it_is_named(recsys: Recsys, site: Path):
    ran = recsys("ingest", "site/robots.txt", "site/sitemap.xml", "--store", "town.db")
    assert ran.code == 1
    assert "robots.txt: expected a page" in ran.err
    assert "sitemap.xml: expected a sitemap with headlines" in ran.err
    assert not (site.parent / "town.db").exists()


def test_a_news_sitemap_is_read_with_its_headlines(recsys: Recsys, workplace: Path):
    (workplace / "news.xml").write_bytes(NEWS_SITEMAP)
    record = recsys("read", "news.xml", "--json").record["article"]
    assert (record["url"], record["headline"]) == ("https://town.example/a", "A story of the town")
    assert record["published_at"] == "2026-05-01T10:00:00Z"


def test_the_place_in_the_folder_is_the_address_below_the_base_url(recsys: Recsys, site: Path):
    without_addresses(site)
    (site / "feed.xml").unlink()
    ran = recsys("ingest", "site", "--base-url", "https://town.example", "--store", "town.db")
    assert ran.code == 0
    assert "--base-url" not in ran.err
    expected = set(topics_by_url(NEWSROOM, "https://town.example"))
    assert set(stored(site.parent / "town.db")) == expected


def test_an_index_has_the_address_of_its_folder(recsys: Recsys, workplace: Path):
    path = workplace / "site" / "harbour wall" / "index.html"
    path.parent.mkdir(parents=True)
    path.write_text("<h1>The harbour wall of the town</h1><p>Its text.</p>", encoding="utf-8")
    for given in ("site", "site/**/*.html"):
        read = recsys("read", given, "--json", "--base-url", "https://town.example").record
        assert read["article"]["url"] == "https://town.example/harbour%20wall/"


def test_pages_without_an_address_are_counted_with_the_option_that_gives_one(recsys: Recsys, site: Path):
    without_addresses(site)
    ran = recsys("ingest", "site", "--store", "town.db")
    assert ran.code == 0
    assert [line for line in ran.err.splitlines() if "pass its address as --base-url" in line] != []


@pytest.mark.parametrize("address", ["town", "ftp://town.example/", "https://town.example/?a=b"])
def test_a_base_url_that_is_none_is_refused(recsys: Recsys, site: Path, address: str):
    ran = recsys("ingest", "site", "--base-url", address)
    assert ran.code == 2
    assert "--base-url: expected an address such as" in ran.err


@pytest.mark.parametrize("order", [("copy", "site"), ("site", "copy")])
def test_a_copy_without_an_address_never_displaces_the_linkable_story(
    recsys: Recsys, site: Path, order: tuple[str, str]
):
    write_site(NEWSROOM, site.parent / "copy")
    without_addresses(site.parent / "copy")
    for folder in order:
        recsys("ingest", folder, "--store", "town.db", "--site", "hamanari-nippo.example")
    story = next(iter(topics_by_url(NEWSROOM)))
    ran = recsys("recommend", story, "--store", "town.db", "-k", "20", *ANY, "--json")
    urls = [each["url"] for each in ran.record["recommendations"]]
    assert len(urls) == 11
    assert [url for url in urls if url.startswith("urn:")] == []
