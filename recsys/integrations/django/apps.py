"""The app: connects the signals, checks the settings, and starts loading when a server starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

SERVERS = ("gunicorn", "uvicorn", "daphne", "hypercorn", "granian", "waitress-serve", "uwsgi", "mod_wsgi")


class RecsysConfig(AppConfig):
    """`recsys.integrations.django`."""

    name = "recsys.integrations.django"
    label = "recsys"
    verbose_name = _("Related stories")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the signals; in a server, start loading in the background. manage.py commands load
        nothing.
        """
        from recsys.integrations.django import signals, warm
        from recsys.integrations.django.conf import config

        signals.connect()
        register(check_settings)
        if is_server(sys.argv, os.environ.get("RUN_MAIN")) and config().is_on:
            warm()


def is_server(argv: list[str], run_main: str | None) -> bool:
    """Whether the process is a server, and not the file watcher of `runserver`."""
    program = Path(argv[0] if argv else "").name
    if any(program.startswith(name) for name in SERVERS):
        return True
    return "runserver" in argv[1:2] and (run_main == "true" or "--noreload" in argv)


def check_settings(**_: Any) -> list[Any]:
    """Return the messages of `manage.py check` about RECSYS."""
    from recsys.integrations.django.adapters import each_adapter
    from recsys.integrations.django.conf import config

    try:
        settings, models = config(), list(each_adapter())
    except (ImproperlyConfigured, ImportError) as error:
        return [Error(str(error), id="recsys.E001")]
    if settings.is_on and not models:
        return [Warning("RECSYS['ARTICLES'] names no model: nothing will be recommended", id="recsys.W001")]
    if settings.articles and settings.site_url is None:
        hint = "Set it to the URL of the site, such as https://www.example.org."
        return [Warning("RECSYS['SITE_URL'] is not set", hint=hint, id="recsys.W002")]
    return []
