"""The content of a store as interchange records."""

from __future__ import annotations

from collections.abc import Iterator

from recsys.documents import article_record, format_record, list_record
from recsys.store.store import Store


def export_lines(store: Store) -> Iterator[str]:
    """Yield a line of JSON for every article, list and impression; docs/cli.md describes the records.

    Impressions become lists of kind `served` with their clicks.
    """
    for page in store.read_pages():
        if page.article is not None:
            yield format_record(article_record(page.article))
        for ranked in page.lists:
            yield format_record(list_record(ranked))
    for impression in store.impressions.read():
        yield format_record(list_record(impression.as_list()))
