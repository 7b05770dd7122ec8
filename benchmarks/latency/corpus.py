"""An archive of any size: real sentences recombined over ten years, with invented names that come and go.

Stories come in threads: those of a thread lie within days, are made of the sentences of one source article
and share its names. Names are drawn from an urn that holds what was drawn before and now and then a new one
(NAMES_GROWTH), so that the vocabulary grows as Heaps' law has it and a few names are everywhere. Everything
is drawn from one seed, article by article: the same plan makes the same pages, and none of them is kept.
"""

from __future__ import annotations

import random
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zlib import crc32

from benchmarks.latency.lists import Lister
from recsys.documents import read_file
from recsys.domain import Article, Page
from recsys.errors import ReadError

END = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment at which everybody is asked; all articles are earlier."""
DAYS = 3652.5
SITE = "bench.example"
SENTENCES = 12
"""Of a source article, at most: the first say what it is about."""
LONGEST = 34
"""Words of a sentence, at most."""

NEW_THREAD = 0.3
THREAD_DAYS = 6.0
SWAPPED = 0.2
"""Words of a sentence that give way to a word of any other sentence, so that no sentence stands twice."""
SECOND_SENTENCE = 0.6
HEADLINE_WORDS = 7
BEGINNING = 500
"""Articles that tell one corpus from another."""
SECTIONS = 8
NAMES_GROWTH, NAMES_AT_FIRST = 0.7, 1000.0
"""Draw n brings a new name with probability (a + g * names) / (a + n), as Pitman and Yor have it: n draws,
about n ** g names. Of bbc, a thousand articles have 9,000 terms, a hundred thousand 128,000."""

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’]?\s+")
_SYLLABLES = tuple(a + b for a in "b d f g k l m n p r s t v z br st".split() for b in "a e i o u".split())


@dataclass(frozen=True, slots=True)
class Source:
    """A text whose words are used: its headline and sentences as words."""

    headline: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]


def load_sources(path: Path) -> list[Source]:
    """The articles with a body of a folder of interchange files, or the paragraphs of a text file.

    Paragraphs are parted by empty lines; the first line of each is a headline, every other one a sentence.
    """
    if path.is_file():
        paragraphs = path.read_text(encoding="utf-8").split("\n\n")
        return list(_usable(map(str.splitlines, filter(str.strip, paragraphs))))
    found: list[Source] = []
    for file in sorted(path.glob("articles*.jsonl*")):
        for page in read_file(file, observed_at=END):
            if isinstance(page, ReadError):
                raise page
            article = page.article
            if article is not None and article.headline and article.body:
                found += _usable([[article.headline, *_SENTENCE_END.split(article.body)]])
    return found


def _usable(texts: Iterable[Sequence[str]]) -> Iterator[Source]:
    for headline, *lines in texts:
        sentences = tuple(tuple(line.split()) for line in lines[:SENTENCES])
        kept = tuple(words for words in sentences if 5 <= len(words) <= LONGEST)
        if kept and headline.split():
            yield Source(tuple(headline.split()), kept)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made: so many articles up to END, and about so many lists among them."""

    articles: int
    lists: int
    per_day: float | None = None
    """Articles a day; ten years are filled evenly unless this is given."""
    seed: int = 0

    @property
    def rate(self) -> float:
        """Articles a day."""
        return self.per_day or self.articles / DAYS

    @property
    def start(self) -> datetime:
        """When the first article comes."""
        return END - timedelta(days=self.articles / self.rate)


@dataclass(slots=True)
class Thread:
    """A running story."""

    source: Source
    section: str
    names: tuple[str, ...]
    until: datetime
    appeal: float
    published: list[Article] = field(default_factory=list)


class Names:
    """The urn of invented names."""

    def __init__(self, rng: random.Random) -> None:
        self._rng, self._drawn, self._count = rng, array("l"), 0

    def draw(self) -> str:
        """A new name, or one that was drawn before."""
        chance = (NAMES_AT_FIRST + NAMES_GROWTH * self._count) / (NAMES_AT_FIRST + len(self._drawn))
        if self._rng.random() < chance:
            number, self._count = self._count, self._count + 1
        else:
            number = self._drawn[int(self._rng.random() * len(self._drawn))]
        self._drawn.append(number)
        return coin(number)


def coin(number: int) -> str:
    """The invented name of a number: three syllables or more, another for every number."""
    made, size = "", len(_SYLLABLES)
    while number or len(made) < 6:
        number, at = divmod(number, size)
        made += _SYLLABLES[at]
    return made.capitalize()


class Corpus:
    """The pages of a plan, made of the words of sources."""

    def __init__(self, sources: Sequence[Source], plan: Plan) -> None:
        self.sources, self.plan = sources, plan
        self._words = [word for source in sources for words in source.sentences for word in words]

    def pages(self) -> Iterator[Page]:
        """An article a page in order of time, on some of them links; between them pages of lists alone."""
        rng = random.Random(self.plan.seed)
        names, running, lister = Names(rng), list[Thread](), Lister(self.plan)
        gap = timedelta(days=1 / self.plan.rate)
        for number in range(self.plan.articles):
            moment = self.plan.start + gap * (number + 0.9 * rng.random())
            thread = self._follow(rng, names, running, moment)
            article = self._write(rng, names, thread, number, moment)
            yield from lister.pages(article, thread.published, thread.appeal)
            thread.published.append(article)
            del thread.published[:-8]

    @property
    def name(self) -> str:
        """What tells it from every other: its plan, and a checksum of how it begins."""
        plan, texts = self.plan, ""
        for article in islice(self.articles(), BEGINNING):
            texts += f"{article.headline}\n{article.body}\n"
        days = round(plan.articles / plan.rate)
        return f"{plan.articles}-articles-{plan.lists}-lists-{days}-days-{crc32(texts.encode()):08x}"

    def articles(self) -> Iterator[Article]:
        """The articles alone."""
        return (page.article for page in self.pages() if page.article is not None)

    def _follow(self, rng: random.Random, names: Names, running: list[Thread], moment: datetime) -> Thread:
        """The thread of the next story, mostly one of the newest."""
        if running and rng.random() >= NEW_THREAD:
            at = len(running) - 1 - int(len(running) * rng.random() ** 2)
            if running[at].until > moment:
                return running[at]
            del running[at]
        days = rng.expovariate(1 / THREAD_DAYS)
        at = int(rng.random() * len(self.sources))
        called = (names.draw(), names.draw(), names.draw())
        until, appeal = moment + timedelta(days=days), rng.lognormvariate(0, 1)
        thread = Thread(self.sources[at], f"section {at % SECTIONS}", called, until, appeal)
        running.append(thread)
        return thread

    def _write(
        self, rng: random.Random, names: Names, thread: Thread, number: int, moment: datetime
    ) -> Article:
        source = thread.source
        head = self._swap(rng, source.headline[: HEADLINE_WORDS - 1])
        head.insert(int(rng.random() * 3), thread.names[int(rng.random() * 2)])
        body = [*self._sentence(rng, source), *thread.names[:2], "and", f"{names.draw()}."]
        if rng.random() < SECOND_SENTENCE:
            body += [*self._sentence(rng, source), "in", f"{thread.names[2]}."]
        return Article(
            SITE,
            f"https://{SITE}/{number}",
            moment,
            headline=" ".join(head),
            body=" ".join(body),
            published_at=moment,
            section=thread.section,
            language="en",
        )

    def _sentence(self, rng: random.Random, source: Source) -> list[str]:
        """The front of a sentence of the source and the back of one of any other."""
        other = self.sources[int(rng.random() * len(self.sources))]
        front = source.sentences[int(rng.random() * len(source.sentences))]
        back = other.sentences[int(rng.random() * len(other.sentences))]
        return self._swap(rng, front[: len(front) * 2 // 3] + back[len(back) * 2 // 3 :])

    def _swap(self, rng: random.Random, words: Sequence[str]) -> list[str]:
        draw, pool = rng.random, self._words
        return [pool[int(draw() * len(pool))] if draw() < SWAPPED else word for word in words]
