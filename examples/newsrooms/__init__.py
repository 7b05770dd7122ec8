"""Two invented newsrooms, in English and in Japanese, and the web sites that they publish.

Every story has a topic or stands alone, so that it is known which stories are related: `topics_by_url`.
"""

from examples.newsrooms.newsroom_files import NEWSROOMS, InventedNewsroom, InventedStory, load_newsroom
from examples.newsrooms.static_site import story_url, topics_by_url, write_site

__all__ = [
    "NEWSROOMS",
    "InventedNewsroom",
    "InventedStory",
    "load_newsroom",
    "story_url",
    "topics_by_url",
    "write_site",
]
