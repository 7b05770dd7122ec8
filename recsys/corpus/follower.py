"""Keeps a corpus up to date with its store, and saves its index next to the store so that it opens quickly.

The index is derived: if its folder is missing, damaged, of another store, or of another history of this one
(a backup was restored), it is rebuilt from the store with a warning. Files are written once under unique
names, and a manifest that is renamed into place lists the files of the current index; so readers never see
half an index, and concurrent writers do not disturb each other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from pathlib import Path

import numpy as np

from recsys.corpus.article_table import ArticleTable
from recsys.corpus.corpus import Corpus
from recsys.corpus.corpus_segments import (
    Part,
    append,
    build_indexes,
    merge,
    read_portions,
    read_terms,
    replace_from,
)
from recsys.corpus.list_segments import LinkedHistory, Owners, link_history, read_part
from recsys.corpus.persistence import PersistedCorpus, load_persisted, save_persisted
from recsys.corpus.term_segments import Ints
from recsys.domain import from_microseconds, to_microseconds
from recsys.errors import CorpusFileError
from recsys.store import Store, StoredArticle
from recsys.store.changes import Change, State
from recsys.store.snapshot import Snapshot

_LOG = logging.getLogger("recsys.corpus")
PORTION = 8_000
"""Articles analysed at once: bounds the memory of building a corpus."""
LARGEST_MERGE = 2**27
"""Postings in all fields up to which parts are merged: some 3 GB of arrays, and as much again meanwhile."""
LARGEST_LIVE_MERGE = 2**20
"""The same limit while the corpus serves requests: merging this much takes milliseconds."""


@dataclass(frozen=True)
class _Version:
    """A corpus and its components."""

    components: PersistedCorpus
    linked: LinkedHistory
    corpus: Corpus


class CorpusFollower:
    """The corpus of everything in a store."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        """With `folder` the corpus is loaded from there, and `save` writes it there."""
        self._store, self._folder = store, folder
        self._version: _Version | None = None
        self._is_loaded = False

    def corpus(self, as_of: datetime | None = None, *, first_texts: bool = False) -> Corpus:
        """Everything seen strictly before the moment, up to date; `first_texts` as in `Corpus.load`.

        Without a moment, everything. For a moment before the newest observation it is built anew from the
        store.
        """
        version = self._refresh()
        if as_of is not None and to_microseconds(as_of) <= version.components.state.newest:
            return Corpus.load(self._store, as_of, first_texts=first_texts)
        return (self._with_first_texts(version) if first_texts else version.corpus).until(as_of)

    def _with_first_texts(self, version: _Version) -> Corpus:
        """The corpus with every article as it first read, and none of them unpublished."""
        table = version.corpus.articles
        with self._store.snapshot() as snapshot:
            changed, rows = [], []
            for each in snapshot.read_first(snapshot.revised_ids()):
                row = int(table.rows_of_ids(np.array([each.id]))[0])
                if row >= 0 and not table.is_same(row, each):
                    changed.append(each)
                    rows.append(row)
        if not changed:
            return version.corpus.with_unpublished()
        rest = np.setdiff1d(np.arange(min(rows), table.size), rows)
        parts = replace_from(version.components.parts, min(rows), rest, changed)
        components = replace(version.components, parts=parts, predictions=None, unpublished=())
        return self._assemble(components, first_texts=True).corpus

    @property
    def is_loaded(self) -> bool:
        """Whether the corpus came from the folder."""
        return self._is_loaded

    def follow(self) -> tuple[Corpus, State]:
        """The corpus of everything, up to date, and the state of the store that it reflects."""
        version = self._refresh()
        return version.corpus.until(None), version.components.state

    def save(self) -> None:
        """Write what is new to the folder, after merging small parts."""
        version = self._refresh()
        parts = _compact(version.components.parts, LARGEST_MERGE)
        is_compact = len(parts) == len(version.components.parts)
        if self._folder is None or (version.components.is_saved and is_compact):
            return
        predictions = version.corpus.predict_popularity()
        components = replace(version.components, parts=parts, predictions=predictions)
        saved = save_persisted(self._folder, components)
        size = version.corpus.size
        self._version = self._assemble(saved, version, size, size)

    def try_save(self) -> None:
        """Save unless the disk forbids it: a store that is read-only can still be queried."""
        with suppress(OSError):
            self.save()

    def _refresh(self) -> _Version:
        """Bring the corpus up to date with the store."""
        version = self._version
        if version is not None and self._store.state() == version.components.state:
            return version
        with self._store.snapshot() as snapshot:
            if version is None:
                version = self._load(snapshot)
                self._is_loaded = version is not None
            state = snapshot.state()
            if version is not None and not snapshot.descends_from(version.components.state):
                _warn(f"{self._store.name}: its history differs from that of the index (was it restored?)")
                version = None
            if version is None:
                version = self._build(snapshot)
            elif state != version.components.state:
                version = self._update(version, snapshot)
        self._version = version
        return version

    def _load(self, snapshot: Snapshot) -> _Version | None:
        if self._folder is None:
            return None
        try:
            components = load_persisted(self._folder)
        except CorpusFileError as error:
            _warn(str(error))
            return None
        if components is None:
            return None
        if not snapshot.descends_from(components.state):
            _warn(f"{self._folder}: built from a different history of {self._store.name} (was it restored?)")
            return None
        return self._assemble(replace(components, unpublished=tuple(snapshot.unpublished())))

    def _build(self, snapshot: Snapshot) -> _Version:
        parts: tuple[Part, ...] = ()
        for portion in read_portions(snapshot.read_articles(), PORTION):
            parts = _compact(append(parts, portion), LARGEST_MERGE)
        parts = _compact(parts, LARGEST_MERGE, ratio=inf)
        lists = (read_part(snapshot, 0),)
        owners, unpublished = Owners.of(snapshot.owned()), tuple(snapshot.unpublished())
        return self._assemble(
            PersistedCorpus(snapshot.state(), parts, lists, owners, unpublished=unpublished)
        )

    def _update(self, version: _Version, snapshot: Snapshot) -> _Version:
        """The corpus with what later batches added."""
        old, state = version.components, snapshot.state()
        changes = snapshot.changed_since(old.state.batch)
        parts, first_changed = _update_parts(old.parts, version.corpus.articles, changes, snapshot)
        new_lists = read_part(snapshot, old.state.last_list)
        owners = old.owners.updated(_changed_owners(changes, old.owners))
        lists = (*old.lists, new_lists) if len(new_lists.ids) else old.lists
        predictions, until = version.corpus.known_predictions
        parts, unpublished = _compact(parts, LARGEST_LIVE_MERGE), tuple(snapshot.unpublished())
        components = PersistedCorpus(state, parts, lists, owners, predictions, unpublished=unpublished)
        predicted = min(first_changed, until)
        if len(new_lists.ids):
            first_seen = version.corpus.first_seen
            predicted = min(predicted, int(np.searchsorted(first_seen, new_lists.times.min(), side="right")))
        return self._assemble(components, version, first_changed, predicted)

    def _assemble(
        self,
        components: PersistedCorpus,
        earlier: _Version | None = None,
        unchanged: int = 0,
        predicted: int = 0,
        *,
        first_texts: bool = False,
    ) -> _Version:
        """The corpus of these components.

        `earlier` has the same first `unchanged` rows, and the predictions of the first `predicted` are valid.
        """
        store, before = self._store, from_microseconds(components.state.newest + 1)

        def fetch(ids: Sequence[int]) -> list[StoredArticle]:
            return store.read_some(ids, before=before, first_texts=first_texts)

        base = None if earlier is None else earlier.corpus
        table = ArticleTable(
            [part.articles for part in components.parts],
            fetch,
            base=None if base is None else base.articles,
            unchanged=unchanged,
        )
        linked = None if earlier is None else _same_history(earlier, components, table, unchanged)
        if linked is None:
            linked = link_history(components.lists, components.owners, table)
        corpus = Corpus(
            table,
            build_indexes(components.parts, None if base is None else base.terms["text"].workspace),
            linked.history,
            before,
            earlier=base,
            known_predictions=(components.predictions, table.size if earlier is None else predicted),
            unpublished=components.unpublished,
        )
        return _Version(components, linked, corpus)


def open_corpus(store: Store, as_of: datetime, *, first_texts: bool = False) -> Corpus:
    """The corpus of a store as of a moment, loaded from its index if there is one, and up to date.

    An index that is not on disk yet is saved for the next process, where the disk permits. Bodies are read
    from the store when they are needed, so the store must stay open as long as the corpus is used.
    """
    follower = CorpusFollower(store, store.index_folder)
    corpus = follower.corpus(as_of, first_texts=first_texts)
    if not follower.is_loaded:
        follower.try_save()
    return corpus


def _warn(problem: str) -> None:
    """Log that the index on disk, or in memory, cannot be used."""
    _LOG.warning(json.dumps({"index": f"{problem}; rebuilt from the store"}, ensure_ascii=False))


def _compact(parts: Sequence[Part], limit: int, ratio: float = 2) -> tuple[Part, ...]:
    """Merge parts until each has at least `ratio` times the postings of the next; none grows over `limit`."""
    compacted = list(parts)
    while len(compacted) > 1:
        before, last = compacted[-2].postings, compacted[-1].postings
        if before > ratio * last or before + last > limit:
            break
        compacted[-2:] = [merge(compacted[-2:])]
    return tuple(compacted)


def _update_parts(
    parts: tuple[Part, ...], table: ArticleTable, changes: Sequence[Change], snapshot: Snapshot
) -> tuple[tuple[Part, ...], int]:
    """The parts with the changes applied, and the first row that differs."""
    rows = table.rows_of_ids(np.array([change.id for change in changes], dtype=np.int64))
    row_of = dict(zip([change.id for change in changes], rows.tolist(), strict=True))
    known = snapshot.read_some([change.id for change in changes if change.is_known])
    changed = [each for each in known if not _is_same(table, row_of[each.id], each)]
    readable = {each.id for each in known}
    removed = [
        row_of[change.id] for change in changes if change.id not in readable and row_of[change.id] >= 0
    ]
    moved = [row_of[each.id] for each in changed if row_of[each.id] >= 0]
    if not changed and not removed:
        return parts, table.size
    times = np.array([to_microseconds(each.article.first_seen_at) for each in changed], dtype=np.int64)
    first = min([table.size, *removed, *moved, *np.searchsorted(table.first_seen, times).tolist()])
    if first == table.size:
        changed.sort(key=lambda each: (each.article.first_seen_at, each.id))
        return append(parts, read_terms(changed)), first
    rest: Ints = np.arange(first, table.size)
    rest = rest[~np.isin(rest, [*removed, *moved])]
    return replace_from(parts, first, rest, changed), first


def _is_same(table: ArticleTable, row: int, stored: StoredArticle) -> bool:
    return row >= 0 and table.is_same(row, stored)


def _changed_owners(changes: Sequence[Change], owners: Owners) -> list[tuple[int, int | None]]:
    """The ids whose owner may have changed, with their owners."""
    had_owner = np.isin([change.id for change in changes], owners.ids).tolist()
    return [
        (each.id, each.owner_id)
        for each, before in zip(changes, had_owner, strict=True)
        if before or each.owner_id is not None
    ]


def _same_history(
    earlier: _Version, components: PersistedCorpus, table: ArticleTable, unchanged: int
) -> LinkedHistory | None:
    """The earlier list history, if neither its lists nor the rows that it names have changed."""
    old, size = earlier.components, earlier.corpus.size
    if components.lists is not old.lists or components.owners is not old.owners or unchanged < size:
        return None
    new = table.addresses_from(size)
    return None if earlier.linked.names_any(table.ids[size:], new) else earlier.linked
