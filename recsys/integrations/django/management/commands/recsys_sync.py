"""`manage.py recsys_sync`: tell every article of the site, and what is gone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsys.errors import RecsysError
from recsys.integrations.django.conf import config
from recsys.integrations.django.sync import SyncReport, sync
from recsys.integrations.site_clock import clock

MOST_SHOWN = 100
"""Refused stories that are named one by one."""


class Command(BaseCommand):
    """Once for the archive; then, say, every hour, for what no signal tells: bulk changes, times to come.

    A story that is refused is named with the reason, and all others are told; the exit status is 1 then.
    """

    help = (
        "Tell recsys of every article of the site that it does not know as it is, and of those that are gone."
    )

    def handle(self, **options: Any) -> None:
        """Tell, and say how much."""
        if not config().is_on:
            raise CommandError("RECSYS is not set, or empty: there is nothing to tell.")
        told = SyncReport()
        try:
            for told in sync(clock()):
                if options["verbosity"] > 1:
                    self.stdout.write(f"{told.public:,} public stories seen, {told.changed:,} changes told")
        except RecsysError as error:
            seen = f"{told.public:,} stories were seen; what is missing is told next time"
            raise CommandError(f"{error}. {seen}.") from None
        if not config().is_remote:
            save_corpus_index()
        self.stdout.write(
            f"{told.public:,} public stories, {told.changed:,} changes told, {told.withdrawn:,} gone."
        )
        if told.refused:
            for refusal in told.refused[:MOST_SHOWN]:
                self.stderr.write(str(refusal))
            more = len(told.refused) - MOST_SHOWN
            rest = f" (and {more:,} more: see the stories in the admin)" if more > 0 else ""
            raise CommandError(
                f"{len(told.refused):,} refused, named above{rest}. The others are told. "
                "A refused story is tried again when it changes, and by the next recsys_sync."
            )


def save_corpus_index() -> None:
    """Lay the archive beside the store, so that every process opens it at once."""
    from recsys.corpus import CorpusFollower
    from recsys.store import Store

    with Store.open(config().store) as store:
        CorpusFollower(store, store.index_folder).try_save()
