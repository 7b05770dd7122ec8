"""The app: registers page types that have the mixin."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecsysWagtailConfig(AppConfig):
    """`recsys.integrations.wagtail`."""

    name = "recsys.integrations.wagtail"
    label = "recsys_wagtail"
    verbose_name = _("Related stories in Wagtail")

    def ready(self) -> None:
        """Register the page types and connect the signals."""
        from recsys.integrations.django.adapters import register
        from recsys.integrations.wagtail import signals
        from recsys.integrations.wagtail.pages import PageAdapter, page_types

        for model in page_types():
            register(model, PageAdapter)
        signals.connect()
