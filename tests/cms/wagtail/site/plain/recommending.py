"""How a story becomes an article."""

import re
from dataclasses import replace

from recsys.integrations.django.adapters import Adapter


class StoryAdapter(Adapter):
    body = "text"
    section = "desk.name"

    def is_public(self, story):
        return story.status == "published"


class OutspokenAdapter(StoryAdapter):
    """Says what no service or store can take, where the text of a story asks for it."""

    def tags(self, story):
        return re.findall(r"#(\w+)", story.text)

    def address(self, instance):
        known = super().address(instance)
        if "two alphabets" in instance.title:
            return known.replace("127.0.0.1", "h\u0435rald.example")
        return known

    def page(self, instance, seen_at, *, draft=False):
        page = super().page(instance, seen_at, draft=draft)
        if page is not None and "half a character" in instance.title:
            return replace(page, article=replace(page.article, section="\ud800"))
        return page
