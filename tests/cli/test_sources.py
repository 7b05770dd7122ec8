"""docs/sources.md: every command there is run on a file of the kind it is for, and prints what is shown."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recsys.cli import app
from recsys.domain import Kind
from recsys.store import Store
from tests.cli.conftest import ROOT, Recsys
from tests.cli.sources import write_sources
from tests.cli.test_documents import BLOCK, shown_in
from tests.documents.archiving import page_html

DOCUMENT = ROOT / "docs" / "sources.md"


def output_of(command: str) -> str:
    """What a reader sees who types the command here, in this process: a start of its own takes a second."""
    return CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False).output


def test_every_source_is_ingested_as_the_document_shows(workplace: Path, pytestconfig: pytest.Config):
    write_sources(workplace)
    text, wrong = DOCUMENT.read_text(encoding="utf-8"), []
    blocks = BLOCK.findall(text)
    assert sum(len(shown_in(block)) for block in blocks) >= 14
    for block in blocks:
        made = ""
        for shown in shown_in(block):
            found = output_of(shown.command)
            wrong += [] if found == shown.output else [f"$ {shown.command}\n{found}"]
            made += f"$ {shown.command}\n{found}"
        text = text.replace(f"```console\n{block}```", f"```console\n{made}```")
    if pytestconfig.getoption("--refresh-documents"):
        DOCUMENT.write_text(text, encoding="utf-8")
        return
    assert wrong == []


def test_pages_known_by_their_address_alone_are_no_stories_until_they_are_read(
    recsys: Recsys, workplace: Path
):
    write_sources(workplace)
    found = recsys("ingest", "ga4.csv", "--site", "https://www.q.example", "--json").record
    assert (found["lists_new"], found["items"], found["headlines_new"], found["articles_new"]) == (1, 4, 0, 0)
    assert recsys("popular", "--as-of", "2026-01-09").out.count("q.example") == 0
    assert recsys("train", "--until", "2026-01-09").code == 0
    page = workplace / "20260106093000.html"
    page.write_text(
        "<html><head><link rel=canonical href='https://www.q.example/2026/harbour-bridge-opens-again'></head>"
        f"<body><h1>Harbour bridge opens again</h1><p>{'The bridge is open again. ' * 9}</p></body></html>"
    )
    assert recsys("ingest", page).code == 0
    with Store.open("data/recsys.db") as store:
        (ranked,) = [each.list for each in store.read_lists() if each.list.kind is Kind.POPULAR]
    assert [item.position for item in ranked.items] == [1, 2, 4, 5]
    assert "Harbour bridge opens again" in recsys("popular", "--as-of", "2026-01-09").out


def test_a_folder_of_captures_is_dated_by_its_names_and_not_by_its_files(recsys: Recsys, workplace: Path):
    write_sources(workplace)
    bare = (
        workplace
        / "web.archive.org"
        / "web"
        / "20260116093000id_"
        / "https:"
        / "www.q.example"
        / "2026"
        / "ferry"
    )
    bare.parent.mkdir(parents=True)
    bare.write_text(page_html("Ferry prices rise in spring"))
    (bare.parent / "p.png").write_bytes(b"\x89PNG")
    ran = recsys("ingest", "web.archive.org", "--json")
    assert (ran.code, ran.err, ran.record["files"]) == (0, "", 2)
    with Store.open("data/recsys.db") as store:
        found = store.article("https://www.q.example/2026/bridge.html")
        assert found is not None
        assert found.article.first_seen_at.isoformat() == "2026-01-15T09:30:00+00:00"
        assert store.article("https://www.q.example/2026/ferry") is not None


def test_a_web_archive_comes_through_a_pipe(recsys: Recsys, workplace: Path):
    write_sources(workplace)
    ran = recsys("ingest", "-", "--json", input=(workplace / "crawl.warc.gz").read_bytes())
    assert (ran.code, ran.err, ran.record["articles_new"]) == (0, "", 2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--period", "2026-01-01"), "--period: expected START..END"),
        (("--period", "2026-01-07..2026-01-01"), "a start before its end"),
        (("--zone", "Mars/Olympus"), "expected a zone such as Europe/Berlin"),
        (("--column", "views"), "--column: expected ROLE=HEADING"),
        (("--column", "clicks=Views"), "one of url, path, host, title, views, date"),
        (("--site", "ftp://x"), "--site: expected a name or an address"),
    ],
)
def test_options_that_say_nothing_are_wrong_usage(
    recsys: Recsys, workplace: Path, options: tuple[str, str], said: str
):
    write_sources(workplace)
    ran = recsys("ingest", "ga4.csv", *options)
    assert ran.code == 2
    assert said in " ".join(ran.err.replace("│", " ").split())
