"""What is answered from: an archive that follows its store, the current model, the desk."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from recsys.corpus import Corpus, CorpusFollower, keep
from recsys.errors import ModelError
from recsys.manifest import Manifest
from recsys.ranking.model_files import current_version, load_current
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store
from recsys.store.changes import State

_LOG = logging.getLogger("recsys.live")


class OverridesSource(Protocol):
    """What editors decided for every list.

    Nothing here raises because overrides cannot be read: then the last ones that could be hold, or none, and
    `problem` says why. Articles are followed meanwhile.
    """

    def version(self) -> object:
        """Another value whenever something was decided."""

    @property
    def problem(self) -> str | None:
        """What cannot be read, for operators; None when everything can."""

    def apply(self, request: Request) -> Request:
        """A request with what was decided, before what it has of its own."""


@dataclass(frozen=True)
class ServingSnapshot:
    """One state of everything that an answer depends on; it never changes, a newer one takes its place."""

    state: State
    corpus: Corpus
    recommender: Recommender
    model: str
    trained_until: str | None
    request: Request
    desk_version: object

    @property
    def version(self) -> tuple[object, ...]:
        """Answers of equal versions are the same, but for the time that goes by."""
        return (self.state, self.model, self.desk_version)


D = TypeVar("D", bound=OverridesSource)


class LiveRecommender(Generic[D]):
    """Follows store, model folder and desk; `snapshot` is always ready and never waits."""

    def __init__(self, store: Store, models: Path, request: Request, overrides: D) -> None:
        self.store, self.overrides = store, overrides
        self._models, self._request = models, request
        self._keeper = CorpusFollower(store, store.beside)
        self._lock = threading.Lock()
        self.unsaved = 0
        """Editions since the archive was kept on disk, whoever asked for them."""
        self._model_version = current_version(models)
        current = load_current(models)
        self._bundle, self._is_trained = current.bundle, current.is_trained
        self._model_problem = current.problem
        if current.problem is not None:
            _LOG.error(json.dumps({"model": current.problem, "used": current.bundle.manifest.name}))
        self._edition = self._make()

    @property
    def snapshot(self) -> ServingSnapshot:
        """What is answered from now."""
        return self._edition

    @property
    def manifest(self) -> Manifest:
        """What the model in use says about itself."""
        return self._bundle.manifest

    @property
    def problems(self) -> dict[str, str]:
        """What of `model` and `overrides` cannot be read, and is answered without; for operators."""
        found = {"model": self._model_problem, "overrides": self.overrides.problem}
        return {name: problem for name, problem in found.items() if problem is not None}

    def follow(self) -> bool:
        """Look for what changed, and make a new edition of it; whether there was anything."""
        with self._lock:
            model_version = current_version(self._models)
            if model_version != self._model_version:
                self._model_version = model_version
                self._take_model()
            known = self._edition
            state = self.store.state()
            name, version = self._bundle.manifest.name, self.overrides.version()
            if (state, name, version) == (known.state, known.model, known.desk_version):
                return False
            self._edition = self._make()
            self.unsaved += 1
            return True

    def reload_model(self) -> str:
        """Take the current model, changed or not; its name. ModelError leaves the one in use."""
        with self._lock:
            version, current = current_version(self._models), load_current(self._models)
            if current.problem is not None:
                raise ModelError(current.problem)
            self._bundle, self._is_trained = current.bundle, current.is_trained
            self._model_version, self._model_problem = version, None
            self._edition = self._make()
            return self._bundle.manifest.name

    def save(self) -> None:
        """Keep on disk what was read since the last time, so that the next start is quick."""
        with self._lock:
            keep(self._keeper)
            self.unsaved = 0

    def _take_model(self) -> None:
        """Use the current model, or go on with the one in use when that is damaged or gone."""
        current, used = load_current(self._models), self._bundle.manifest.name
        self._model_problem = current.problem
        if self._is_trained and not current.is_trained and current.problem is None:
            self._model_problem = f"{self._models}: there is no current model any more"
        if self._model_problem is not None:
            _LOG.error(json.dumps({"model": self._model_problem, "used": used}))
            return
        self._bundle, self._is_trained = current.bundle, current.is_trained
        _LOG.info(json.dumps({"model": current.bundle.manifest.name, "before": used}))

    def _make(self) -> ServingSnapshot:
        version = self.overrides.version()
        corpus = self._keeper.corpus()
        _ = corpus.popularity_predictions  # what questions wait for once: here it is none that waits
        state = self._keeper.state
        manifest = self._bundle.manifest
        request = self.overrides.apply(self._request)
        recommender = Recommender(corpus, self._bundle.ranker)
        return ServingSnapshot(state, corpus, recommender, manifest.name, manifest.until, request, version)
