"""Story formats, detected from address and headline: live page, video, question, explainer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.domain import Article

FULL_LENGTH = 20_000
"""Characters of body from which on a text counts as full length."""


@dataclass(frozen=True, slots=True)
class StoryFormat:
    """A format that a story has or has not, by its address or its headline."""

    name: str
    description: str
    label: str
    matches: Callable[[Article], bool]
    is_reason: bool = False
    """Whether explanations mention it: a colon in a headline moves a score but means little to an editor."""


def _in_path(*words: str) -> Callable[[Article], bool]:
    segment = re.compile(rf"(?:{'|'.join(words)})(?:[-_.].*)?", re.IGNORECASE)
    return lambda article: any(segment.fullmatch(part) for part in article.url.split("/")[3:-1])


def _in_headline(pattern: str) -> Callable[[Article], bool]:
    expression = re.compile(pattern, re.IGNORECASE)
    return lambda article: expression.search(article.headline or "") is not None


def _either(*tests: Callable[[Article], bool]) -> Callable[[Article], bool]:
    return lambda article: any(test(article) for test in tests)


_LIVE = r"^\W*(?:live|liveblog|live-?ticker|en direct|en vivo|ao vivo|diretta|ライブ|速報)\s*[:|】\]–—-]"
_EXPLAINER = (
    r"^\W*(?:what|how|why|who|when|where|which|inside|analysis|explained|explainer|timeline|"
    r"was|wie|warum|wer|qué|cómo|por qué|quién|ce que|comment|pourquoi|qui)\b|^【?(?:解説|分析|なぜ|特集)"
)
_RECORDING = r"^\W*(?:watch|moment|video)\b"
_OPENING = r"^\W*(?:the|an?|my|i|we)\b"

STORY_FORMATS: tuple[StoryFormat, ...] = (
    StoryFormat(
        "live",
        "it is a live page",
        "live page",
        _either(_in_path("live", "liveblog"), _in_headline(_LIVE)),
        is_reason=True,
    ),
    StoryFormat(
        "video",
        "it is a video, by its address",
        "video",
        _in_path("videos?", "av", "watch", "mediathek"),
        is_reason=True,
    ),
    StoryFormat("sport", "it is sport, by its address", "sport", _in_path("sports?")),
    StoryFormat("question", "its headline asks a question", "question", _in_headline(r"[?？]")),
    StoryFormat(
        "explainer",
        "its headline begins like an explainer's",
        "explainer",
        _in_headline(_EXPLAINER),
        is_reason=True,
    ),
    StoryFormat("quote", "its headline quotes", "quote", _in_headline(r"""["'‘“«「]""")),
    StoryFormat("colon", "its headline has a colon", "topic first", _in_headline(r"[:：]")),
    StoryFormat("recording", "its headline announces a recording", "recording", _in_headline(_RECORDING)),
    StoryFormat(
        "starts_with_article",
        "its headline begins with an article or a pronoun",
        "article first",
        _in_headline(_OPENING),
    ),
)


def detect_formats(articles: Sequence[Article]) -> Floats:
    """Which formats each article has, 0 or 1; shape (articles, formats)."""
    matches = [[each.matches(article) for each in STORY_FORMATS] for article in articles]
    return np.array(matches, dtype=np.float32).reshape(len(articles), len(STORY_FORMATS))


def measured_length(characters: float) -> float:
    """The result of `measure_bodies` for a body of this many characters."""
    return float(min(np.log1p(characters) / np.log1p(FULL_LENGTH), 1))


def measure_bodies(articles: Sequence[Article]) -> Floats:
    """Log of the number of characters of each body, scaled so that FULL_LENGTH is 1; shape (articles,)."""
    lengths = np.array([len(article.body or "") for article in articles], dtype=np.float64)
    measured: Floats = np.minimum(np.log1p(lengths) / np.log1p(FULL_LENGTH), 1).astype(np.float32)
    return measured
