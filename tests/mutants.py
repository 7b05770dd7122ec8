"""Mutation testing of formulas: change one, run the tests that should notice, and name the test that does.

    python -m tests.mutants            every mutant; a few seconds each
    python -m tests.mutants inlink     those whose name contains a word

Works on a copy of the project in a temporary folder. Exits with 1 if a mutant survives.
tests/project/test_mutants.py checks that every mutation still applies to the code.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COPIED = ("recsys", "tests", "benchmarks", "docs", "seeds", "pyproject.toml")
FAILED = re.compile(r"^(?:FAILED|ERROR) (?:tests/)?(.+?)(?: - |$)", re.MULTILINE)


class Mutant(NamedTuple):
    """A replacement in one file, below recsys/, and the tests below tests/ that should fail with it."""

    name: str
    file: str
    old: str
    new: str
    tests: str


FEATURES = "features/test_worked_examples.py"
LOSSES = "ranking/test_worked_losses.py"
DIAL = "ranking/test_dial.py"
BASELINES = "ranking/test_worked_baselines.py"
FIGURES = "evaluation/test_worked_figures.py"
PREDICTIONS = "corpus/test_worked_predictions.py"
RULES = "rules/test_steps.py"

LINKS = "ranking/features/link_features.py"
THREAD = "ranking/features/topic_features.py"

MUTANTS = (
    # features
    Mutant("inlink recency always 0", LINKS, "1 - log_scaled(hours,", "0 * log_scaled(hours,", FEATURES),
    Mutant(
        "related-inlink decay off", LINKS, "np.exp(-view.hours_since(", "(0 * view.hours_since(", FEATURES
    ),
    Mutant("self-co-citations counted", LINKS, "siblings != rows[candidate]", "siblings >= 0", FEATURES),
    Mutant(
        "outlink similarity 0", LINKS, "walk[:, 1] = np.bincount(", "walk[:, 1] = 0 * np.bincount(", FEATURES
    ),
    Mutant(
        "newer similarity reversed",
        THREAD,
        "[None, :] > candidate_set",
        "[None, :] < candidate_set",
        FEATURES,
    ),
    Mutant(
        "similarity of links not squared", LINKS, "similarity_to(rows) ** 2", "similarity_to(rows)", FEATURES
    ),
    Mutant(
        "related inlinks summed, not the largest",
        LINKS,
        "np.maximum.at(columns[:, 1]",
        "np.add.at(columns[:, 1]",
        FEATURES,
    ),
    Mutant("pareto rank off by one", THREAD, "1 / (1 + newer", "1 / (2 + newer", FEATURES),
    Mutant("old stories weighted up", THREAD, "similarity * (1 - gap)", "similarity * gap", FEATURES),
    Mutant("centrality not weighted", THREAD, "(by_text * similarity)", "(by_text * 1)", FEATURES),
    Mutant("another section", "ranking/features/article_features.py", "] == corpus", "] != corpus", FEATURES),
    Mutant(
        "BM25 over 40", "ranking/features/text_features.py", "_IS_BM25] /= 50", "_IS_BM25] /= 40", FEATURES
    ),
    # curves, losses, fit
    Mutant(
        "hat weights not cumulative",
        "ranking/splines.py",
        "np.cumsum(weights[:-1]",
        "np.abs(weights[:-1]",
        LOSSES,
    ),
    Mutant(
        "ramp gradient from the left",
        "ranking/splines.py",
        "by_column[:, ::-1], axis=1)[:, ::-1]",
        "by_column, axis=1)",
        LOSSES,
    ),
    Mutant(
        "segment lengths ignored",
        "ranking/splines.py",
        "/ np.diff(edges)[segment]",
        "/ np.diff(edges)[0]",
        LOSSES,
    ),
    Mutant(
        "listwise weights ignored",
        "ranking/losses.py",
        "group_weights = self.group_weights[group]",
        "group_weights = 1.0",
        LOSSES,
    ),
    Mutant(
        "listwise gradient without the choice",
        "ranking/losses.py",
        "total[group] - self.shares",
        "total[group] - 0.5",
        LOSSES,
    ),
    Mutant(
        "pointwise targets rounded",
        "ranking/losses.py",
        "- self.targets * scores",
        "- np.round(self.targets) * scores",
        LOSSES,
    ),
    Mutant(
        "pointwise curvature without 1 - p",
        "ranking/losses.py",
        "probabilities * (1 - probabilities)",
        "probabilities",
        LOSSES,
    ),
    Mutant(
        "prior twice as precise",
        "ranking/losses.py",
        "gradient + precision * shift",
        "gradient + 2 * precision * shift",
        LOSSES,
    ),
    Mutant(
        "fit around 0, not around the prior",
        "ranking/losses.py",
        "shift = weights - prior",
        "shift = weights",
        LOSSES,
    ),
    Mutant(
        "relatedness prior too weak",
        "ranking/logistic_ranker.py",
        "relatedness_precision: float = 30.0",
        "relatedness_precision: float = 3.0",
        LOSSES,
    ),
    Mutant("dial not geometric", "ranking/dial.py", "scale**for_relatedness", "scale", DIAL),
    Mutant("dial moves along the path", "ranking/dial.py", "exchanged[-1] < 1", "exchanged[-1] < 99", DIAL),
    # baselines
    Mutant("popularity does not decay", "ranking/baselines.py", "/ POPULARITY_HALF_LIFE", "* 0", BASELINES),
    Mutant(
        "persistence takes the worst place", "ranking/baselines.py", "np.maximum.at(", "np.add.at(", BASELINES
    ),
    Mutant(
        "newest ignores the hour",
        "ranking/baselines.py",
        "1 / (1 + candidate_set.hours)",
        "1 / (2 + candidate_set.hours)",
        BASELINES,
    ),
    # rules
    Mutant(
        "diversity does not lower the score's weight",
        "rules/steps.py",
        "(1 - diversity) * np",
        "1 * np",
        "rules/test_worked_examples.py",
    ),
    Mutant("one story fewer of a thread", "rules/steps.py", "<= most", "< most", RULES),
    Mutant(
        "minimum not weighted by the dial",
        "rules/rule_context.py",
        "else minimum * weight",
        "else minimum",
        RULES,
    ),
    Mutant("pins one place late", "rules/steps.py", "pins[0][0] <= position", "pins[0][0] < position", RULES),
    Mutant(
        "near-duplicates of a month",
        "rules/duplicates.py",
        "NEAR_HOURS = 72",
        "NEAR_HOURS = 720",
        "rules/test_stories.py",
    ),
    Mutant(
        "numbers do not tell stories apart",
        "rules/duplicates.py",
        "tuple(sorted(digits)) if digits",
        "() if digits",
        "rules/test_stories.py",
    ),
    # evaluation
    Mutant("discount of the next rank", "evaluation/metrics.py", "log2(rank + 1)", "log2(rank + 2)", FIGURES),
    Mutant("ideal list not cut", "evaluation/metrics.py", "reverse=True)[:k]", "reverse=True)", FIGURES),
    Mutant(
        "precision averaged over hits",
        "evaluation/metrics.py",
        "total / len(relevant)",
        "total / max(len(places), 1)",
        FIGURES,
    ),
    Mutant(
        "reciprocal rank at any depth",
        "evaluation/metrics.py",
        "enumerate(ranked[:DEPTH], start=1) if gain > 0), 0.0)",
        "enumerate(ranked, start=1) if gain > 0), 0.0)",
        FIGURES,
    ),
    Mutant(
        "one interval is enough",
        "evaluation/verdict.py",
        "all(low > 0 for low, _ in intervals)",
        "any(low > 0 for low, _ in intervals)",
        "evaluation/test_verdict.py",
    ),
    Mutant(
        "ties are wins",
        "evaluation/shown_examples.py",
        "if gain > TIED",
        "if gain >= -TIED",
        "evaluation/test_verdict.py",
    ),
    Mutant("interval of 90 percent", "evaluation/statistics.py", "(0.025, 0.975)", "(0.05, 0.95)", FIGURES),
    Mutant(
        "one-sided test", "evaluation/statistics.py", "np.abs(signs @ nonzero)", "(signs @ nonzero)", FIGURES
    ),
    Mutant(
        "ties are right", "evaluation/calibration.py", "margins == 0, 0.5,", "margins == 0, 1.0,", FIGURES
    ),
    Mutant(
        "clicks not discounted", "evaluation/counterfactual.py", "np.log2(ranks + 1)", "np.log2(2)", FIGURES
    ),
    Mutant(
        "effective clicks by weight",
        "evaluation/counterfactual.py",
        "each.weights**2",
        "each.weights",
        FIGURES,
    ),
    Mutant("gains start at 9", "evaluation/judgments.py", "PLACES + 1 - place", "PLACES - place", FIGURES),
    Mutant(
        "listed stories are new", "evaluation/judgments.py", "if row not in now}", "if row >= 0}", FIGURES
    ),
    Mutant(
        "diversity is similarity",
        "evaluation/beyond_accuracy.py",
        "1 - sum(pairs) /",
        "sum(pairs) /",
        FIGURES,
    ),
    # popularity model
    Mutant(
        "outcomes of two days",
        "corpus/popularity_model.py",
        "first_seen[articles] + DAY",
        "first_seen[articles] + 2 * DAY",
        PREDICTIONS,
    ),
    Mutant(
        "hours over 12",
        "corpus/popularity_model.py",
        "minlength=len(outcomes)) / 24",
        "minlength=len(outcomes)) / 12",
        PREDICTIONS,
    ),
    Mutant("stories teach at once", "corpus/popularity_model.py", "size] - DAY,", "size],", PREDICTIONS),
    Mutant("learns half as fast", "corpus/popularity_model.py", "step=0.5", "step=0.25", FEATURES),
    # training
    Mutant(
        "click weights not normalised",
        "training/clicks/click_examples.py",
        "inverse / inverse.mean()",
        "inverse",
        "training/test_click_examples.py",
    ),
    Mutant(
        "propensities clipped at .5",
        "training/clicks/click_examples.py",
        "SMALLEST_PROPENSITY = 0.1",
        "SMALLEST_PROPENSITY = 0.5",
        "training/test_click_examples.py",
    ),
    Mutant(
        "first position alone exposes",
        "training/clicks/propensity.py",
        "np.bincount(self.stories, chances) /",
        "1 /",
        "training/test_propensity.py",
    ),
    Mutant(
        "no smoothing of propensities",
        "training/clicks/propensity.py",
        "PSEUDO_CLICKS = 10.0",
        "PSEUDO_CLICKS = 0.001",
        "training/test_propensity.py",
    ),
    Mutant(
        "propensities may rise",
        "training/clicks/propensity.py",
        "increasing=False).x",
        "increasing=True).x",
        "training/test_propensity.py",
    ),
    Mutant(
        "careless readers not counted",
        "training/clicks/influence.py",
        "CARELESS / len(scores)",
        "0.0",
        "training/test_click_influence.py",
    ),
    Mutant(
        "relevance summed over horizons",
        "training/examples.py",
        "places[theirs] / len(labels)",
        "places[theirs]",
        "training/test_worked_training.py",
    ),
    Mutant(
        "related box predicted when seen",
        "training/examples.py",
        "return min(int(lists.times",
        "return max(int(lists.times",
        "training/test_worked_training.py",
    ),
    Mutant(
        "training starts at 0",
        "training/train.py",
        "return pretrained.ranker.weights_, True",
        "return RankerWeights.blank(), True",
        "training/test_worked_training.py",
    ),
)


def applied(mutant: Mutant, text: str) -> str:
    """The text of the mutant's file, mutated; ValueError unless its old text occurs exactly once."""
    if text.count(mutant.old) != 1:
        count = text.count(mutant.old)
        raise ValueError(
            f"{mutant.name}: {mutant.old!r} occurs {count} times in recsys/{mutant.file}, expected 1"
        )
    return text.replace(mutant.old, mutant.new)


def killing_test(mutant: Mutant, project: Path) -> str | None:
    """The first test that fails with the mutant, or None if it survives."""
    path = project / "recsys" / mutant.file
    original = path.read_text(encoding="utf-8")
    _write(path, applied(mutant, original))
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
        ran = subprocess.run(
            [*command, f"tests/{mutant.tests}"],
            cwd=project,
            env=os.environ | {"PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        _write(path, original)
    if ran.returncode == 0:
        return None
    failed = FAILED.search(ran.stdout)
    if failed is None:
        raise RuntimeError(f"{mutant.name}: no test ran\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return failed[1]


def _write(path: Path, text: str) -> None:
    """Write a module and drop its bytecode, which could look up to date within the same second."""
    path.write_text(text, encoding="utf-8")
    for cached in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        cached.unlink()


def main(words: Sequence[str]) -> int:
    """Run the mutants whose name contains one of the words, all without words; print the table."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            source, target = ROOT / name, Path(folder) / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        print("| mutant | file | killed by |\n| --- | --- | --- |")  # noqa: T201
        for mutant in chosen:
            killer = killing_test(mutant, Path(folder))
            survivors += killer is None
            print(f"| {mutant.name} | {mutant.file} | {killer or 'SURVIVED'} |", flush=True)  # noqa: T201
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
