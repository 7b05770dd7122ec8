"""A Django project in memory with hostile overrides: `python -m tests.cms.wagtail.overriding`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.forms import modelform_factory

FAR = datetime(9999, 12, 31, tzinfo=UTC)
TIMES = ("9999-12-31 23:59:59", "0001-01-01", "2020-01-01", "2199-01-01 10:00", "")
GOOD, BAD = "https://harbour.example/1", "https://harbour.example/a b"


def main() -> None:
    """Try the form with several times, then rows that no form lets through, then no table at all."""
    settings.configure(
        INSTALLED_APPS=["recsys.integrations.django"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
        TIME_ZONE="America/New_York",
        RECSYS={},
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from recsys.integrations.django.database_overrides import DatabaseOverrides
    from recsys.integrations.django.models import Block, Pin, Story, key_of
    from recsys.request import Request

    more = {"headline": "x", "model": "m", "changed_at": datetime(2025, 1, 1, tzinfo=UTC)}
    good, bad = (Story.objects.create(key=key_of(url), url=url, object_id=url, **more) for url in (GOOD, BAD))
    form = modelform_factory(Pin, fields=["story", "position", "until"])
    errors = {time: form({"story": good.pk, "position": "1", "until": time}).errors for time in TIMES}
    Pin.objects.create(story=good, position=0)
    Pin.objects.create(story=bad)
    Pin.objects.create(story=good, position=3, until=FAR)
    Block.objects.create(story=bad)
    Block.objects.create(story=good)
    overrides = DatabaseOverrides()
    version, request = overrides.version(), overrides.apply(Request())
    printed = {
        "errors": errors,
        "blocked": request.rules.blocked if request.rules else (),
        "pins": [pin.position for pin in overrides.current.everywhere],
        "problem": overrides.problem,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Block._meta.db_table} RENAME TO gone")
    request = overrides.apply(Request())
    printed["then"] = {
        "is_same_version": overrides.version() == version,
        "blocked": request.rules.blocked if request.rules else (),
        "problem": overrides.problem,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE gone RENAME TO {Block._meta.db_table}")
    printed["at_last"] = overrides.version() != version
    print(json.dumps(printed))  # noqa: T201


if __name__ == "__main__":
    main()
