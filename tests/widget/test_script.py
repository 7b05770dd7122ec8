"""`GET /v1/widget.js`: small, kept, and the script that stands in the repository."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import recsys.serve
from recsys.serve.routes.widget import strip_comments
from tests.widget.conftest import SCRIPT, Paper, Read, element

SOURCE = Path(recsys.serve.__file__).parent / "static" / "widget.js"
DOCUMENT = Path(__file__).parents[2] / "docs" / "widget.md"
NEVER = (
    *("import", "eval", "Function(", "innerHTML", "outerHTML", "document.write", "style="),
    *("cookie", "localStorage", "sessionStorage", "indexedDB", "userAgent"),
)
MOST = 7_000  # bytes, zipped


def test_it_is_small_and_zipped_for_who_takes_that(paper: Paper):
    with paper.served.client() as client:
        zipped = client.get("/v1/widget.js", headers={"accept-encoding": "gzip"})
        plain = client.get("/v1/widget.js", headers={"accept-encoding": "identity"})
    assert (zipped.headers["content-encoding"], zipped.headers["vary"]) == ("gzip", "accept-encoding, origin")
    assert len(gzip.compress(plain.content, mtime=0)) <= int(zipped.headers["content-length"]) < MOST
    assert zipped.text == plain.text == strip_comments(SOURCE.read_text(encoding="utf-8"))


def test_it_may_be_kept_and_used_by_pages_of_any_site(paper: Paper):
    with paper.served.client() as client:
        whole, head = client.get("/v1/widget.js"), client.head("/v1/widget.js")
        again = client.get("/v1/widget.js", headers={"if-none-match": whole.headers["etag"]})
    assert whole.headers["content-type"] == "text/javascript; charset=utf-8"
    assert whole.headers["cross-origin-resource-policy"] == "cross-origin"
    assert whole.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=86400"
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", whole.headers["etag"])


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("/* said\n   on */\na = 1 // why\n\n  b = 2\n", "a = 1\nb = 2\n"),
        ("a = 'https://x' + /\\/*$/\n", "a = 'https://x' + /\\/*$/\n"),
    ],
)
def test_comments_are_left_out_and_nothing_else(script: str, left: str):
    assert strip_comments(script) == left


def test_what_the_document_shows_is_what_it_knows(paper: Paper, read: Read):
    text, source = DOCUMENT.read_text(encoding="utf-8"), SOURCE.read_text(encoding="utf-8")
    markup = next(each for each in re.findall(r"```html\n(.*?)```", text, re.DOTALL) if "token=" in each)
    other = '<recsys-related heading="More"></recsys-related>'
    with read(paper.page("/en/document", f"{SCRIPT}{markup}{other}")) as visit:
        element(visit)
        adopted = visit.page.locator("recsys-related[token]")
        assert adopted.evaluate("e => [e.shadowRoot, e.outerHTML]") == [None, markup.strip()]
        assert visit.violations() == ""
        known = visit.page.evaluate("customElements.get('recsys-related').observedAttributes")
        parts = visit.page.locator("[part]").evaluate_all("all => all.map(each => each.part.value)")
    rows = "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))
    assert set(re.findall(r"`([a-z][a-z-]*)`", rows)) == set(known)
    assert set(re.findall(r"`(--recsys-[a-z-]+)`", rows)) == set(
        re.findall(r"var\((--recsys-[a-z-]+)", source)
    )
    documented = re.search(r"^Parts: (.*?)\.$", text, re.MULTILINE).group(1)
    assert set(re.findall(r"`([a-z]+)`", documented)) == {*parts, "bar"}


def test_it_needs_nothing_and_changes_no_markup():
    text = strip_comments(SOURCE.read_text(encoding="utf-8"))
    for never in NEVER:
        assert not re.search(rf"\b{re.escape(never)}", text), never
