"""Stories of a simulated newsroom: threads with follow-ups and updates, and the true traits of each story."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from recsys.domain import Article
from recsys.simulation.plan import SITE, START, Plan
from recsys.simulation.vocabulary import VOCABULARIES, Topic, Vocabulary

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UPDATE_SHARE = 0.1
"""The share of follow-ups that are updates: the same headline with a marker, and the same text extended."""
FOLLOW_UP_SHARE = 0.7
"""The share of stories that continue a thread, which gives a thread three or four stories."""
THREAD_DAYS = 5
"""The number of days after which a thread is not continued."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The traits that the stories of a thread share."""

    number: int
    topic: int
    place: int
    name: str
    coined: str
    issue: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Stories:
    """Articles in order of time with their true traits; all arrays have shape (articles,).

    `hours` are the times of publication, counted from the start; `strength` is how strong they are as news.
    """

    articles: tuple[Article, ...]
    hours: Floats
    threads: Ints
    topics: Ints
    places: Ints
    strength: Floats

    def between(self, first: float, last: float) -> Ints:
        """Rows published from `first` to before `last`, in hours from the start."""
        edges = np.searchsorted(self.hours, [first, last], side="left")
        return np.arange(edges[0], edges[1], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Written:
    thread: Thread
    headline: str
    body: str
    strength: float
    update: int


def write_stories(plan: Plan) -> Stories:
    """The stories of all days."""
    chance = plan.chance("stories")
    hours = np.sort(chance.uniform(0, 24 * plan.days, plan.days * plan.articles_per_day))
    writer = _Writer(plan)
    written = [writer.write(hour) for hour in hours.tolist()]
    articles = tuple(
        _article(plan, number, hour, each)
        for number, (hour, each) in enumerate(zip(hours.tolist(), written, strict=True))
    )
    return Stories(
        articles,
        hours,
        np.array([each.thread.number for each in written], dtype=np.int64),
        np.array([each.thread.topic for each in written], dtype=np.int64),
        np.array([each.thread.place for each in written], dtype=np.int64),
        np.array([each.strength for each in written]),
    )


def _article(plan: Plan, number: int, hour: float, written: _Written) -> Article:
    published = START + timedelta(seconds=int(hour * 3600))
    marker = f" (UPDATE {written.update})" if written.update else ""
    return Article(
        site=SITE,
        url=f"https://{SITE}/{number}",
        first_seen_at=published,
        headline=written.headline + marker,
        body=written.body,
        published_at=published,
        section=VOCABULARIES[plan.language].topics[written.thread.topic].section,
        language=plan.language,
    )


class _Writer:
    """Writes one story after another."""

    def __init__(self, plan: Plan) -> None:
        self._words = VOCABULARIES[plan.language]
        self._chance = random.Random(f"desk {plan.seed}")  # noqa: S311 - nothing secret
        self._places = [a + b for a in self._words.places[0] for b in self._words.places[1]]
        self._open: list[tuple[float, _Written]] = []
        self._threads = 0

    def write(self, hour: float) -> _Written:
        """The next story."""
        self._open = [each for each in self._open if each[0] > hour - 24 * THREAD_DAYS]
        if not self._open or self._chance.random() > FOLLOW_UP_SHARE:
            written = self._write_new(self._begin())
        else:
            at = self._chance.randrange(len(self._open))
            last = self._open.pop(at)[1]
            is_update = self._chance.random() < UPDATE_SHARE
            written = self._update(last) if is_update else self._write_new(last.thread)
        self._open.append((hour, written))
        return written

    def _begin(self) -> Thread:
        chance, words = self._chance, self._words
        topic = chance.randrange(len(words.topics))
        self._threads += 1
        return Thread(
            self._threads,
            topic,
            chance.randrange(len(self._places)),
            _join(chance, words.families),
            _join(chance, words.coined),
            chance.choice(words.topics[topic].issues),
            tuple(chance.sample(words.topics[topic].words, 5)),
        )

    def _write_new(self, thread: Thread) -> _Written:
        strength = self._chance.gauss(0, 1)
        verb = self._chance.choice(self._words.strong if strength > 0.5 else self._words.calm)
        headline = self._fill(self._chance.choice(self._words.headlines), thread, verb)
        return _Written(thread, headline, self._body(thread, 7), strength, 0)

    def _update(self, last: _Written) -> _Written:
        body = last.body + self._words.space + self._body(last.thread, 1)
        return _Written(last.thread, last.headline, body, last.strength, last.update + 1)

    def _body(self, thread: Thread, sentences: int) -> str:
        body = [self._fill(self._chance.choice(self._words.sentences), thread) for _ in range(sentences)]
        return self._words.space.join(body)

    def _fill(self, template: str, thread: Thread, verb: str = "") -> str:
        # half of the words come from the thread, half from its topic
        pools = (thread.words, _topic(self._words, thread).words)
        while "{word}" in template:
            template = template.replace("{word}", self._chance.choice(self._chance.choice(pools)), 1)
        return template.format(
            place=self._places[thread.place],
            name=thread.name,
            coined=thread.coined,
            issue=thread.issue,
            verb=verb,
        )


def _topic(words: Vocabulary, thread: Thread) -> Topic:
    return words.topics[thread.topic]


def _join(chance: random.Random, parts: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    return chance.choice(parts[0]) + chance.choice(parts[1])
