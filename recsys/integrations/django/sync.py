"""Synchronisation: changes are recorded in the transaction of the object, and sent after it is committed.

A change stays pending until it is sent: after a crash or while a service is down nothing is lost, the next
change or `manage.py recsys_sync` sends it (a transactional outbox).
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
from recsys.integrations.django.conf import clock
from recsys.integrations.django.models import Story, key_of

BATCH = 200
"""Objects that are read and sent together."""
MAX_ON_COMMIT = 100
"""Changes that are sent right after a commit, while an editor waits."""
SYNC_PATIENCE = 300.0
"""Seconds for which `recsys_sync` retries a busy service, per request."""
_MAX_PROBLEM = 500
_RECORDED_FIELDS = (
    *("url", "headline", "published_at", "image", "model", "object_id"),
    *("is_shown", "is_pending", "digest", "changed_at", "problem"),
)
_LOG = logging.getLogger("recsys.integrations")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How many stories a sync found and sent."""

    public: int = 0
    changed: int = 0
    withdrawn: int = 0
    refused: tuple[Refusal, ...] = ()


def record_saved(adapter: Adapter, instances: Sequence[Any], now: datetime) -> tuple[int, int, list[Refusal]]:
    """Record the state of objects; return how many are public, how many changed, and which are invalid."""
    public: dict[str, tuple[Any, Page]] = {}
    refused: list[Refusal] = []
    for instance in instances:
        try:
            page = adapter.page(instance, now)
        except InputError as error:
            refused.append(Refusal(f"{adapter.label} {instance.pk}", f"not a valid article: {error}"))
            _LOG.warning("%s", refused[-1])
            continue
        if page is not None and page.article is not None:
            public[key_of(page.article.url)] = (instance, page)
    known = Story.objects.in_bulk(list(public))
    changed = []
    for key, (instance, page) in public.items():
        story = _changed_story(known.get(key), adapter, instance, page, now)
        if story is not None:
            changed.append(story)
    # MySQL finds the key itself and accepts no target
    has_target = connection.features.supports_update_conflicts_with_target
    unique = ["key"] if has_target else None
    Story.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=unique, update_fields=_RECORDED_FIELDS
    )
    removed = _withdraw(adapter, [str(each.pk) for each in instances], keep=list(public), now=now)
    return len(public), len(changed) + removed, refused


def record_removed(adapter: Adapter, keys: Sequence[object], now: datetime) -> int:
    """Record that objects, by primary key, are no longer public; return how many URLs changed."""
    return _withdraw(adapter, [str(key) for key in keys], keep=[], now=now)


def send_on_commit() -> None:
    """Send pending changes once the transaction is committed."""
    transaction.on_commit(_send_some, robust=True)


def _send_some() -> None:
    try:
        send_pending(clock(), most=MAX_ON_COMMIT)
    except RecsysError as error:
        _LOG.warning("not sent; the next change or recsys_sync retries: %s", error)


def send_pending(now: datetime, *, most: int | None = None, patience: float = 0.0) -> int:
    """Send pending changes, oldest first, and return how many were accepted.

    A refused story does not hold up others: the reason is stored with it, and it is retried when it changes
    or by the next sync. After a RecsysError the rest stays pending.
    """
    accepted, processed, backend = 0, 0, active_backend()
    while most is None or processed < most:
        stories = list(Story.objects.filter(is_pending=True).order_by("changed_at", "key")[:BATCH])
        if not stories:
            break
        pages = _pages_of([story for story in stories if story.is_shown], now)
        public = [pages[story.key] for story in stories if story.key in pages]
        problems: dict[str, str] = {}
        for refusal in backend.send(public, patience=patience):
            problems.setdefault(key_of(refusal.name), refusal.reason)
            _LOG.warning("refused: %s", refusal)
        for story in stories:
            if story.key not in pages:
                backend.withdraw(story.url, now, patience=patience)
        for story in stories:
            problem = problems.get(story.key, "")
            # one that changed in the meantime stays pending
            unchanged = Story.objects.filter(key=story.key, changed_at=story.changed_at)
            unchanged.update(
                is_pending=False,
                was_sent=story.was_sent or not problem,
                is_shown=story.key in pages,
                problem=printable(problem)[:_MAX_PROBLEM],
            )
        processed += len(stories)
        accepted += len(stories) - len(problems)
    if processed:
        backend.wake()
    return accepted


def sync(now: datetime) -> Iterator[SyncReport]:
    """Record and send every object of every model in batches, yielding the totals so far.

    Stories refused before are retried; the last report contains all that are refused now.
    """
    report = SyncReport()
    Story.objects.exclude(problem="").update(is_pending=True)
    for adapter in each_adapter():
        for batch in _batches(adapter.objects().order_by("pk").iterator(chunk_size=BATCH)):
            public, _, refused = record_saved(adapter, batch, now)
            changed = send_pending(now, patience=SYNC_PATIENCE)
            report = replace(
                report,
                public=report.public + public,
                changed=report.changed + changed,
                refused=(*report.refused, *refused),
            )
            yield report
        removed = _record_missing(adapter, now)
        report = replace(report, withdrawn=report.withdrawn + removed)
    send_pending(now, patience=SYNC_PATIENCE)
    problems = Story.objects.exclude(problem="").order_by("key").values_list("url", "problem")
    yield replace(report, refused=(*report.refused, *(Refusal(*each) for each in problems)))


def _changed_story(
    story: Story | None, adapter: Adapter, instance: Any, page: Page, now: datetime
) -> Story | None:
    """Return the story to save for a page, or None if nothing changed."""
    assert page.article is not None
    article, digest = page.article, _digest(page)
    is_same = story is not None and story.digest == digest and story.is_shown
    if is_same and story is not None and (story.model, story.object_id) == (adapter.label, str(instance.pk)):
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
        was_sent=story is not None and story.was_sent,
        digest=digest,
        changed_at=now,
        problem="",
    )


def _withdraw(adapter: Adapter, ids: Sequence[str], *, keep: Sequence[str], now: datetime) -> int:
    """Record that URLs of objects, except some, are no longer public."""
    shown = Story.objects.filter(model=adapter.label, object_id__in=ids, is_shown=True).exclude(key__in=keep)
    return int(shown.update(is_shown=False, is_pending=True, changed_at=now))


def _record_missing(adapter: Adapter, now: datetime) -> int:
    """Record that objects which no longer exist are not public; return how many URLs changed."""
    removed, shown = 0, Story.objects.filter(model=adapter.label, is_shown=True)
    for batch in _batches(shown.values_list("object_id", flat=True).iterator(chunk_size=BATCH)):
        existing = {str(key) for key in adapter.objects(batch).values_list("pk", flat=True)}
        removed += record_removed(adapter, [key for key in batch if key not in existing], now)
    return removed


def _pages_of(stories: Iterable[Story], now: datetime) -> dict[str, Page]:
    """Return the current pages of stories by key, without objects that no longer exist.

    A story that is sent for the first time counts as seen when it was published, so that old articles keep
    their order in time; a changed one is seen now.
    """
    by_model: dict[str, list[Story]] = {}
    for story in stories:
        by_model.setdefault(story.model, []).append(story)
    pages = {}
    for label, group in by_model.items():
        adapter = adapter_for(label)
        if adapter is None:
            continue
        objects = {str(each.pk): each for each in adapter.objects([story.object_id for story in group])}
        for story in group:
            page = _page_of(adapter, objects.get(story.object_id), now)
            if page is not None and page.article is not None and key_of(page.article.url) == story.key:
                published = page.article.published_at
                pages[story.key] = page if story.was_sent else _seen_at(page, published or now)
    return pages


def _page_of(adapter: Adapter, instance: Any | None, now: datetime) -> Page | None:
    try:
        return None if instance is None else adapter.page(instance, now)
    except InputError:
        return None  # it was logged when it was recorded


def _seen_at(page: Page, moment: datetime) -> Page:
    assert page.article is not None
    seen_at = min(moment, page.article.first_seen_at)
    return replace(
        page,
        article=replace(page.article, first_seen_at=seen_at),
        lists=tuple(replace(each, observed_at=seen_at) for each in page.lists),
    )


def _digest(page: Page) -> str:
    """Return a hash of everything in a page that is sent."""
    assert page.article is not None
    article = page.article
    published = None if article.published_at is None else format_time(article.published_at)
    content: Mapping[str, object] = {
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
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
