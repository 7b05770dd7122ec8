"""The app: page types with the mixin are articles."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecsysWagtailConfig(AppConfig):
    """`recsys.contrib.wagtail`."""

    name = "recsys.contrib.wagtail"
    label = "recsys_wagtail"
    verbose_name = _("Related stories in Wagtail")

    def ready(self) -> None:
        """Take the page types up, and listen."""
        from recsys.contrib.django.adapting import register
        from recsys.contrib.wagtail import signals
        from recsys.contrib.wagtail.pages import PageAdapter, page_types

        for model in page_types():
            register(model, PageAdapter)
        signals.connect()
