"""The stories of an invented newsroom, read from its TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent
NEWSROOMS = ("english", "japanese")
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class InventedStory:
    """A story; `topic` is None if no other story is related, `body` has links as `[words](id)`."""

    id: str
    topic: str | None
    interest: float
    """How many readers the topic finds, in any unit."""
    headline: str
    section: str
    tags: tuple[str, ...]
    published_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class InventedNewsroom:
    """A news site: its names and words, and its stories in order of publication."""

    name: str
    language: str
    base_url: str
    about: str
    words: Mapping[str, str]
    sections: Mapping[str, str]
    """The path of each section."""
    stories: tuple[InventedStory, ...]

    @property
    def newest_at(self) -> datetime:
        """When the last story was published."""
        return self.stories[-1].published_at

    def moved_before(self, moment: datetime) -> InventedNewsroom:
        """The same newsroom in the weeks before a moment, moved by whole weeks: weekdays stay true."""
        weeks = (moment - self.newest_at) // _WEEK
        return replace(
            self,
            stories=tuple(
                replace(each, published_at=each.published_at + weeks * _WEEK) for each in self.stories
            ),
        )

    def as_of(self, moment: datetime) -> InventedNewsroom:
        """The newsroom with the stories that had been published at a moment."""
        return replace(self, stories=tuple(each for each in self.stories if each.published_at <= moment))

    def earlier_in_topic(self, story: InventedStory) -> list[InventedStory]:
        """The stories of the same topic published before, the newest first."""
        if story.topic is None:
            return []
        before = (each for each in self.stories if each.published_at < story.published_at)
        return [each for each in before if each.topic == story.topic][::-1]

    def most_read(self, moment: datetime) -> list[InventedStory]:
        """The published stories by readers at a moment: interest, halved every two days of age."""

        def readers(story: InventedStory) -> float:
            return story.interest * 0.5 ** ((moment - story.published_at) / timedelta(days=2))

        return sorted(self.stories, key=readers, reverse=True)


def load_newsroom(name: str) -> InventedNewsroom:
    """The newsroom of a name in NEWSROOMS."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    stories = [
        _read_story(each, topic["id"], topic["interest"])
        for topic in table["topics"]
        for each in topic["stories"]
    ]
    stories += [_read_story(each, None, 2) for each in table["stories"]]
    return InventedNewsroom(
        name=table["name"],
        language=table["language"],
        base_url=table["base_url"],
        about=table["about"],
        words=table["words"],
        sections=table["sections"],
        stories=tuple(sorted(stories, key=lambda each: each.published_at)),
    )


def _read_story(table: dict[str, object], topic: str | None, interest: float) -> InventedStory:
    fields = {"tags": tuple(table["tags"]), "published_at": table["published"], "body": table["body"].strip()}
    kept = {key: table[key] for key in ("id", "headline", "section")}
    return InventedStory(topic=topic, interest=interest, **kept, **fields)
