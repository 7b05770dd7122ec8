"""Keeps an archive up to date with its store, and on disk beside it, so that it opens at once.

What is kept is derived: a folder that is missing, damaged, of another store or of another history of this
one (a backup was restored) is made again, and a warning says so. Files are written once, under names of
their own, and a manifest that is renamed into its place says which of them make the archive; so a reader
never meets half an archive, and writers never meet each other.
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
    indexes,
    merge,
    read_portions,
    read_terms,
    replace_from,
)
from recsys.corpus.list_segments import Linked, Owners, make_history, read_part
from recsys.corpus.persistence import PersistedCorpus, load_persisted, save_persisted
from recsys.corpus.term_segments import Ints
from recsys.domain import from_microseconds, to_microseconds
from recsys.errors import CorpusFileError
from recsys.store import Store, StoredArticle
from recsys.store.changes import Change, State
from recsys.store.snapshot import Snapshot

_LOG = logging.getLogger("recsys.corpus")
PORTION = 8_000
"""Articles that are made ready at once: what bounds the memory of making an archive."""
MOST_MERGED = 2**27
"""Terms of articles in all fields up to which parts are merged: some 3 GB of arrays, and as much beside."""
MERGED_LIVE = 2**20
"""The same while the archive is being asked: so little is merged in some milliseconds."""


@dataclass(frozen=True)
class _Made:
    """An archive and what it is made of."""

    kept: PersistedCorpus
    linked: Linked
    corpus: Corpus


class CorpusFollower:
    """The archive of everything a store holds."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        """With `folder` it is read from there, and `save` writes it there."""
        self._store, self._folder = store, folder
        self._made: _Made | None = None
        self._is_opened = False

    def corpus(self, as_of: datetime | None = None, *, first_texts: bool = False) -> Corpus:
        """All that was known strictly before the moment, up to date; `first_texts` as in `Corpus.load`.

        Without a moment it is all there is. Of an earlier moment than the newest that was seen it is made
        anew from the store.
        """
        made = self.refresh()
        if as_of is not None and to_microseconds(as_of) <= made.kept.state.newest:
            return Corpus.load(self._store, as_of, first_texts=first_texts)
        return (self._retold(made) if first_texts else made.corpus).until(as_of)

    def _retold(self, made: _Made) -> Corpus:
        """The archive with every article as it first said, and before any was withdrawn."""
        table = made.corpus.articles
        with self._store.snapshot() as snapshot:
            found, rows = [], []
            for each in snapshot.read_first(snapshot.retold()):
                row = int(table.rows_of_ids(np.array([each.id]))[0])
                if row >= 0 and not table.is_same(row, each):
                    found.append(each)
                    rows.append(row)
        if not found:
            return made.corpus.with_all()
        rest = np.setdiff1d(np.arange(min(rows), table.size), rows)
        parts = replace_from(made.kept.parts, min(rows), rest, found)
        kept = replace(made.kept, parts=parts, popularity_predictions=None, withdrawn=())
        return self._assemble(kept, first_texts=True).corpus

    @property
    def is_opened(self) -> bool:
        """Whether it was read from the folder."""
        return self._is_opened

    @property
    def state(self) -> State:
        """Where the store stood when the archive was last brought up to date."""
        return self.refresh().kept.state if self._made is None else self._made.kept.state

    def refresh(self) -> _Made:
        """Bring it up to date with the store."""
        made = self._made
        if made is not None and self._store.state() == made.kept.state:
            return made
        with self._store.snapshot() as snapshot:
            if made is None:
                made = self._open(snapshot)
                self._is_opened = made is not None
            state = snapshot.state()
            if made is not None and not snapshot.descends_from(made.kept.state):
                _warn(f"{self._store.name}: another history than the index was made of, as after a restore")
                made = None
            if made is None:
                made = self._make(snapshot)
            elif state != made.kept.state:
                made = self._follow(made, snapshot)
        self._made = made
        return made

    def save(self) -> None:
        """Write what is new to the folder, after merging what has grown into many parts."""
        made = self.refresh()
        parts = _compacted(made.kept.parts, MOST_MERGED)
        if self._folder is None or (made.kept.is_saved and len(parts) == len(made.kept.parts)):
            return
        kept = replace(made.kept, parts=parts, popularity_predictions=made.corpus.popularity_predictions)
        saved = save_persisted(self._folder, kept)
        size = made.corpus.size
        self._made = self._assemble(saved, made, size, size)

    def _open(self, snapshot: Snapshot) -> _Made | None:
        if self._folder is None:
            return None
        try:
            kept = load_persisted(self._folder)
        except CorpusFileError as error:
            _warn(str(error))
            return None
        if kept is None:
            return None
        if not snapshot.descends_from(kept.state):
            _warn(f"{self._folder}: made of another history than {self._store.name} has, as after a restore")
            return None
        return self._assemble(replace(kept, withdrawn=tuple(snapshot.withdrawn())))

    def _make(self, snapshot: Snapshot) -> _Made:
        parts: tuple[Part, ...] = ()
        for read in read_portions(snapshot.read_articles(), PORTION):
            parts = _compacted(append(parts, read), MOST_MERGED)
        parts = _compacted(parts, MOST_MERGED, ratio=inf)
        lists = (read_part(snapshot, 0),)
        owners, withdrawn = Owners.of(snapshot.owned()), tuple(snapshot.withdrawn())
        return self._assemble(PersistedCorpus(snapshot.state(), parts, lists, owners, withdrawn=withdrawn))

    def _follow(self, made: _Made, snapshot: Snapshot) -> _Made:
        """The archive after what later batches added."""
        old, state = made.kept, snapshot.state()
        changes = snapshot.changed_since(old.state.batch)
        parts, first = _changed_parts(old.parts, made.corpus.articles, changes, snapshot)
        new = read_part(snapshot, old.state.last_list)
        owners = old.owners.updated(_owned(changes, old.owners))
        lists = (*old.lists, new) if len(new.ids) else old.lists
        popularity_predictions, until = made.corpus.known_predictions
        parts, withdrawn = _compacted(parts, MERGED_LIVE), tuple(snapshot.withdrawn())
        kept = PersistedCorpus(state, parts, lists, owners, popularity_predictions, withdrawn=withdrawn)
        told = min(first, until)
        if len(new.ids):
            told = min(told, int(np.searchsorted(made.corpus.first_seen, new.times.min(), side="right")))
        return self._assemble(kept, made, first, told)

    def _assemble(
        self,
        kept: PersistedCorpus,
        earlier: _Made | None = None,
        rows: int = 0,
        told: int = 0,
        *,
        first_texts: bool = False,
    ) -> _Made:
        """The archive of what is kept; `earlier` has the same first `rows`, and the first `told` foretold."""
        store, before = self._store, from_microseconds(kept.state.newest + 1)

        def fetch(ids: Sequence[int]) -> list[StoredArticle]:
            return store.read_some(ids, before=before, first_texts=first_texts)

        base = None if earlier is None else earlier.corpus
        grown_from = None if base is None else base.articles
        table = ArticleTable([p.articles for p in kept.parts], fetch, grown_from=grown_from, kept=rows)
        linked = None if earlier is None else _same_lists(earlier, kept, table, rows)
        if linked is None:
            linked = make_history(kept.lists, kept.owners, table)
        known_predictions = (kept.popularity_predictions, table.size if earlier is None else told)
        terms, end = indexes(kept.parts), from_microseconds(kept.state.newest + 1)
        corpus = Corpus(
            table,
            terms,
            linked.history,
            end,
            earlier=base,
            known_predictions=known_predictions,
            withdrawn=kept.withdrawn,
        )
        return _Made(kept, linked, corpus)


def open_corpus(store: Store, as_of: datetime, *, first_texts: bool = False) -> Corpus:
    """The archive of a store as of a moment, from the files beside it where there are any, up to date.

    What was not on disk yet is written there for the next who asks, where that is possible.
    """
    keeper = CorpusFollower(store, store.beside)
    corpus = keeper.corpus(as_of, first_texts=first_texts)
    if not keeper.is_opened:
        keep(keeper)
    return corpus


def keep(keeper: CorpusFollower) -> None:
    """Save it where the disk lets us: who cannot write beside a store can still ask it."""
    with suppress(OSError):
        keeper.save()


def _warn(problem: str) -> None:
    """Say that the index on disk, or in memory, is of no use."""
    _LOG.warning(json.dumps({"index": f"{problem}; made again from the store"}, ensure_ascii=False))


def _compacted(parts: Sequence[Part], most: int, ratio: float = 2) -> tuple[Part, ...]:
    """Parts that each hold `ratio` times what the next does or more, none merged to more than `most`."""
    kept = list(parts)
    while len(kept) > 1:
        before, last = kept[-2].postings, kept[-1].postings
        if before > ratio * last or before + last > most:
            break
        kept[-2:] = [merge(kept[-2:])]
    return tuple(kept)


def _changed_parts(
    parts: tuple[Part, ...], table: ArticleTable, changes: Sequence[Change], snapshot: Snapshot
) -> tuple[tuple[Part, ...], int]:
    """The parts with what changed, and the first row that is not what it was."""
    rows = table.rows_of_ids(np.array([change.id for change in changes], dtype=np.int64))
    row_of = dict(zip([change.id for change in changes], rows.tolist(), strict=True))
    known = snapshot.read_some([change.id for change in changes if change.is_known])
    found = [each for each in known if not _is_same(table, row_of[each.id], each)]
    there = {each.id for each in known}  # without those that cannot be read
    gone = [row_of[change.id] for change in changes if change.id not in there and row_of[change.id] >= 0]
    moved = [row_of[each.id] for each in found if row_of[each.id] >= 0]
    if not found and not gone:
        return parts, table.size
    times = np.array([to_microseconds(each.article.first_seen_at) for each in found], dtype=np.int64)
    first = min([table.size, *gone, *moved, *np.searchsorted(table.first_seen, times).tolist()])
    if first == table.size:
        found.sort(key=lambda each: (each.article.first_seen_at, each.id))
        return append(parts, read_terms(found)), first
    rest: Ints = np.arange(first, table.size)
    rest = rest[~np.isin(rest, [*gone, *moved])]
    return replace_from(parts, first, rest, found), first


def _is_same(table: ArticleTable, row: int, stored: StoredArticle) -> bool:
    return row >= 0 and table.is_same(row, stored)


def _owned(changes: Sequence[Change], owners: Owners) -> list[tuple[int, int | None]]:
    """What changed of the owners."""
    had = np.isin([change.id for change in changes], owners.ids).tolist()
    return [
        (each.id, each.owner_id)
        for each, before in zip(changes, had, strict=True)
        if before or each.owner_id is not None
    ]


def _same_lists(earlier: _Made, kept: PersistedCorpus, table: ArticleTable, rows: int) -> Linked | None:
    """The history as it is, when neither its lists nor the rows that it names have changed."""
    old, before = earlier.kept, earlier.corpus.size
    if kept.lists is not old.lists or kept.owners is not old.owners or rows < before:
        return None
    new = table.addresses_from(before)
    return None if earlier.linked.would_know(table.ids[before:], new) else earlier.linked
