"""Peers: rankers of other libraries that take part in an evaluation where these are installed.

`lambdamart` are LightGBM's trees on the model's own features, grown on what was observed before the test
period. `embeddings:FOLDER` ranks by the cosine of sentence embeddings of a model in a local folder:
nothing is downloaded, and no file that could run code is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recsys.corpus import CorpusView
from recsys.corpus.inverted_index import Floats, Ints
from recsys.domain import PAGE_KINDS, Article
from recsys.errors import EvaluationError, InvalidValueError
from recsys.ranking import Baseline, QueryGroup, Splines
from recsys.ranking.features import (
    APPEAL,
    RELATEDNESS,
    CandidateSet,
    QueryContext,
    columns,
    compute,
    find_candidates,
)
from recsys.training import build_query_groups, group_lists

LAMBDAMART, EMBEDDINGS = "lambdamart", "embeddings"
TREES, LEAVES = 200, 15
SETTINGS: Final[dict[str, object]] = {
    "objective": "lambdarank",
    "num_leaves": LEAVES,
    "learning_rate": 0.05,
    "feature_fraction": 0.4,
    "max_bin": 63,
    "num_threads": 2,
    "seed": 0,
    "deterministic": True,
    "verbose": -1,
}
LETTERS = 1_000
"""Characters of a text that are embedded, after the headline; sentence models read a few hundred words."""
_EXECUTABLE = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth", ".py"})
_OWN_MODULES = "sentence_transformers."

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors; shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """A peer whose library is installed and whose files may be loaded."""

    name: str
    folder: Path | None
    library: Any

    @classmethod
    def parse(cls, text: str) -> PeerRequest:
        """The request of `lambdamart` or `embeddings:FOLDER`; an error says what is missing."""
        name, _, folder = text.partition(":")
        if name == LAMBDAMART and not folder:
            return cls(name, None, _import(name))
        if name == EMBEDDINGS and folder:
            check_folder(Path(folder))
            return cls(name, Path(folder), _import(name))
        raise InvalidValueError(
            "peer",
            expected=f"{LAMBDAMART} or {EMBEDDINGS}:FOLDER, a folder with a sentence model",
            found=text,
        )

    @property
    def description(self) -> str:
        """A few words for reports."""
        if self.folder is None:
            return f"LightGBM's LambdaMART, {TREES} trees on the model's features"
        return f"cosine of sentence embeddings, {self.folder.name}"

    def build(self, view: CorpusView, appeal: Splines) -> Baseline:
        """The ranker; trees are grown on what was observed before the view's moment."""
        about: Any = {"description": self.description, "needs_article": True}
        if self.folder is None:
            groups = [group for built in build_query_groups(view, _lists(view)) for _, group in built]
            return Trees(self.name, "relatedness", score_by_trees(self.library, groups, appeal), **about)
        model = self.library.SentenceTransformer(
            str(self.folder), local_files_only=True, model_kwargs={"use_safetensors": True}
        )

        def encode(texts: Sequence[str]) -> NDArray[np.float32]:
            vectors = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
            return np.asarray(vectors, dtype=np.float32)

        return Baseline(self.name, "relatedness", score_by_embeddings(encode), **about)


@dataclass(frozen=True)
class Trees(Baseline):
    """Ranks the model's own candidates: its features compare them with each other."""

    def candidates(self, context: QueryContext) -> Ints:
        """The union of all candidate sources."""
        return find_candidates(context)


def check_folder(folder: Path) -> None:
    """EvaluationError unless a folder has a sentence model in plain arrays, without files that run code."""
    if not (folder / "modules.json").is_file():
        raise EvaluationError(
            f"{folder}: expected a folder with a sentence model (modules.json); none is downloaded"
        )
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _EXECUTABLE:
            raise EvaluationError(f"{path}: may run code when it is loaded; only .safetensors are accepted")
    try:
        types = [str(module["type"]) for module in json.loads((folder / "modules.json").read_bytes())]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EvaluationError(f"{folder / 'modules.json'}: cannot be read: {error}") from error
    for each in types:
        if not each.startswith(_OWN_MODULES):
            raise EvaluationError(f"{folder / 'modules.json'}: {each} is not of sentence_transformers")


def score_by_trees(
    learner: Any, groups: Iterable[QueryGroup], appeal: Splines
) -> Callable[[CandidateSet], NDArray[np.float64]]:
    """Scores of trees that `learner` (the module lightgbm) grows on query groups with an article."""
    taught = [group for group in groups if group.has_article]
    if not taught:
        raise EvaluationError(
            f"{LAMBDAMART}: no related-story list or link before the test period to learn from"
        )
    grown = grow_trees(learner, taught, appeal)

    def measure(candidates: CandidateSet) -> NDArray[np.float64]:
        if candidates.context.query is None or not len(candidates.rows):
            return np.zeros(len(candidates.rows))
        features = tree_features(compute(RELATEDNESS, candidates), compute(APPEAL, candidates), appeal)
        return np.asarray(grown.predict(features), dtype=np.float64)

    return measure


def grow_trees(learner: Any, groups: Sequence[QueryGroup], appeal: Splines) -> Any:
    """The trees of LightGBM's LambdaMART on query groups with an article."""
    data = learner.Dataset(
        np.concatenate([tree_features(group.relatedness, group.appeal, appeal) for group in groups]),
        label=np.concatenate([group.relevance > 0 for group in groups]).astype(np.int32),
        group=[len(group.relevance) for group in groups],
        weight=np.concatenate([np.full(len(group.relevance), group.weight) for group in groups]),
        feature_name=[*(column.name for column in columns(RELATEDNESS)), "appeal"],
    )
    return learner.train(SETTINGS, data, num_boost_round=TREES)


def tree_features(relatedness: Any, appeal_features: Floats, appeal: Splines) -> NDArray[np.float32]:
    """The columns of relatedness and, as one column, the appeal that the linear model learned."""
    return np.column_stack([relatedness, appeal.total(appeal_features)]).astype(np.float32)


def score_by_embeddings(encode: Encode) -> Callable[[CandidateSet], NDArray[np.float64]]:
    """Cosines of the embeddings of headline and opening; every text is embedded once."""
    known: dict[str, NDArray[np.float32]] = {}

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, encode(new), strict=True))
        return np.stack([known[text] for text in texts])

    def measure(candidates: CandidateSet) -> NDArray[np.float64]:
        query = candidates.context.query
        if query is None or not len(candidates.rows):
            return np.zeros(len(candidates.rows))
        stored, later = candidates.view.corpus.stored, candidates.page_came_later
        texts = [
            _text(stored[row].article, has_body=not is_later)
            for row, is_later in zip(candidates.rows.tolist(), later.tolist(), strict=True)
        ]
        cosines = embed(texts) @ embed([_text(query.article, has_body=True)])[0]
        return np.asarray(cosines, dtype=np.float64)

    return measure


def _text(article: Article, *, has_body: bool) -> str:
    body = (article.body or "")[:LETTERS] if has_body else ""
    return f"{article.headline or ''}\n{body}".strip()


def _lists(view: CorpusView) -> Any:
    return group_lists(view, tuple(sorted(PAGE_KINDS)))


def _import(name: str) -> Any:
    """The library of a peer; EvaluationError says how to install it."""
    try:
        if name == LAMBDAMART:
            import lightgbm

            return lightgbm
        import sentence_transformers
    except ImportError as error:
        library = "lightgbm" if name == LAMBDAMART else "sentence-transformers"
        raise EvaluationError(
            f"the peer {name} needs {library}: install it (pip install {library}), or leave out --peer"
        ) from error
    return sentence_transformers
