"""Publishes the stories of the simulated newsroom as pages below its sections."""

import json
from html import escape

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.text import slugify
from wagtail.models import Page, Site

from news.models import ArticlePage, FrontPage, SectionPage
from recsys.simulation import Plan, simulate


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("stories", type=int)
        parser.add_argument("port", type=int)

    @transaction.atomic
    def handle(self, stories, port, **_):
        get_user_model().objects.create_superuser("editor", "editor@brackwater.example", "secret")
        Page.objects.filter(depth=2).delete()
        front = Page.objects.get(depth=1).add_child(instance=FrontPage(title="Brackwater", slug="front"))
        Site.objects.all().delete()
        Site.objects.create(hostname="127.0.0.1", port=port, root_page=front, is_default_site=True)
        newsroom = simulate(Plan(days=8, articles_per_day=-(-stories // 8), views_per_day=0)).stories
        sections, pages = {}, []
        for number, article in enumerate(newsroom.articles[:stories]):
            if article.section not in sections:
                page = SectionPage(title=article.section, slug=slugify(article.section))
                sections[article.section] = front.add_child(instance=page)
            paragraphs = "".join(f"<p>{escape(text)}.</p>" for text in article.body.rstrip(".").split(". "))
            page = ArticlePage(
                title=article.headline,
                slug=f"story-{number}",
                photo=f"http://127.0.0.1:{port}/static/news/harbour.svg" if number % 2 else "",
                body=paragraphs,
                first_published_at=article.published_at,
                last_published_at=article.published_at,
            )
            sections[article.section].add_child(instance=page)
            thread = int(newsroom.threads[number])
            parent = sections[article.section].pk
            pages.append([page.pk, page.url, thread, parent, article.headline, article.body])
        self.stdout.write(json.dumps(pages))
