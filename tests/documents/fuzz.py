"""A coverage-guided fuzzer for the reading of pages: it may find nothing but the reader's own error.

    python -m tests.documents.fuzz --minutes 10 [CORPUS]

Needs atheris, which is no dependency of the project: `pip install atheris` into an environment of its own,
and PYTHONPATH with the project and its packages. What breaks a law is written to a file that libFuzzer names;
CORPUS, where one is given, keeps what reached new code. Begins with what the tests read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["recsys.documents", "recsys.text"]):
    from datetime import UTC, datetime

    from recsys.documents import Profile, article_record, format_record, list_record, read
    from recsys.documents.lists.list_selectors import ListRule
    from recsys.documents.source import ImportHints
    from recsys.errors import ReadError

from tests.documents.test_lists import MARKUP, NO_LISTS, TABS, page_with

SEEN = datetime(2026, 1, 1, tzinfo=UTC)
FIXTURES = Path(__file__).parents[1] / "fixtures" / "pages"
HINTS = ImportHints(
    profiles={"q.example": Profile((ListRule("//ul | //ol", None), ListRule("//aside", None)))}
)
TOKENS = """
<ul>
<ol>
<li>
<a href="/news/a-story-of-the-day-1">
<a href="#tab">
<h2>
<div class="title">
<div id="tab">
role="tab"
aria-controls="tab"
aria-labelledby="tab"
aria-label="Most read"
style="display:none"
<table>
<th>
<nav>
<aside>
<article>
<p>
<script type="application/ld+json">
</script>
<time datetime="2026-01-01">
{"@type":"NewsArticle","headline":"
"datePublished":"
"@graph":[
<meta property="og:title" content="
<meta charset="
<base href="
<link rel="canonical" href="
&#55296;
&#0;
<template>
Most read
関連記事
ランキング
Meistgelesen""".split("\n")


def check(data: bytes) -> None:
    """Read a document and write what it yields; anything but ReadError breaks the law."""
    try:
        page = read(data, name="fuzz", observed_at=SEEN, hints=HINTS)
    except ReadError as error:
        str(error).encode()
        return
    for record in (*([article_record(page.article)] if page.article else []), *map(list_record, page.lists)):
        format_record(record).encode()


def main() -> None:
    """Run libFuzzer for some minutes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "words.dict"
        words.write_bytes(b"\n".join(b'"' + _escape(token.encode()) + b'"' for token in TOKENS if token))
        corpus = given.corpus or Path(folder) / "corpus"
        corpus.mkdir(exist_ok=True)
        for number, markup in enumerate((*MARKUP.values(), *TABS.values(), *NO_LISTS.values())):
            (corpus / f"lists-{number}").write_text(page_with(markup), encoding="utf-8")
        options = [
            f"-max_total_time={int(given.minutes * 60)}",
            "-max_len=20000",
            "-timeout=30",
            f"-dict={words}",
        ]
        atheris.Setup([sys.argv[0], *options, str(corpus), str(FIXTURES)], check)
        atheris.Fuzz()


def _escape(data: bytes) -> bytes:
    return b"".join(
        bytes((each,)) if 32 <= each < 127 and each not in b'"\\' else b"\\x%02x" % each for each in data
    )


if __name__ == "__main__":
    main()
