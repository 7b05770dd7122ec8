"""The editorial rules, which come last: what may stand in a list, whatever it scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recsys.archive import Archive
from recsys.domain import Article
from recsys.text import split_update, story_key


def keep_allowed(archive: Archive, ranked: Iterable[int], query: Article | None) -> Iterator[int]:
    """Rows in their order, less the query's own story and all but the last update of every story.

    The first place that any update of a story earned goes to the last update among the rows.
    """
    rows = list(ranked)
    newest = _last_updates(archive, rows)
    used = set() if query is None or query.headline is None else {story_key(query.headline)}
    for row in rows:
        article = archive.stored[row].article
        key = story_key(article.headline) if article.headline else article.url
        if key in used or (query is not None and article.url == query.url):
            continue
        used.add(key)
        yield newest.get(key, row)


def _last_updates(archive: Archive, rows: list[int]) -> dict[str, int]:
    last: dict[str, tuple[int, int]] = {}
    for row in rows:
        headline = archive.stored[row].article.headline
        if headline is None:
            continue
        key, number = story_key(headline), split_update(headline)[1]
        if key not in last or (number, row) > last[key]:
            last[key] = (number, row)
    return {key: row for key, (_, row) in last.items()}
