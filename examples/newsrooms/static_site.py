"""The web site of an invented newsroom as a folder: articles, lists, feed, sitemap and robots.txt."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from examples.newsrooms.newsroom_files import FOLDER, InventedNewsroom, InventedStory

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_LISTED = 30  # stories on the front page, on a section page and in the feed


def story_path(newsroom: InventedNewsroom, story: InventedStory) -> str:
    """The path of a story's page under the site's address, which is that of its file in the folder."""
    return f"{newsroom.sections[story.section]}/{story.published_at:%Y/%m/%d}/{story.id}.html"


def story_url(newsroom: InventedNewsroom, story: InventedStory, base_url: str | None = None) -> str:
    """The address of a story, on the newsroom's own site unless another is given."""
    return f"{(base_url or newsroom.base_url).rstrip('/')}/{story_path(newsroom, story)}"


def topics_by_url(newsroom: InventedNewsroom, base_url: str | None = None) -> dict[str, str | None]:
    """The topic of every story by its address; None for one that stands alone."""
    return {story_url(newsroom, each, base_url): each.topic for each in newsroom.stories}


def write_site(
    newsroom: InventedNewsroom,
    folder: Path,
    base_url: str | None = None,
    *,
    at: datetime | None = None,
    service: str | None = None,
) -> list[Path]:
    """Write the site as it was at a moment, an hour after the last story by default; the files written.

    Articles have the widget of the recsys service at an address, if one is given.
    """
    moment = at or newsroom.newest_at + timedelta(hours=1)
    site = _Site(newsroom.as_of(moment), (base_url or newsroom.base_url).rstrip("/"), moment, service)
    written = []
    for name, content in site.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        written.append(path)
    return written


class _Site:
    """Renders the pages of a newsroom at a moment."""

    def __init__(
        self, newsroom: InventedNewsroom, base_url: str, moment: datetime, service: str | None
    ) -> None:
        self._newsroom = newsroom
        self._base_url = base_url
        self._root = urlsplit(base_url).path
        self._by_id = {each.id: each for each in newsroom.stories}
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "newsroom": newsroom,
            "words": newsroom.words,
            "base_url": base_url,
            "root": self._root,
            "href": lambda story: f"{self._root}/{story_path(newsroom, story)}",
            "address": lambda story: story_url(newsroom, story, base_url),
            "rfc822": format_datetime,
            "most_read": newsroom.most_read(moment)[:8],
            "service": service,
        }

    def files(self) -> dict[str, str]:
        """The content of every file, by its path in the folder."""
        newest = self._newsroom.stories[::-1]
        files = {
            "index.html": self._listing("", newest, None),
            "about.html": self._render("about.html.jinja", path="about.html"),
            "feed.xml": self._render("feed.xml.jinja", stories=newest[:_LISTED]),
            "sitemap.xml": self._render("sitemap.xml.jinja", stories=newest),
            "robots.txt": self._render("robots.txt.jinja"),
            "style.css": (FOLDER / "templates" / "style.css").read_text(encoding="utf-8"),
            "logo.svg": (FOLDER / "templates" / "logo.svg").read_text(encoding="utf-8"),
        }
        for section, path in self._newsroom.sections.items():
            own = [each for each in newest if each.section == section]
            if own:
                files[f"{path}/index.html"] = self._listing(f"{path}/", own, section)
        return files | {story_path(self._newsroom, each): self._article(each) for each in newest}

    def _listing(self, path: str, stories: list[InventedStory], section: str | None) -> str:
        return self._render("listing.html.jinja", path=path, stories=stories[:_LISTED], section=section)

    def _article(self, story: InventedStory) -> str:
        return self._render(
            "article.html.jinja",
            path=story_path(self._newsroom, story),
            story=story,
            paragraphs=[self._link(text) for text in story.body.split("\n\n")],
            summary=_LINK.sub(r"\1", story.body.split("\n\n")[0]).replace("\n", " "),
            related=self._newsroom.earlier_in_topic(story)[:4],
        )

    def _link(self, paragraph: str) -> Markup:
        """A paragraph with its links as HTML."""
        markup = Markup()
        end = 0
        for link in _LINK.finditer(paragraph):
            href = f"{self._root}/{story_path(self._newsroom, self._by_id[link[2]])}"
            markup += escape(paragraph[end : link.start()])
            markup += Markup('<a href="{}">{}</a>').format(href, link[1])
            end = link.end()
        return markup + escape(paragraph[end:])

    def _render(self, template: str, **values: object) -> str:
        return self._templates.get_template(template).render(**values)
