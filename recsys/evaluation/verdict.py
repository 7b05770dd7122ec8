"""The verdict: what an evaluation says, in sentences."""

from __future__ import annotations

from recsys.evaluation.results import MODEL, Difference, Evaluation, Figure, Leak, Task

FEWEST = 20
"""Queries; with fewer no verdict is given, because so few may all be of one kind or one day."""
TASKS = ("related", "links", "appeal +1h", "clicks")
"""What a verdict is given on, of the tasks that were asked. Links only where no editors' lists are."""
WON = {
    "related": ("Beside an article", "finds what editors chose"),
    "links": ("Beside an article", "finds what texts link to"),
    "appeal": ("An hour ahead", "foretells the readers' ranking"),
    "clicks": ("In what was shown", "puts first what readers clicked"),
}
TOO_LITTLE = "The evidence is too small for a figure"
SILENT = frozenset({"tfidf", "bm25"})
"""Baselines that read nothing but text: at a moment they have nothing to read and are not shown."""


def tell_verdict(evaluation: Evaluation) -> tuple[str, ...]:
    """Sentences, the most important first: what speaks against all figures, then what they say."""
    nothing = () if evaluation.tasks else (f"{TOO_LITTLE}: nothing of this period can be judged.",)
    return (*tell_doubts(evaluation), *nothing, *map(tell_task, verdict_tasks(evaluation)))


def tell_doubts(evaluation: Evaluation) -> tuple[str, ...]:
    """What speaks against all figures."""
    overlap = (f"Not to be trusted: {sentence}." for sentence in evaluation.overlap)
    return (*overlap, *map(tell_leak, evaluation.leaks.leaks))


def verdict_tasks(evaluation: Evaluation) -> tuple[Task, ...]:
    """The tasks on which a verdict is given."""
    told = [task for task in evaluation.tasks.values() if task.name.partition(" (")[0] in TASKS]
    return tuple(task for task in told if not (task.kind == "links" and "related" in evaluation.tasks))


def tell_task(task: Task) -> str:
    """Whether the model is better than the best baseline, by how much, and how sure that is."""
    where, what = WON[task.kind]
    scope = f" ({task.name.partition(' (')[2]}" if " (" in task.name else ""
    counted = f"{task.n:,} {'query' if task.n == 1 else 'queries'}"
    ranked = task.rankers[MODEL]
    if task.n < FEWEST:
        return f"{where}{scope}: {TOO_LITTLE.lower()}, {counted} where {FEWEST} are needed."
    if ranked.difference is None or task.best_baseline is None:
        return f"{where}{scope} the model has no baseline to be held against, {counted}."
    theirs = task.rankers[task.best_baseline].figures[task.metric]
    sure = how_sure(ranked.difference)
    return (
        f"{where}{scope} the model {what} {sure} {task.best_baseline}, the best baseline:"
        f" {metric_name(task.metric)} {ranked.figures[task.metric].mean:.3f} against {theirs.mean:.3f},"
        f" {change(ranked.difference.figure)}, {tell_p(ranked.difference.p)}, {counted}{_as_served(task)}."
    )


def tell_plainly(task: Task) -> str:
    """The same for somebody who knows no metric; nothing where no verdict is given, or they do not differ."""
    best = task.best_baseline
    if task.n < FEWEST or best is None or task.kind not in _PLAINLY:
        return ""
    metric, says = _PLAINLY[task.kind]
    ours, theirs = (f"{task.rankers[name].figures[metric].mean:.0%}" for name in (MODEL, best))
    return "" if ours == theirs else says.format(ours=ours, theirs=theirs, best=best)


_LISTS, _THEIRS = "In {ours} of its lists of ten stands a story", ", with {best} in {theirs}."
_PLAINLY = {
    "related": ("hit@10", f"{_LISTS} that editors chose{_THEIRS}"),
    "links": ("hit@10", f"{_LISTS} that is linked{_THEIRS}"),
    "appeal": ("recall@10", "It names {ours} of what will stand there, {best} {theirs}."),
}


def best_first(task: Task) -> list[str]:
    """The rankers that are shown, by the main metric."""
    silent = SILENT if task.kind == "appeal" else frozenset[str]()
    names = [name for name in task.rankers if name not in silent]
    return sorted(names, key=lambda name: -task.rankers[name].figures[task.metric].mean)


def _as_served(task: Task) -> str:
    """What readers were shown, beside what they would have been."""
    served = task.rankers.get("served")
    return "" if served is None else f"; as served it was {served.figures[task.metric].mean:.3f}"


def how_sure(difference: Difference) -> str:
    """Better than, worse than; or neither, where the interval of the difference holds 0."""
    low, high = difference.figure.low, difference.figure.high
    if low is not None and low > 0:
        return "better than"
    if high is not None and high < 0:
        return "worse than"
    return "not measurably better or worse than"


def change(figure: Figure) -> str:
    """`+0.112 [+0.083, +0.140]`: a difference with its interval."""
    if figure.low is None or figure.high is None:
        return f"{figure.mean:+.3f}"
    return f"{figure.mean:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"


def tell_p(p: float) -> str:
    """`p = 0.034`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def tell_leak(leak: Leak) -> str:
    """What knows the future, and where that was seen."""
    what = {"feature": "the feature", "score": "the score of", "candidates": "the search of candidates of"}
    return (
        f"{what[leak.what]} {leak.name} knows the future: {leak.with_future:.6g} for {leak.story}, but"
        f" {leak.without_future:.6g} when everything from the moment on is deleted (query {leak.query})"
    )


def metric_name(metric: str) -> str:
    """As people write it: nDCG@10, MRR, recall@10."""
    for name in ("dcg", "mrr", "map", "snips", "ips"):
        metric = metric.replace(name, name.upper())
    return metric
