"""A saved model is loaded as it was or rejected in one line; a kill leaves models that can be loaded."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recsys
from recsys.errors import ModelError
from recsys.manifest import read_manifest
from recsys.ranking import LogisticRanker, RankerWeights
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, columns
from recsys.ranking.model_files import (
    Manifest,
    _load_splines,
    current_name,
    load_bundle,
    load_current,
    load_folder,
    load_pretrained,
    load_pretrained_weights,
    pretrained_folder,
    save_bundle,
    use_bundle,
)
from recsys.training import train
from tests.newsroom import END, newsroom_corpus

ROOT = Path(__file__).parents[2]
MANIFEST = Manifest("first", "2025-06-01T00:00:00Z", "2025-06-09T00:00:00Z", {"popular": 7}, {"ndcg": 0.5})


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one saved model."""
    save_bundle(load_pretrained_weights(), MANIFEST, tmp_path / "models")
    return tmp_path / "models"


def names(models: Path) -> list[str]:
    """Whatever is not hidden: the lock is."""
    return sorted(path.name for path in models.iterdir() if not path.name.startswith("."))


def test_a_saved_model_gives_the_same_scores_when_loaded(tmp_path):
    corpus = newsroom_corpus()
    trained = train(corpus, until=END).ranker
    save_bundle(trained.weights_, MANIFEST, tmp_path)
    loaded = load_bundle(tmp_path).ranker
    for query in (None, corpus.query_row(40)):
        context = QueryContext(corpus.at(END), query)
        candidate_set = CandidateSet(context, trained.candidates(context))
        for dial in (0.0, 0.5, 0.9):
            before, after = trained.score(candidate_set, dial=dial), loaded.score(candidate_set, dial=dial)
            np.testing.assert_array_equal(after.relatedness, before.relatedness)
            np.testing.assert_array_equal(after.appeal, before.appeal)


def test_a_model_keeps_its_manifest(models):
    assert load_bundle(models).manifest == MANIFEST
    assert load_bundle(models, "first").manifest == MANIFEST


heights = st.floats(-1e9, 1e9)


@given(heights, heights, st.floats(0.01, 10))
@settings(max_examples=15, deadline=None)  # every example is synced to disk
def test_weights_are_loaded_exactly_as_saved(tmp_path_factory, one, other, scale):
    blank = RankerWeights.blank()
    saved = RankerWeights(
        blank.relatedness.refit(np.full(blank.relatedness.weights.shape, one)),
        blank.appeal.refit(np.full(blank.appeal.weights.shape, other)),
        scale,
    )
    folder = tmp_path_factory.mktemp("models")
    save_bundle(saved, Manifest("any"), folder)
    found = load_bundle(folder).ranker.weights_
    np.testing.assert_array_equal(found.relatedness.weights, saved.relatedness.weights)
    np.testing.assert_array_equal(found.appeal.weights, saved.appeal.weights)
    assert found.appeal_scale == scale


def test_a_name_that_is_taken_gets_a_number_and_the_newest_is_current(models):
    assert save_bundle(load_pretrained_weights(), MANIFEST, models).name == "first-2"
    assert save_bundle(load_pretrained_weights(), MANIFEST, models).name == "first-3"
    assert current_name(models) == "first-3"
    assert names(models) == ["current", "first", "first-2", "first-3"]
    use_bundle(models, "first")
    assert current_name(models) == "first"


def test_a_model_that_cannot_be_opened_never_becomes_current(models):
    with pytest.raises(ModelError, match="no such model"):
        use_bundle(models, "second")
    assert current_name(models) == "first"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../outside", "a/b", "a b", ".hidden", "x" * 101, "current", "ü", "a\n"]
)
def test_a_bad_name_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(ModelError, match="is not a valid model name"):
        save_bundle(load_pretrained_weights(), Manifest(name), tmp_path / "models")
    assert not (tmp_path / "models").exists()


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(record)
    (folder / "manifest.json").write_text(json.dumps(record), encoding="utf-8")


def replace_array(folder: Path, array: np.ndarray) -> None:
    """Another array under its own, right checksum."""
    np.save(folder / "appeal.npy", array, allow_pickle=array.dtype.hasobject)
    digest = hashlib.sha256((folder / "appeal.npy").read_bytes()).hexdigest()
    rewrite(folder, lambda record: record["sha256"].update({"appeal.npy": digest}))


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / "appeal.npy").read_bytes())
    data[-1] ^= 1
    (folder / "appeal.npy").write_bytes(bytes(data))


def endless(folder: Path) -> None:
    replace_array(folder, np.full(RankerWeights.blank().appeal.weights.shape, np.inf))


def says_it_is_huge(folder: Path) -> None:
    """An array whose head promises 8 EB, under its own, right checksum."""
    data = (folder / "appeal.npy").read_bytes().replace(b"'shape': (", b"'shape': (9999999999, 9")[:200]
    (folder / "appeal.npy").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    rewrite(folder, lambda record: record["sha256"].update({"appeal.npy": digest}))


def file_in_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


def folder_as_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


def cut(folder: Path) -> None:
    data = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(data[: len(data) // 2])


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "an array with another bit": (flip_a_bit, r"appeal\.npy: changed since it was written"),
    "an array cut short": (lambda f: (f / "appeal.npy").write_bytes(b""), "changed since it was written"),
    "no array": (lambda f: (f / "appeal.npy").unlink(), r"appeal\.npy: cannot be read"),
    "an array of another shape": (lambda f: replace_array(f, np.zeros((2, 2))), "finite numbers"),
    "an array of no numbers": (endless, "finite numbers"),
    "an older format": (lambda f: rewrite(f, lambda t: t.update(format=0)), "expected format"),
    "a newer format": (lambda f: rewrite(f, lambda t: t.update(format=99)), "expected format .* found 99"),
    "no format": (lambda f: rewrite(f, lambda t: t.pop("format")), "expected format"),
    "another column": (
        lambda f: rewrite(f, lambda t: t["columns"]["appeal"].append("charm")),
        r"different features .*; train again \(recsys train\)",
    ),
    "columns in another order": (
        lambda f: rewrite(f, lambda t: t["columns"]["appeal"].reverse()),
        "different features",
    ),
    "other knots": (lambda f: rewrite(f, lambda t: t["knots"]["appeal"].pop()), "different features"),
    "no checksum": (lambda f: rewrite(f, lambda t: t.pop("sha256")), ": damaged: "),
    "no period": (lambda f: rewrite(f, lambda t: t.update(trained=None)), ": damaged: "),
    "a scale that is no number": (
        lambda f: rewrite(f, lambda t: t.update(appeal_scale="big")),
        ": damaged: ",
    ),
    "half a manifest": (cut, "cannot be read"),
    "a manifest that is a list": (lambda f: (f / "manifest.json").write_text("[]"), "expected format"),
    "a manifest that is no text": (
        lambda f: (f / "manifest.json").write_bytes(b"\xff\x00"),
        "cannot be read",
    ),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "no such model"),
    "no folder": (shutil.rmtree, "no such model"),
    "a file in its place": (file_in_place, "no such model"),
    "a manifest that is a folder": (folder_as_manifest, "cannot be read"),
    "a manifest that is nested deeply": (
        lambda f: (f / "manifest.json").write_text("[" * 100_000),
        "cannot be read",
    ),
    "a huge manifest": (lambda f: (f / "manifest.json").write_text(" " * 17_000_000), "larger than"),
    "an array that says it is huge": (says_it_is_huge, ": damaged: "),
    "a scale that no float holds": (
        lambda f: rewrite(f, lambda t: t.update(appeal_scale=10**400)),
        "damaged",
    ),
    "a scale of 0": (lambda f: rewrite(f, lambda t: t.update(appeal_scale=0)), "appeal_scale"),
    "a time that is none": (lambda f: rewrite(f, lambda t: t["trained"].update(until="soon")), "until"),
    "a time without a zone": (
        lambda f: rewrite(f, lambda t: t["trained"].update(until="2025-06-01T00:00:00")),
        "until",
    ),
    "a time that is a number": (lambda f: rewrite(f, lambda t: t["trained"].update(first=7)), "first"),
    "a figure that is text": (lambda f: rewrite(f, lambda t: t.update(figures={"ndcg": "high"})), "ndcg"),
    "a count that is text": (
        lambda f: rewrite(f, lambda t: t["trained"].update(contexts={"popular": "many"})),
        "popular",
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_model_is_refused_in_one_line(models, what):
    damage, said = DAMAGE[what]
    damage(models / "first")
    with pytest.raises(ModelError, match=said) as caught:
        load_bundle(models)
    assert len(str(caught.value).splitlines()) == 1
    assert "first" in str(caught.value)


def test_pretrained_weights_for_other_features_name_the_command_that_mends_them():
    """Training again would not: it starts from these weights."""
    other = RankerWeights.blank().relatedness
    with (
        pretrained_folder() as folder,
        pytest.raises(
            ModelError, match=r"different features .*; .* `python -m benchmarks\.pretrained_columns`"
        ),
    ):
        _load_splines(folder, read_manifest(folder), "appeal", other)


@dataclass
class Trap:
    """Makes a file when it is unpickled."""

    sprung: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.sprung,)


def test_nothing_in_a_model_is_run(models, tmp_path):
    array = np.full(RankerWeights.blank().appeal.weights.shape, Trap(tmp_path / "sprung"), dtype=object)
    replace_array(models / "first", array)
    with pytest.raises(ModelError, match=": damaged: "):
        load_bundle(models)
    assert not (tmp_path / "sprung").exists()
    np.load(models / "first" / "appeal.npy", allow_pickle=True)
    assert (tmp_path / "sprung").exists()


def test_without_a_model_the_error_says_how_to_train_one(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ModelError, match=r"no model has been trained here yet \(recsys train\)"):
            load_bundle(folder)


def test_a_damaged_model_falls_back_to_the_pretrained_one_and_says_why(models):
    assert load_current(models / "elsewhere").problem is None
    assert load_current(models).is_trained
    flip_a_bit(models / "first")
    current = load_current(models)
    assert not current.is_trained
    assert current.bundle.manifest == load_pretrained().manifest
    assert "SHA-256 differs" in str(current.problem)


def test_a_folder_named_current_is_moved_aside(models):
    (models / "current").unlink()
    (models / "current").mkdir()
    (models / "current" / "note").write_text("mine")
    assert "not a regular file" in str(load_current(models).problem)
    use_bundle(models, "first")
    assert load_current(models).problem is None
    assert (models / "current.damaged-1" / "note").read_text() == "mine"


def test_several_processes_save_at_once_and_every_model_opens(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        places = list(
            pool.map(lambda _: save_bundle(load_pretrained_weights(), MANIFEST, tmp_path), range(8))
        )
    assert len(set(places)) == 8
    for place in places:
        assert load_bundle(tmp_path, place.name).manifest.name == place.name


@pytest.mark.parametrize("content", [b"../outside\n", b"", b"\xff", b"a b"])
def test_current_must_name_a_model_in_this_folder(models, content):
    (models / "current").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_bundle(models)
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_reported_in_one_line(tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match="cannot write a model"):
        save_bundle(load_pretrained_weights(), MANIFEST, tmp_path / "models")


def test_a_model_holds_plain_files_that_others_may_read_where_the_folder_allows_it(models):
    kinds = {path.suffix for path in (models / "first").iterdir()}
    assert kinds == {".npy", ".json"}
    beside = models / "made here"
    beside.mkdir()
    assert stat.S_IMODE((models / "first").stat().st_mode) == stat.S_IMODE(beside.stat().st_mode)


def test_the_pretrained_model_opens_is_small_and_knows_the_columns_of_this_version():
    folder = Path(recsys.__file__).parent / "ranking" / "pretrained"
    pretrained = load_pretrained_weights()
    assert pretrained.relatedness.names == tuple(column.name for column in columns(RELATEDNESS))
    assert pretrained.appeal.names == tuple(column.name for column in columns(APPEAL))
    assert pretrained.relatedness.weights.any()
    assert pretrained.appeal.weights.any()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 200_000
    manifest = load_folder(folder).manifest
    assert manifest.until
    assert sum((manifest.contexts or {}).values()) > 0
    assert isinstance(load_folder(folder).ranker, LogisticRanker)


def kill_while_saving(models: Path, saves: int, seconds: float) -> None:
    """Kills a process that saves model after model, some time after it has said so many of them."""
    command = [sys.executable, "-m", "tests.ranking.saving", str(models)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(saves):
            assert child.stdout.readline()
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        assert child.wait(60) == -signal.SIGKILL


@pytest.mark.slow
def test_a_kill_at_any_moment_of_saving_leaves_models_that_open(tmp_path):
    chance = random.Random(7)
    for _ in range(3):
        kill_while_saving(tmp_path, chance.randint(1, 20), chance.uniform(0, 0.01))
        assert load_bundle(tmp_path).manifest.name.startswith("model-")
        saved = [name for name in names(tmp_path) if not name.startswith(".") and name != "current"]
        assert current_name(tmp_path) in saved
        for name in saved:
            load_bundle(tmp_path, name)


@pytest.mark.parametrize("name", ["../outside", "current", "a/b", "", "-x"])
def test_an_invalid_name_is_rejected(tmp_path, name):
    with pytest.raises(ModelError, match="is not a valid model name"):
        load_bundle(tmp_path, name)


def test_a_model_whose_name_was_taken_reports_its_new_name(tmp_path):
    for _ in range(2):
        folder = save_bundle(load_pretrained_weights(), Manifest("first"), tmp_path)
    assert folder.name == "first-2"
    assert load_bundle(tmp_path).manifest.name == "first-2"
