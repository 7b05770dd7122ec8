"""The live recommender: a corpus that follows its store, the current model, and the editors' overrides."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from recsys.corpus import Corpus, CorpusFollower
from recsys.errors import ModelError
from recsys.manifest import Manifest
from recsys.ranking.model_files import current_version, load_current
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store
from recsys.store.changes import State

_LOG = logging.getLogger("recsys.live")


class OverridesSource(Protocol):
    """Where editors' overrides come from.

    Implementations never raise because overrides cannot be read: the last readable ones stay in force, or
    none, and `problem` says why.
    """

    def version(self) -> object:
        """A value that changes whenever an override does."""

    @property
    def problem(self) -> str | None:
        """What cannot be read, for operators; None if everything can."""

    def apply(self, request: Request) -> Request:
        """The request with the overrides, ahead of its own pins and blocks."""


@dataclass(frozen=True)
class ServingSnapshot:
    """Everything that a response depends on, immutable: it is replaced by a newer one."""

    state: State
    corpus: Corpus
    recommender: Recommender
    model: str
    trained_until: str | None
    request: Request
    overrides_version: object

    @property
    def version(self) -> tuple[object, ...]:
        """Snapshots of equal versions give the same response at the same moment."""
        return (self.state, self.model, self.overrides_version)


D = TypeVar("D", bound=OverridesSource)


class LiveRecommender(Generic[D]):
    """Follows the store, the model folder and the overrides; `snapshot` never waits."""

    def __init__(self, store: Store, models: Path, request: Request, overrides: D) -> None:
        self.store, self.overrides = store, overrides
        self._models, self._request = models, request
        self._follower = CorpusFollower(store, store.index_folder)
        self._lock = threading.Lock()
        self.unsaved = 0
        """The number of snapshots since the index was last saved."""
        self._model_version = current_version(models)
        current = load_current(models)
        self._bundle, self._is_trained = current.bundle, current.is_trained
        self._model_problem = current.problem
        if current.problem is not None:
            _LOG.error(json.dumps({"model": current.problem, "used": current.bundle.manifest.name}))
        self._snapshot = self._build()

    @property
    def snapshot(self) -> ServingSnapshot:
        """The current snapshot."""
        return self._snapshot

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model in use."""
        return self._bundle.manifest

    @property
    def problems(self) -> dict[str, str]:
        """Why `model` or `overrides` cannot be read, for operators; empty if both can."""
        problems = {"model": self._model_problem, "overrides": self.overrides.problem}
        return {name: problem for name, problem in problems.items() if problem is not None}

    def follow(self) -> bool:
        """Build a new snapshot if anything has changed; whether it has."""
        with self._lock:
            model_version = current_version(self._models)
            if model_version != self._model_version:
                self._model_version = model_version
                self._take_model()
            version = (self.store.state(), self._bundle.manifest.name, self.overrides.version())
            if version == self._snapshot.version:
                return False
            self._snapshot = self._build()
            self.unsaved += 1
            return True

    def reload_model(self) -> str:
        """Load the current model, changed or not, and return its name. ModelError leaves the one in use."""
        with self._lock:
            version, current = current_version(self._models), load_current(self._models)
            if current.problem is not None:
                raise ModelError(current.problem)
            self._bundle, self._is_trained = current.bundle, current.is_trained
            self._model_version, self._model_problem = version, None
            self._snapshot = self._build()
            return self._bundle.manifest.name

    def save(self) -> None:
        """Save the index, so that the next process starts quickly."""
        with self._lock:
            self._follower.try_save()
            self.unsaved = 0

    def _take_model(self) -> None:
        """Use the current model, unless it is damaged or gone: then keep the one in use."""
        current, used = load_current(self._models), self._bundle.manifest.name
        self._model_problem = current.problem
        if self._is_trained and not current.is_trained and current.problem is None:
            self._model_problem = f"{self._models}: there is no longer a current model"
        if self._model_problem is not None:
            _LOG.error(json.dumps({"model": self._model_problem, "used": used}))
            return
        self._bundle, self._is_trained = current.bundle, current.is_trained
        _LOG.info(json.dumps({"model": current.bundle.manifest.name, "before": used}))

    def _build(self) -> ServingSnapshot:
        version = self.overrides.version()
        corpus, state = self._follower.follow()
        corpus.predict_popularity()  # here, so that no request waits for it
        manifest = self._bundle.manifest
        request = self.overrides.apply(self._request)
        recommender = Recommender(corpus, self._bundle.ranker)
        return ServingSnapshot(state, corpus, recommender, manifest.name, manifest.until, request, version)
