"""What is answered from: an archive that follows its store, the current model, the desk."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from recsys.archive import Archive, Keeper, keep
from recsys.bundle import CURRENT, Bundle, Manifest, load_current
from recsys.errors import ModelError
from recsys.recommender import Recommender
from recsys.request import Request
from recsys.store import Store
from recsys.store.changes import State

_LOG = logging.getLogger("recsys.live")


class Desk(Protocol):
    """What editors decided for every list."""

    def version(self) -> int:
        """Another number whenever something was decided."""

    def apply(self, request: Request) -> Request:
        """A request with what was decided, before what it has of its own."""


@dataclass(frozen=True)
class Edition:
    """One state of everything that an answer depends on; it never changes, a newer one takes its place."""

    state: State
    archive: Archive
    recommender: Recommender
    model: str
    trained_until: str | None
    request: Request
    desk_version: int

    @property
    def version(self) -> tuple[object, ...]:
        """Answers of equal versions are the same, but for the time that goes by."""
        return (self.state, self.model, self.desk_version)


D = TypeVar("D", bound=Desk)


class Live(Generic[D]):
    """Follows store, model folder and desk; `edition` is always ready and never waits."""

    def __init__(self, store: Store, models: Path, request: Request, desk: D) -> None:
        self.store, self.desk = store, desk
        self._models, self._request = models, request
        self._keeper = Keeper(store, store.beside)
        self._lock = threading.Lock()
        self.unsaved = 0
        """Editions since the archive was kept on disk, whoever asked for them."""
        self._bundle, self._model_seen = self._load_model(), self._look_at_model()
        self._edition = self._make()

    @property
    def edition(self) -> Edition:
        """What is answered from now."""
        return self._edition

    @property
    def manifest(self) -> Manifest:
        """What the model in use says about itself."""
        return self._bundle.manifest

    def follow(self) -> bool:
        """Look for what changed, and make a new edition of it; whether there was anything."""
        with self._lock:
            seen = self._look_at_model()
            if seen != self._model_seen:
                self._model_seen = seen
                self._take_model()
            known = self._edition
            state = self.store.state()
            name, version = self._bundle.manifest.name, self.desk.version()
            if (state, name, version) == (known.state, known.model, known.desk_version):
                return False
            self._edition = self._make()
            self.unsaved += 1
            return True

    def reload_model(self) -> str:
        """Take the current model, changed or not; its name. ModelError leaves the one in use."""
        with self._lock:
            self._bundle, self._model_seen = self._load_model(), self._look_at_model()
            self._edition = self._make()
            return self._bundle.manifest.name

    def save(self) -> None:
        """Keep on disk what was read since the last time, so that the next start is quick."""
        with self._lock:
            keep(self._keeper)
            self.unsaved = 0

    def _take_model(self) -> None:
        """The new model, or the one in use when that is damaged: writes and answers do not wait for it."""
        try:
            self._bundle = self._load_model()
        except ModelError as error:
            _LOG.warning(json.dumps({"model": str(error)}))

    def _make(self) -> Edition:
        version = self.desk.version()
        archive = self._keeper.archive()
        _ = archive.promises  # what questions wait for once: here it is none that waits
        state = self._keeper.state
        manifest = self._bundle.manifest
        request = self.desk.apply(self._request)
        recommender = Recommender(archive, self._bundle.ranker)
        return Edition(state, archive, recommender, manifest.name, manifest.until, request, version)

    def _load_model(self) -> Bundle:
        return load_current(self._models)

    def _look_at_model(self) -> tuple[int, int] | None:
        try:
            found = (self._models / CURRENT).stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ino)
