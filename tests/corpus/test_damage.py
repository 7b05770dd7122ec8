"""A damaged index is found, named and rebuilt from the store: never a wrong answer, never a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.corpus import CorpusFollower, open_corpus
from recsys.corpus.analysis import COLUMNS
from recsys.corpus.array_files import BLOCK, Arrays, check_arrays, read_arrays, write_arrays
from recsys.corpus.corpus_segments import Part
from recsys.corpus.persistence import MANIFEST, check_index, load_persisted, save_persisted
from recsys.errors import CorpusFileError
from recsys.store import Store
from tests.corpus.test_follower import after_all, assert_same, index_of
from tests.newsroom import newsroom

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damage") / "news.db"
    with Store.open(path) as store:
        store.add_all(newsroom())
        CorpusFollower(store, store.index_folder).try_save()
    return path


@pytest.fixture
def index(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(f"{filled}.index", tmp_path / "index")


def run_damaging(path: Path, seed: int, rounds: int) -> None:
    """In a process of its own, whose death is a failure and not the end of all tests."""
    command = [sys.executable, "-m", "tests.corpus.damaging", str(path), str(seed), str(rounds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{done.stdout[-1000:]}\n{done.stderr[-2000:]}"


def test_no_damage_gives_a_wrong_answer_or_a_crash(filled: Path, tmp_path: Path):
    run_damaging(shutil.copy(filled, tmp_path), seed=0, rounds=12)


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(1, 5))
def test_no_damage_gives_a_wrong_answer_or_a_crash_many_times(filled: Path, tmp_path: Path, seed: int):
    run_damaging(shutil.copy(filled, tmp_path), seed=seed, rounds=60)


def test_arrays_are_read_as_they_were_written_and_every_block_is_verified(tmp_path: Path):
    path = tmp_path / "a.arrays"
    arrays: Arrays = {
        "long": np.arange(BLOCK // 2, dtype=np.int64),  # four blocks
        "grid": np.arange(6, dtype=np.float32).reshape(3, 2)[:, ::-1],
        "none": np.zeros((0, 2), dtype=np.uint8),
    }
    write_arrays(path, arrays, {"name": "ü"})
    found, metadata = read_arrays(path)
    assert metadata == {"name": "ü"}
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype
        assert not found[name].flags.writeable
    data = bytearray(path.read_bytes())
    data[-BLOCK - 65] ^= 1  # in the third block of the first array
    data[-1000] ^= 1  # in the fourth
    path.write_bytes(data)
    assert [each.partition(": ")[2] for each in check_arrays(path)] == [
        "long: block 2 of 4 is damaged",
        "long: block 3 of 4 is damaged",
    ]
    with pytest.raises(CorpusFileError, match=r"a\.arrays: long: block 2 of 4 is damaged"):
        read_arrays(path)


def test_what_is_no_file_of_arrays_is_refused(tmp_path: Path):
    path = tmp_path / "a.arrays"
    for content in (b"", b"\x80\x04K\x01.", b"recsys-arrays 9999999 0\n", b"recsys-arrays 2 1\n{}"):
        path.write_bytes(content)
        with pytest.raises(CorpusFileError, match=r"a\.arrays: cannot be read"):
            read_arrays(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CorpusFileError, match="regular file"):
        read_arrays(path)
    written = tmp_path / "b.arrays"
    write_arrays(written, {"x": np.array(["words"])}, {})
    with pytest.raises(CorpusFileError, match="expected numbers"):
        read_arrays(written)


def test_check_index_names_every_damaged_file(index: Path):
    assert check_index(index) == []
    assert check_index(index / "none") == []
    names = sorted(path.name for path in index.glob("*.arrays"))
    for name in names:
        data = bytearray((index / name).read_bytes())
        at = data.rindex(bytes(64 - len(data) % 64)) if len(data) % 64 else len(data) // 2
        data[at] ^= 0xFF
        (index / name).write_bytes(data)
    problems = check_index(index)
    assert {name for name in names if any(name in each for each in problems)} == set(names)
    (index / names[0]).unlink()
    assert any(names[0] in each and "No such file" in each for each in check_index(index))
    text = (index / MANIFEST).read_text(encoding="utf-8")
    (index / MANIFEST).write_text(text.replace('"batch": ', '"batch": 1'), encoding="utf-8")
    assert "checksum" in check_index(index)[0]


def test_a_damaged_index_is_made_again_and_a_warning_says_so(
    filled: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path = Path(shutil.copy(filled, tmp_path))
    shutil.copytree(f"{filled}.index", f"{path}.index")
    part = next(Path(f"{path}.index").glob("part-*"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    part.write_bytes(data)
    with Store.open(path) as store:
        expected = after_all(store)
        assert_same(open_corpus(store, expected.as_of), expected)
        assert part.name in caplog.text
        assert "is damaged; rebuilt from the store" in caplog.text
        assert check_index(index_of(store)) == []


def _broken(values: np.ndarray[Any, Any], at: int, value: float) -> np.ndarray[Any, Any]:
    changed = values.copy()
    changed[at] = value
    return changed


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("indptr", 0, -8),
        ("indptr", 3, 2**40),
        ("indptr", -1, 2**40),
        ("columns", 5, COLUMNS),
        ("columns", 5, -1),
        ("terms", 2, 2**31 - 1),
        ("terms", 2, -5),
        ("term_ptr", 1, 2**50),
        ("term_ptr", 4, -(2**50)),
        ("term_ptr", -1, 0),
        ("term_rows", 7, 2**30),
        ("term_rows", 7, -1),
        ("term_rows", -1, 2**30),
        ("term_tfidf", 3, 0),
        ("term_tfidf", 3, np.nan),
        ("tfidf", 3, np.inf),
        ("counts", 3, -1),
    ],
)
def test_what_would_lead_a_kernel_out_of_an_array_is_refused(index: Path, name: str, at: int, value: float):
    """Written with right checksums: so a fault of our own, or on purpose."""
    components = load_persisted(index)
    assert components is not None
    for field in ("text", "headline"):
        part = components.parts[0]
        segment = replace(part.terms[field], **{name: _broken(getattr(part.terms[field], name), at, value)})
        wrong = Part(part.articles, {**part.terms, field: segment})
        save_persisted(index, replace(components, parts=(wrong, *components.parts[1:])))
        with pytest.raises(CorpusFileError, match=rf"{field}\.\w+(: [a-z0-9_, ]+)?: expected"):
            load_persisted(index)
        assert f"{field}.{name}" in check_index(index)[0]


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("sections", 0, 99),
        ("summary_ptr", 2, 2**40),
        ("by_address", 1, 2**30),
        ("by_address", 1, -1),
        ("ids", 0, -1),
    ],
)
def test_what_would_lead_out_of_the_columns_of_articles_is_refused(
    index: Path, name: str, at: int, value: int
):
    components = load_persisted(index)
    assert components is not None
    part = components.parts[0]
    articles = replace(part.articles, **{name: _broken(getattr(part.articles, name), at, value)})
    save_persisted(index, replace(components, parts=(Part(articles, part.terms), *components.parts[1:])))
    with pytest.raises(CorpusFileError, match=rf"articles\.{name}: expected"):
        load_persisted(index)


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [("source_of", 0, 10_000), ("source_of", 0, -1), ("lengths", 1, 500), ("lengths", 1, -3)],
)
def test_what_would_lead_out_of_the_lists_is_refused(index: Path, name: str, at: int, value: int):
    components = load_persisted(index)
    assert components is not None
    lists = replace(components.lists[0], **{name: _broken(getattr(components.lists[0], name), at, value)})
    save_persisted(index, replace(components, lists=(lists,)))
    with pytest.raises(CorpusFileError, match=r"lists\.\w+: expected"):
        load_persisted(index)


def test_parts_that_do_not_follow_one_another_are_refused(index: Path):
    components = load_persisted(index)
    assert components is not None
    save_persisted(index, replace(components, parts=(*components.parts, *components.parts)))
    with pytest.raises(CorpusFileError, match=r"\.first: expected"):
        load_persisted(index)
    shorter = replace(components.parts[0], articles=components.parts[0].articles.cut(5), file=None)
    save_persisted(index, replace(components, parts=(shorter,)))
    with pytest.raises(CorpusFileError, match="expected 5 rows"):
        load_persisted(index)


def test_who_reads_an_index_goes_on_while_its_files_are_overwritten_in_place(filled: Path, tmp_path: Path):
    """As `cp -r backup.index/. news.db.index/` does: it truncates each file, then writes it."""
    path = Path(shutil.copy(filled, tmp_path))
    shutil.copytree(f"{filled}.index", f"{path}.index")
    script = """
import sys
from datetime import UTC, datetime
from recsys.corpus import open_corpus
from recsys.ranking.model_files import load_pretrained_weights
from recsys.ranking import LogisticRanker
from recsys.recommender import Recommender
from recsys.store import Store
end = datetime(2200, 1, 1, tzinfo=UTC)
with Store.open(sys.argv[1]) as store:
    archive = open_corpus(store, end)
    recommender = Recommender(archive, LogisticRanker(prior=load_pretrained_weights()))
    def ask():
        found = [recommender.recommend(archive.shown(row), end) for row in range(0, archive.size, 20)]
        return repr([[each.article.url for each in one] for one in found])
    print("ready", flush=True)
    sys.stdin.readline()  # nothing was read yet that a question reads
    first = ask()
    print("asked", flush=True)
    sys.stdin.readline()
    print("same" if ask() == first else "other", flush=True)
"""
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        for each in Path(f"{path}.index").iterdir():
            os.truncate(each, 0)
        print("go on", file=child.stdin, flush=True)
        assert child.stdout.readline() == "asked\n"
        for each in Path(f"{path}.index").iterdir():
            each.write_bytes(b"\xff" * 100_000)
        print("go on", file=child.stdin, flush=True)
        assert child.stdout.readline() == "same\n"
        assert child.wait(60) == 0
