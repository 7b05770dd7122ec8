"""What form a story has, by its address and headline: live page, video, question, explainer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.corpus.inverted_index import Floats
from recsys.domain import Article

FULL_LENGTH = 20_000
"""Characters of body that count as long as any."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that a story has or has not, told from its address or from its headline."""

    name: str
    doc: str
    says: str
    tells: Callable[[Article], bool]
    told: bool = False
    """Whether it is said as a reason: a colon in a headline moves a score but tells an editor little."""


def _in_path(*words: str) -> Callable[[Article], bool]:
    segment = re.compile(rf"(?:{'|'.join(words)})(?:[-_.].*)?", re.IGNORECASE)
    return lambda article: any(segment.fullmatch(part) for part in article.url.split("/")[3:-1])


def _in_headline(pattern: str) -> Callable[[Article], bool]:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda article: found.search(article.headline or "") is not None


def _either(*tests: Callable[[Article], bool]) -> Callable[[Article], bool]:
    return lambda article: any(test(article) for test in tests)


_LIVE = r"^\W*(?:live|liveblog|live-?ticker|en direct|en vivo|ao vivo|diretta|ライブ|速報)\s*[:|】\]–—-]"
_EXPLAINER = (
    r"^\W*(?:what|how|why|who|when|where|which|inside|analysis|explained|explainer|timeline|"
    r"was|wie|warum|wer|qué|cómo|por qué|quién|ce que|comment|pourquoi|qui)\b|^【?(?:解説|分析|なぜ|特集)"
)
_RECORDING = r"^\W*(?:watch|moment|video)\b"
_OPENING = r"^\W*(?:the|an?|my|i|we)\b"

FORMS: tuple[Form, ...] = (
    Form(
        "live",
        "it is a live page",
        "live page",
        _either(_in_path("live", "liveblog"), _in_headline(_LIVE)),
        told=True,
    ),
    Form(
        "video",
        "it is a video, by its address",
        "video",
        _in_path("videos?", "av", "watch", "mediathek"),
        told=True,
    ),
    Form("sport", "it is sport, by its address", "sport", _in_path("sports?")),
    Form("question", "its headline asks", "question", _in_headline(r"[?？]")),
    Form(
        "explainer",
        "its headline begins like an explainer's",
        "explainer",
        _in_headline(_EXPLAINER),
        told=True,
    ),
    Form("quote", "its headline quotes", "quote", _in_headline(r"""["'‘“«「]""")),
    Form("colon", "its headline has a colon", "topic first", _in_headline(r"[:：]")),
    Form("recording", "its headline announces a recording", "recording", _in_headline(_RECORDING)),
    Form(
        "starts_with_article",
        "its headline begins with an article or a pronoun",
        "article first",
        _in_headline(_OPENING),
    ),
)


def describe_forms(articles: Sequence[Article]) -> Floats:
    """Which forms each article has, 0 or 1; shape (articles, forms)."""
    told = [[form.tells(article) for form in FORMS] for article in articles]
    return np.array(told, dtype=np.float32).reshape(len(articles), len(FORMS))


def measured_length(characters: float) -> float:
    """What `measure_bodies` gives for a body of so many characters."""
    return float(min(np.log1p(characters) / np.log1p(FULL_LENGTH), 1))


def measure_bodies(articles: Sequence[Article]) -> Floats:
    """Log of the characters of each body, FULL_LENGTH is 1; shape (articles,)."""
    lengths = np.array([len(article.body or "") for article in articles], dtype=np.float64)
    measured: Floats = np.minimum(np.log1p(lengths) / np.log1p(FULL_LENGTH), 1).astype(np.float32)
    return measured
