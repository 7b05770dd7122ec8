"""The files that docs/sources.md reads, made as their programs make them."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

from tests.documents.archiving import page_html
from tests.documents.test_analytics import (
    CHARTBEAT,
    CLOUDFLARE,
    GA4,
    MATOMO,
    PARSELY,
    PLAUSIBLE,
    PLAUSIBLE_DAYS,
)  # fmt: skip
from tests.documents.test_eml import mail
from tests.documents.test_feeds import RSS
from tests.documents.test_saved import mhtml
from tests.documents.test_warc import story
from tests.documents.test_wxr import export, item

MOST_READ = ("Baker wins the harbour race", "Ferry prices rise in the spring", "Storm closes the north pier")


def write_sources(folder: Path) -> None:
    """Writes every file that the document names."""
    crawl = gzip.compress(story(1)) + gzip.compress(story(2))
    (folder / "crawl.warc.gz").write_bytes(crawl)
    with zipfile.ZipFile(folder / "site.wacz", "w") as packed:
        packed.writestr("datapackage.json", "{}")
        packed.writestr("archive/data.warc.gz", crawl + gzip.compress(story(3)))
    (folder / "bridge.mhtml").write_bytes(mhtml(page_html("Harbour bridge opens again", list_of=MOST_READ)))
    newsletter = mail(
        page_html("The week on the harbour", list_of=MOST_READ), Archived_At="<https://www.q.example/news/7>"
    )
    (folder / "newsletter.eml").write_bytes(newsletter)
    saved = folder / "web.archive.org" / "web" / "20260115093000id_" / "https:" / "www.q.example" / "2026"
    saved.mkdir(parents=True)
    (saved / "bridge.html").write_text(page_html("Harbour bridge opens again", list_of=MOST_READ))
    (folder / "ga4.csv").write_text(GA4)
    (folder / "matomo.csv").write_bytes(b"\xff\xfe" + MATOMO.encode("utf-16-le"))
    with zipfile.ZipFile(
        folder / "Plausible export www.q.example 2026-01-01  to 2026-01-07 .zip", "w"
    ) as packed:
        packed.writestr("pages.csv", PLAUSIBLE)
    (folder / "imported_pages_20260106_20260107.csv").write_text(PLAUSIBLE_DAYS)
    (folder / "parsely.csv").write_text(PARSELY)
    (folder / "chartbeat.csv").write_text(CHARTBEAT)
    (folder / "cloudflare.csv").write_text(CLOUDFLARE)
    (folder / "own.csv").write_text(PLAUSIBLE.replace("name,visitors,pageviews", "Landing,Readers,Clicks"))
    (folder / "wordpress.xml").write_bytes(export(item(1), item(2), item(3, wp_status="draft")))
    (folder / "feed.xml").write_text(RSS.replace("{encoding}", "utf-8"))
