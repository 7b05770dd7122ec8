"""The page types of a newsroom."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import RichTextBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from recsys.integrations.wagtail.blocks import RelatedHeadlinesBlock
from recsys.integrations.wagtail.pages import RelatedHeadlinesMixin


class FrontPage(Page):
    """Links to its sections."""


class SectionPage(Page):
    """What its articles lie below."""


class ArticlePage(RelatedHeadlinesMixin, Page):
    """An article."""

    lead = models.TextField(blank=True)
    body = RichTextField(blank=True)
    more = StreamField([("text", RichTextBlock()), ("related", RelatedHeadlinesBlock())], blank=True)
    photo = models.URLField(blank=True)

    content_panels = [  # noqa: RUF012
        *Page.content_panels,
        FieldPanel("lead"),
        FieldPanel("body"),
        FieldPanel("more"),
        FieldPanel("photo"),
    ]

    def recsys_image(self) -> str | None:
        return self.photo or None
