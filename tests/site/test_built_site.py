"""The built site: every page is there, and none loads anything from another host. Run by `make docs`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
PAGES = sorted(SITE.rglob("*.html"))

# Attributes that make a browser fetch something by itself; `a href` is followed only by a click.
FETCHED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
}
FOREIGN = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
FOREIGN_IN_CSS = re.compile(r"""(?:url\(|@import)\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)
NOT_FETCHED = {"canonical", "next", "prev", "alternate"}  # `link`s that only state something


class Fetches(HTMLParser):
    """Collects what a page makes a browser load from another host."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "link" and NOT_FETCHED & set(values.get("rel", "").lower().split()):
            return
        fetched = [values[name] for name in FETCHED.get(tag, ()) if name in values]
        self.foreign += [f"{tag}: {value}" for value in fetched if FOREIGN.match(value)]
        if FOREIGN_IN_CSS.search(values.get("style", "")):
            self.foreign.append(f"{tag} style: {values['style']}")


def foreign_in(html: str) -> list[str]:
    parser = Fetches()
    parser.feed(html)
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL | re.IGNORECASE)
    return parser.foreign + [style for style in styles if FOREIGN_IN_CSS.search(style)]


def listed(nav: list) -> list[str]:
    """The pages that a part of the navigation names."""
    entries = [next(iter(entry.values())) if isinstance(entry, dict) else entry for entry in nav]
    return [page for entry in entries for page in (listed(entry) if isinstance(entry, list) else [entry])]


NAV = listed(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])


def test_every_page_in_docs_is_in_the_navigation():
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert sorted(NAV) == sorted(written)


@pytest.mark.parametrize("name", NAV)
def test_every_page_was_built(name):
    assert (SITE / name).with_suffix(".html").is_file()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(SITE).as_posix())
def test_a_page_loads_nothing_from_another_host(path):
    assert foreign_in(path.read_text(encoding="utf-8")) == []


def test_style_sheets_load_nothing_from_another_host():
    sheets = sorted(SITE.rglob("*.css"))
    assert sheets
    assert [str(path) for path in sheets if FOREIGN_IN_CSS.search(path.read_text(encoding="utf-8"))] == []


def test_the_api_reference_has_the_docstrings():
    text = (SITE / "api.html").read_text(encoding="utf-8")
    for name in (
        "recsys.domain.Article",
        "recsys.store.Store",
        "recsys.recommender.Recommender",
        "recsys.request.Rules",
    ):
        assert f'id="{name}"' in text, name


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<img srcset="https://cdn.example/x.png 2x">',
        "<style>@import 'https://cdn.example/x.css'</style>",
        '<p style="background: url(http://cdn.example/x.png)">',
    ],
)
def test_a_foreign_asset_is_found(html):
    assert foreign_in(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org/">x</a>',
        '<script src="assets/x.js"></script>',
        '<link rel="canonical" href="https://x/">',
    ],
)
def test_links_and_local_assets_pass(html):
    assert foreign_in(html) == []
