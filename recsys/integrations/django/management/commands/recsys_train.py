"""`manage.py recsys_train`: train a model on the lists and links in the site's own store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsys.errors import RecsysError
from recsys.integrations.django.conf import clock, config


class Command(BaseCommand):
    """Every process loads the new model within a second. Over HTTP use `recsys train` on the service."""

    help = "Train a model on the links in the site's articles and on its lists, and use it."

    def handle(self, **_: Any) -> None:
        """Train, and print what the model was trained on."""
        settings = config()
        if not settings.is_on or settings.is_remote:
            raise CommandError("This site has no store of its own. Train the service with `recsys train`.")
        from recsys.corpus import open_corpus
        from recsys.ranking.model_files import load_latest, save_bundle
        from recsys.store import Store
        from recsys.training import train

        now = clock()
        try:
            with Store.open(settings.store, create=False) as store:
                corpus = open_corpus(store, now, first_texts=True)  # training looks at the past
                trained = train(
                    corpus,
                    until=now,
                    impressions=store.impressions.read(before=now),
                    warm_start=load_latest(settings.models),
                )
            manifest = trained.report.manifest(f"{now:%Y%m%dT%H%M%SZ}")
            folder = save_bundle(trained.ranker.weights_, manifest, settings.models)
        except RecsysError as error:
            raise CommandError(str(error)) from None
        counted = ", ".join(f"{count:,} {source}" for source, count in trained.report.contexts.items())
        self.stdout.write(f"Trained on {counted or 'no lists or links yet'}. {folder.name} is now in use.")
