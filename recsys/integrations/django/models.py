"""The known stories of a site, and the editors' pins and blocks."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from recsys.domain import format_time, parse_time
from recsys.errors import InvalidValueError
from recsys.integrations.answers import MAX_HEADLINES, Headline
from recsys.integrations.django.conf import clock


def key_of(url: str) -> str:
    """Return the primary key of a URL: URLs are longer than databases can index."""
    return hashlib.blake2b(url.encode(), digest_size=16).hexdigest()


class Story(models.Model):
    """A URL at which an object is or was public, and whether its latest state was sent to recsys."""

    key = models.CharField(max_length=32, primary_key=True, editable=False)
    url = models.TextField(_("address"), editable=False)
    headline = models.CharField(_("headline"), max_length=500, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    image = models.TextField(blank=True, editable=False)
    model = models.CharField(max_length=100, editable=False)
    object_id = models.CharField(max_length=64, editable=False)
    is_shown = models.BooleanField(_("public"), default=True, editable=False)
    is_pending = models.BooleanField(_("waiting to be sent"), default=True, db_index=True, editable=False)
    was_sent = models.BooleanField(default=False, editable=False)
    digest = models.CharField(max_length=32, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)
    problem = models.CharField(_("refused because"), max_length=500, blank=True, editable=False)
    """Why it was refused; empty if it was accepted or not sent yet."""

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering: ClassVar = ["-published_at", "key"]
        indexes: ClassVar = [models.Index(fields=["model", "object_id"], name="recsys_story_object")]

    def __str__(self) -> str:
        return str(self.headline or self.url)

    def as_headline(self) -> Headline:
        """Return the headline for a page."""
        return Headline(self.url, str(self), self.published_at, self.image or None)


class Pin(models.Model):
    """A story pinned at a position in the list for one article, or in every list."""

    story = models.ForeignKey(Story, models.CASCADE, related_name="pins", verbose_name=_("story"))
    beside = models.ForeignKey(
        Story,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="pins_beside",
        verbose_name=_("only for"),
        help_text=_("The article in whose list it is pinned. Leave empty for all lists."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_HEADLINES)]
    )
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Leave empty to pin it until it is removed.")
    )

    class Meta:
        verbose_name = _("pinned story")
        verbose_name_plural = _("pinned stories")
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.position}. {self.story}"

    def clean(self) -> None:
        """Refuse an invalid or past expiry time."""
        if self.until is None:
            return
        try:
            parse_time(format_time(self.until), "until")
        except InvalidValueError as error:
            message = _("Expected %(expected)s.") % {"expected": error.expected}
            raise ValidationError({"until": message}) from error
        if not self.holds(clock()):
            raise ValidationError({"until": _("This time is in the past.")})

    def holds(self, now: datetime) -> bool:
        """Whether the pin is in effect."""
        return self.until is None or now < self.until


class Block(models.Model):
    """A story that is never shown in a list."""

    story = models.OneToOneField(Story, models.CASCADE, related_name="block", verbose_name=_("story"))

    class Meta:
        verbose_name = _("blocked story")
        verbose_name_plural = _("blocked stories")

    def __str__(self) -> str:
        return str(self.story)
