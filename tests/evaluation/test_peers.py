"""Rankers of other libraries: what they need, what they refuse, and how they score."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys.errors import EvaluationError, InvalidValueError
from recsys.evaluation.peers import (
    PeerRequest,
    check_folder,
    score_by_embeddings,
    score_by_trees,
    tree_features,
)
from recsys.ranking.features import APPEAL, RELATEDNESS, CandidateSet, QueryContext, compute, find_candidates
from recsys.ranking.model_files import load_pretrained_weights
from recsys.training import build_query_groups, group_lists
from tests.evaluation.last_column_learner import Learner
from tests.newsroom import NAMES, address, at, newsroom_corpus


@pytest.mark.parametrize("peer", ["lambdamart", "embeddings:model"])
def test_a_peer_without_its_library_says_what_to_install(peer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sentence_model(tmp_path / "model")
    for library in ("lightgbm", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(EvaluationError, match=r"needs (lightgbm|sentence-transformers): install it \(pip"):
        PeerRequest.parse(peer)


@pytest.mark.parametrize("peer", ["", "gpt", "embeddings", "embeddings:", "lambdamart:here"])
def test_an_unknown_peer_is_refused(peer):
    with pytest.raises(InvalidValueError, match="lambdamart or embeddings:FOLDER"):
        PeerRequest.parse(peer)


def sentence_model(folder: Path, kind: str = "sentence_transformers.models.Transformer") -> Path:
    folder.mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "type": kind}]), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


def test_only_a_local_folder_of_plain_arrays_is_accepted(tmp_path):
    check_folder(sentence_model(tmp_path / "good"))
    with pytest.raises(EvaluationError, match="none is downloaded"):
        check_folder(tmp_path / "somebody" / "some-model")
    with pytest.raises(EvaluationError, match=r"evil\.Module is not of sentence_transformers"):
        check_folder(sentence_model(tmp_path / "foreign", "evil.Module"))
    for name in ("pytorch_model.bin", "0_Module/model.PT", "modeling.py"):
        folder = sentence_model(tmp_path / name.replace("/", "-"))
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
        with pytest.raises(EvaluationError, match="may run code"):
            check_folder(folder)
    broken = sentence_model(tmp_path / "broken")
    (broken / "modules.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(EvaluationError, match="cannot be read"):
        check_folder(broken)


def candidates(hour: float = 180.0) -> CandidateSet:
    corpus = newsroom_corpus()
    context = QueryContext(corpus.at(at(hour)), corpus.query_row(corpus.row_of[address(60)]))
    return CandidateSet(context, find_candidates(context))


def test_embeddings_rank_by_the_cosine_and_embed_every_text_once():
    embedded: list[str] = []

    def encode(texts):
        embedded.extend(texts)
        counts = np.array([[text.count(name) for name in NAMES] for text in texts], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    measure, asked = score_by_embeddings(encode), candidates()
    scores = measure(asked)
    best = asked.rows[scores > 0.99]
    assert best.size
    assert {row % len(NAMES) for row in best.tolist()} == {60 % len(NAMES)}
    assert (measure(asked) == scores).all()
    assert len(embedded) == len(set(embedded)) == len(asked.rows) + 1
    alone = QueryContext(asked.view)
    assert not measure(CandidateSet(alone, asked.rows)).any()


def test_trees_learn_from_related_lists_with_the_appeal_of_the_model_as_a_column():
    view, appeal, learner = newsroom_corpus().at(at(150)), load_pretrained_weights().appeal, Learner()
    groups = [group for built in build_query_groups(view, group_lists(view)) for _, group in built]
    asked = candidates()
    scores = score_by_trees(learner, groups, appeal)(asked)
    beside = [group for group in groups if group.has_article]
    assert learner.taught["group"] == [len(group.relevance) for group in beside]
    assert learner.taught["label"].sum() == sum((group.relevance > 0).sum() for group in beside)
    assert learner.features.shape[1] == len(learner.taught["feature_name"])
    expected = tree_features(compute(RELATEDNESS, asked), compute(APPEAL, asked), appeal)[:, -1]
    assert scores == pytest.approx(expected)
    with pytest.raises(EvaluationError, match="to learn from"):
        score_by_trees(learner, [], appeal)
