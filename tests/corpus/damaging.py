"""Run as a process: damages an index at random and asks it; a crash of it is seen by who started it.

Usage: python -m tests.corpus.damaging STORE SEED ROUNDS. It exits with 0 when every damaged index gave the
answers of an index that is made anew, and was either found damaged or was none the worse.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from recsys.corpus import CorpusFollower
from recsys.corpus.array_files import BLOCK
from recsys.corpus.persistence import check_index
from recsys.ranking import LogisticRanker
from recsys.ranking.model_files import load_pretrained_weights
from recsys.recommender import Recommender
from recsys.store import Store

AS_OF = datetime(2200, 1, 1, tzinfo=UTC)
RANKER = LogisticRanker(prior=load_pretrained_weights())


def damage(path: Path, chance: random.Random) -> str:
    """Change a file in one of the ways in which disks, crashes and people do it; says which."""
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    how = chance.choice(["bit", "byte", "page", "cut", "empty", "longer", "swapped"])
    if how == "bit":
        data[at] ^= 1 << chance.randrange(8)
    elif how == "byte":
        data[at] = chance.randrange(256)
    elif how == "page":
        page = at // 4096 * 4096
        data[page : page + 4096] = bytes(len(data[page : page + 4096]))
    elif how == "cut":
        del data[at:]
    elif how == "empty":
        data.clear()
    elif how == "longer":
        data += bytes(chance.randrange(1, 5000))
    else:
        other = chance.randrange(len(data))
        data[at : at + 64], data[other : other + 64] = data[other : other + 64], data[at : at + 64]
    path.write_bytes(data)
    return f"{how} at {at} of {path.name}"


def answers(store: Store, folder: Path) -> str:
    """A digest of everything in an index that kernels read, and of some answers."""
    follower = CorpusFollower(store, folder)
    corpus = follower.corpus(AS_OF)
    digest = hashlib.sha256()
    for terms in corpus.terms.values():
        for segment in terms.segments:
            for name in ("indptr", "columns", "tfidf", "term_ptr", "term_rows", "term_tfidf"):
                digest.update(getattr(segment, name).tobytes())
    for name in ("times", "articles", "positions", "clicks", "pages"):
        digest.update(getattr(corpus.lists, name).tobytes())
    for row in range(corpus.size):
        digest.update(repr(corpus.shown(row)).encode())
    recommender = Recommender(corpus, RANKER)
    for row in range(0, corpus.size, 23):
        found = recommender.recommend(corpus.shown(row), AS_OF)
        digest.update(repr([(each.article.url, f"{each.score:.4f}") for each in found]).encode())
    return digest.hexdigest()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(place: str, seed: str, rounds: str) -> int:
    chance, failed = random.Random(int(seed)), 0
    with Store.open(place) as store:
        whole, folder = Path(f"{place}.whole"), Path(f"{place}.damaged")
        CorpusFollower(store, whole).save()
        expected, found = answers(store, whole), 0
        assert check_index(whole) == []
        for _ in range(int(rounds)):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(whole, folder)
            said = damage(chance.choice(sorted(folder.iterdir())), chance)
            say(said)
            found += bool(check_index(folder))
            if answers(store, folder) != expected:
                say("WRONG")
                failed += 1
    say(f"{rounds} rounds of at most {BLOCK} bytes a block, {found} found damaged, {failed} wrong")
    return 1 if failed or found < int(rounds) // 2 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
