"""`manage.py recsys_sync`: send every article of the site, and withdraw what is gone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsys.errors import RecsysError
from recsys.integrations.django.conf import clock, config
from recsys.integrations.django.sync import SyncReport, sync

MAX_LISTED = 100
"""Refused stories that are listed individually."""


class Command(BaseCommand):
    """Run it once for existing articles, then about hourly for changes without a signal: bulk updates, future
    times.

    Refused stories are listed with the reason, all others are sent; the exit status is 1 then.
    """

    help = "Send new and changed articles of the site to recsys, and withdraw those that are gone."

    def handle(self, **options: Any) -> None:
        """Sync, and print the totals."""
        if not config().is_on:
            raise CommandError("RECSYS is not set or empty: there is nothing to sync.")
        report = SyncReport()
        try:
            for report in sync(clock()):
                if options["verbosity"] > 1:
                    self.stdout.write(f"{report.public:,} public stories, {report.changed:,} changes sent")
        except RecsysError as error:
            progress = f"{report.public:,} stories were processed; the rest is sent next time"
            raise CommandError(f"{error}. {progress}.") from None
        if not config().is_remote:
            save_corpus_index()
        self.stdout.write(
            f"{report.public:,} public stories, {report.changed:,} changes sent, "
            f"{report.withdrawn:,} withdrawn."
        )
        if report.refused:
            for refusal in report.refused[:MAX_LISTED]:
                self.stderr.write(str(refusal))
            more = len(report.refused) - MAX_LISTED
            rest = f" (and {more:,} more: see the stories in the admin)" if more > 0 else ""
            raise CommandError(
                f"{len(report.refused):,} refused, listed above{rest}. The others were sent. "
                "A refused story is retried when it changes, and by the next recsys_sync."
            )


def save_corpus_index() -> None:
    """Save the index next to the store, so that every process can load it at once."""
    from recsys.corpus import CorpusFollower
    from recsys.store import Store

    with Store.open(config().store) as store:
        CorpusFollower(store, store.index_folder).try_save()
