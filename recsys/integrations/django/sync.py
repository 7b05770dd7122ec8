"""What becomes of objects is noted beside them, in the same transaction, and told once it is committed.

A note stays until somebody was told: after a crash or while a service is down nothing is lost, the next
change or `manage.py recsys_sync` tells it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, transaction

from recsys.domain import Page, format_time
from recsys.errors import InputError, RecsysError
from recsys.integrations.batch_splitting import Refusal, printable
from recsys.integrations.django.adapters import Adapter, adapter_for, each_adapter
from recsys.integrations.django.backends import active_backend
from recsys.integrations.django.models import Story, key_of
from recsys.integrations.site_clock import clock

PORTION = 200
"""Objects that are looked at together, and told together."""
AT_ONCE = 100
"""Notes that are told right after a change: an editor waits for it."""
SYNC_PATIENCE = 300.0
"""Seconds for which `recsys_sync` waits for a service that is busy, for each request."""
_LONGEST_PROBLEM = 500
_NOTED = (
    *("url", "headline", "published_at", "image", "model", "object_id"),
    *("is_shown", "is_pending", "digest", "changed_at", "problem"),
)
_LOG = logging.getLogger("recsys.integrations")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How many stories a sync found and told."""

    public: int = 0
    changed: int = 0
    withdrawn: int = 0
    refused: tuple[Refusal, ...] = ()


def note_saved(adapter: Adapter, instances: Sequence[Any], now: datetime) -> tuple[int, int, list[Refusal]]:
    """Note what objects are now; how many are public, how many notes were made, which can be no articles."""
    found: dict[str, tuple[Any, Page]] = {}
    refused: list[Refusal] = []
    for instance in instances:
        try:
            page = adapter.page(instance, now)
        except InputError as error:
            refused.append(Refusal(f"{adapter.label} {instance.pk}", f"is no article: {error}"))
            _LOG.warning("%s", refused[-1])
            continue
        if page is not None and page.article is not None:
            found[key_of(page.article.url)] = (instance, page)
    known = Story.objects.in_bulk(list(found))
    notes = []
    for key, (instance, page) in found.items():
        story = _noted(known.get(key), adapter, instance, page, now)
        if story is not None:
            notes.append(story)
    named = (
        connection.features.supports_update_conflicts_with_target
    )  # not by MySQL, which finds the key itself
    unique = ["key"] if named else None
    Story.objects.bulk_create(notes, update_conflicts=True, unique_fields=unique, update_fields=_NOTED)
    gone = _withdraw(adapter, [str(each.pk) for each in instances], keep=list(found), now=now)
    return len(found), len(notes) + gone, refused


def note_gone(adapter: Adapter, keys: Sequence[object], now: datetime) -> int:
    """Note that objects, by their primary keys, are public no more; how many addresses that changed."""
    return _withdraw(adapter, [str(key) for key in keys], keep=[], now=now)


def tell_later() -> None:
    """Tell what was noted, when and only when the transaction is committed."""
    transaction.on_commit(_tell_some, robust=True)


def _tell_some() -> None:
    try:
        tell_pending(clock(), most=AT_ONCE)
    except RecsysError as error:
        _LOG.warning("not told yet, the next change or recsys_sync tells it: %s", error)


def tell_pending(now: datetime, *, most: int | None = None, patience: float = 0.0) -> int:
    """Tell what was noted and not told yet, the oldest first; how many notes were taken.

    A story that is refused as it is holds up no other: its note says why, and waits for the story to change
    or for the next sync. RecsysError leaves the rest to be told later.
    """
    told, looked_at, recommends = 0, 0, active_backend()
    while most is None or looked_at < most:
        notes = list(Story.objects.filter(is_pending=True).order_by("changed_at", "key")[:PORTION])
        if not notes:
            break
        pages = _pages_of([note for note in notes if note.is_shown], now)
        shown = [pages[note.key] for note in notes if note.key in pages]
        problems: dict[str, str] = {}
        for refusal in recommends.tell(shown, patience=patience):
            problems.setdefault(key_of(refusal.name), refusal.reason)
            _LOG.warning("refused: %s", refusal)
        for note in notes:
            if note.key not in pages:
                recommends.withdraw(note.url, now, patience=patience)
        for note in notes:  # what changed meanwhile is told again
            problem = problems.get(note.key, "")
            same = Story.objects.filter(key=note.key, changed_at=note.changed_at)
            same.update(
                is_pending=False,
                was_told=note.was_told or not problem,
                is_shown=note.key in pages,
                problem=printable(problem)[:_LONGEST_PROBLEM],
            )
        looked_at += len(notes)
        told += len(notes) - len(problems)
    if looked_at:
        recommends.notice()
    return told


def sync(now: datetime) -> Iterator[SyncReport]:
    """Note and tell every object of every model, portion by portion; what has been done so far.

    What was refused before is tried again; what is refused now stands in the last of them.
    """
    done = SyncReport()
    Story.objects.exclude(problem="").update(is_pending=True)
    for adapter in each_adapter():
        for portion in _portions(adapter.objects().order_by("pk").iterator(chunk_size=PORTION)):
            public, _, refused = note_saved(adapter, portion, now)
            changed = tell_pending(now, patience=SYNC_PATIENCE)
            done = replace(
                done,
                public=done.public + public,
                changed=done.changed + changed,
                refused=(*done.refused, *refused),
            )
            yield done
        gone = _forgotten(adapter, now)
        done = replace(done, withdrawn=done.withdrawn + gone)
    tell_pending(now, patience=SYNC_PATIENCE)
    waiting = Story.objects.exclude(problem="").order_by("key").values_list("url", "problem")
    yield replace(done, refused=(*done.refused, *(Refusal(*each) for each in waiting)))


def _noted(story: Story | None, adapter: Adapter, instance: Any, page: Page, now: datetime) -> Story | None:
    """The note of what a page says; None when it says nothing new."""
    assert page.article is not None
    article, digest = page.article, _digest(page)
    same = story is not None and story.digest == digest and story.is_shown
    if same and story is not None and (story.model, story.object_id) == (adapter.label, str(instance.pk)):
        return None
    return Story(
        key=key_of(article.url),
        url=article.url,
        headline=article.label[:500],
        published_at=article.published_at,
        image=article.image or "",
        model=adapter.label,
        object_id=str(instance.pk),
        is_shown=True,
        is_pending=True,
        was_told=story is not None and story.was_told,
        digest=digest,
        changed_at=now,
        problem="",
    )


def _withdraw(adapter: Adapter, ids: Sequence[str], *, keep: Sequence[str], now: datetime) -> int:
    """Note that addresses of objects, but for some, are public no more."""
    shown = Story.objects.filter(model=adapter.label, object_id__in=ids, is_shown=True).exclude(key__in=keep)
    return int(shown.update(is_shown=False, is_pending=True, changed_at=now))


def _forgotten(adapter: Adapter, now: datetime) -> int:
    """Note what is shown still of objects that are there no more; how many."""
    gone, shown = 0, Story.objects.filter(model=adapter.label, is_shown=True)
    for portion in _portions(shown.values_list("object_id", flat=True).iterator(chunk_size=PORTION)):
        there = {str(key) for key in adapter.objects(portion).values_list("pk", flat=True)}
        gone += note_gone(adapter, [key for key in portion if key not in there], now)
    return gone


def _pages_of(notes: Iterable[Story], now: datetime) -> dict[str, Page]:
    """What the objects of notes say now, by the key of the note; what is there no more is left out.

    What is told for the first time was seen when it was published, so that an archive keeps its order in
    time; what changed is seen now.
    """
    by_model: dict[str, list[Story]] = {}
    for note in notes:
        by_model.setdefault(note.model, []).append(note)
    pages = {}
    for label, group in by_model.items():
        adapter = adapter_for(label)
        if adapter is None:
            continue
        objects = {str(each.pk): each for each in adapter.objects([note.object_id for note in group])}
        for note in group:
            page = _page_of(adapter, objects.get(note.object_id), now)
            if page is not None and page.article is not None and key_of(page.article.url) == note.key:
                published = page.article.published_at
                pages[note.key] = page if note.was_told else _seen_at(page, published or now)
    return pages


def _page_of(adapter: Adapter, instance: Any | None, now: datetime) -> Page | None:
    try:
        return None if instance is None else adapter.page(instance, now)
    except InputError:
        return None  # it was said when it was noted


def _seen_at(page: Page, moment: datetime) -> Page:
    assert page.article is not None
    seen_at = min(moment, page.article.first_seen_at)
    return replace(
        page,
        article=replace(page.article, first_seen_at=seen_at),
        lists=tuple(replace(each, observed_at=seen_at) for each in page.lists),
    )


def _digest(page: Page) -> str:
    """Another text whenever a page says something else."""
    assert page.article is not None
    article = page.article
    published = None if article.published_at is None else format_time(article.published_at)
    said: Mapping[str, object] = {
        "article": [
            article.url,
            article.headline,
            article.body,
            published,
            article.section,
            article.language,
        ],
        "more": [article.tags, article.image],
        "links": [[item.url, item.headline] for each in page.lists for item in each.items],
    }
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def _portions(each: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(each)
    while portion := list(islice(waiting, PORTION)):
        yield portion
