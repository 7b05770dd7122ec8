"""The store on real observations: what it holds, how fast, and that reading gives back what was added."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from recsys.store import Store
from tests.store.ingesting import pages_of

pytestmark = [pytest.mark.slow, pytest.mark.data]


def test_ten_months_of_lists_are_stored_and_read_in_seconds(shared_data: Path, tmp_path: Path) -> None:
    pages = list(pages_of(sorted((shared_data / "bbc").glob("*.jsonl.gz"))))
    observed = sorted((ranked for page in pages for ranked in page.lists), key=repr)
    with Store.open(tmp_path / "bbc.db") as store:
        began = monotonic()
        counts = store.add_all(pages)
        assert monotonic() - began < 60  # 5 s on an idle core
        assert counts.articles_new == 11_664
        assert counts.lists_new == len(observed) == 19_975
        began = monotonic()
        articles, lists = list(store.read_articles()), list(store.read_lists())
        assert monotonic() - began < 20  # 1.6 s on an idle core
        assert sorted((each.list for each in lists), key=repr) == observed
        known = {each.id for each in articles}
        assert {each.page_article_id for each in lists} <= known | {None}
        paged = {page.article.url: page.article for page in pages if page.article is not None}
        assert all(
            each.article.body == paged[each.article.url].body for each in articles if each.page_seen_at
        )
