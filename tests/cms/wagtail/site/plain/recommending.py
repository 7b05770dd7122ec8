"""How a story becomes an article."""

from recsys.contrib.django.adapting import Adapter


class StoryAdapter(Adapter):
    body = "text"
    section = "desk.name"

    def is_public(self, story):
        return story.status == "published"
