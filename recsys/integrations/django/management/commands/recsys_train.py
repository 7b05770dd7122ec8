"""`manage.py recsys_train`: learn from the lists and links of the site's own store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsys.errors import RecsysError
from recsys.integrations.django.conf import config
from recsys.integrations.site_clock import clock


class Command(BaseCommand):
    """Every process takes the new model within a second. Over HTTP the service is trained: `recsys train`."""

    help = "Learn from the links in the site's texts and from its lists; the result becomes the model in use."

    def handle(self, **_: Any) -> None:
        """Train, and say from what."""
        found = config()
        if not found.is_on or found.is_remote:
            raise CommandError(
                "There is no store of this site's own: a service is trained by `recsys train`."
            )
        from recsys.corpus import open_corpus
        from recsys.ranking.model_files import load_latest, save_bundle
        from recsys.store import Store
        from recsys.training import train

        now = clock()
        try:
            with Store.open(found.store, create=False) as store:
                corpus = open_corpus(store, now, first_texts=True)  # it is asked about the past
                trained = train(
                    corpus,
                    until=now,
                    impressions=store.impressions.read(before=now),
                    near=load_latest(found.models),
                )
            manifest = trained.report.manifest(f"{now:%Y%m%dT%H%M%SZ}")
            folder = save_bundle(trained.ranker.weights_, manifest, found.models)
        except RecsysError as error:
            raise CommandError(str(error)) from None
        counted = ", ".join(f"{count:,} {source}" for source, count in trained.report.contexts.items())
        self.stdout.write(f"Learnt from {counted or 'nothing yet'}. {folder.name} is the model in use.")
