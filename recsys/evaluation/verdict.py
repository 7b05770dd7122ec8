"""The results of an evaluation in sentences."""

from __future__ import annotations

from recsys.evaluation.results import MODEL, Difference, Evaluation, Figure, Leak, Task

FEWEST = 20
"""Minimum number of queries for a verdict; fewer may all come from one section or one day."""
TASKS = ("related", "links", "appeal +1h", "clicks")
"""The tasks with a verdict; `links` only if there are no lists chosen by editors."""
SUBJECTS = {
    "related": "On related stories chosen by editors",
    "links": "On links in article texts",
    "appeal": "On the most-read list one hour later",
    "clicks": "On clicks in the widget",
}
NOT_ENOUGH_DATA = "Not enough data"


def describe_results(evaluation: Evaluation) -> tuple[str, ...]:
    """The results as sentences: warnings first, then a verdict per task."""
    no_tasks = () if evaluation.tasks else (f"{NOT_ENOUGH_DATA}: no query of this period can be evaluated.",)
    return (*list_warnings(evaluation), *no_tasks, *map(describe_task, verdict_tasks(evaluation)))


def list_warnings(evaluation: Evaluation) -> tuple[str, ...]:
    """What makes all figures unreliable: an overlap with the training data, and leaks."""
    overlap = (f"Unreliable: {sentence}." for sentence in evaluation.overlap)
    return (*overlap, *map(describe_leak, evaluation.leaks.leaks))


def verdict_tasks(evaluation: Evaluation) -> tuple[Task, ...]:
    """The tasks with a verdict."""
    tasks = [task for task in evaluation.tasks.values() if task.name.partition(" (")[0] in TASKS]
    return tuple(task for task in tasks if not (task.kind == "links" and "related" in evaluation.tasks))


def describe_task(task: Task) -> str:
    """A sentence: is the model better than the best baseline, by how much, with which uncertainty?"""
    subject = SUBJECTS[task.kind]
    scope = f" ({task.name.partition(' (')[2]}" if " (" in task.name else ""
    count = f"{task.n:,} {'query' if task.n == 1 else 'queries'}"
    ranked = task.rankers[MODEL]
    if task.n < FEWEST:
        return f"{subject}{scope}: {NOT_ENOUGH_DATA.lower()}, {count} where {FEWEST} are needed."
    if ranked.difference is None or task.best_baseline is None:
        return f"{subject}{scope} there is no baseline to compare with, {count}."
    theirs = task.rankers[task.best_baseline].figures[task.metric]
    sure = how_sure(ranked.difference)
    return (
        f"{subject}{scope} the model is {sure} {task.best_baseline}, the best baseline:"
        f" {metric_name(task.metric)} {ranked.figures[task.metric].mean:z.3f} against {theirs.mean:z.3f},"
        f" {change(ranked.difference.figure)}, {format_p(ranked.difference.p)}, {count}{_as_served(task)}."
    )


def describe_plainly(task: Task) -> str:
    """The verdict without metrics; empty if there is no verdict or no visible difference."""
    best = task.best_baseline
    if task.n < FEWEST or best is None or task.kind not in _PLAINLY:
        return ""
    metric, template = _PLAINLY[task.kind]
    ours, theirs = (f"{100 * task.rankers[name].figures[metric].mean:.0f}" for name in (MODEL, best))
    return "" if ours == theirs else template.format(ours=ours, theirs=theirs, best=best)


_PLAINLY = {
    "related": ("hit@10", "{ours} of 100 lists contain a story your editors chose; with {best}, {theirs}."),
    "links": ("hit@10", "{ours} of 100 lists contain a story the article links to; with {best}, {theirs}."),
    "appeal": ("recall@10", "It predicts {ours} of 100 entries of the most-read list; {best}, {theirs}."),
}


def best_first(task: Task) -> list[str]:
    """The rankers to show, by the main metric; without an article not those that need one."""
    names = [
        name for name, ranked in task.rankers.items() if not (task.kind == "appeal" and ranked.needs_article)
    ]
    return sorted(names, key=lambda name: -task.rankers[name].figures[task.metric].mean)


def _as_served(task: Task) -> str:
    """The figure of the order that readers were shown."""
    served = task.rankers.get("served")
    return "" if served is None else f"; as served it was {served.figures[task.metric].mean:z.3f}"


def how_sure(difference: Difference) -> str:
    """Better than, worse than; neither if the interval of the difference contains 0."""
    low, high = difference.figure.low, difference.figure.high
    if low is not None and low > 0:
        return "better than"
    if high is not None and high < 0:
        return "worse than"
    return "not measurably better or worse than"


def change(figure: Figure) -> str:
    """`+0.112 [+0.083, +0.140]`: a difference with its interval."""
    if figure.low is None or figure.high is None:
        return f"{figure.mean:+z.3f}"
    return f"{figure.mean:+z.3f} [{figure.low:+z.3f}, {figure.high:+z.3f}]"


def format_p(p: float) -> str:
    """`p = 0.034`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:z.3f}"


def describe_leak(leak: Leak) -> str:
    """A sentence on a leak: what depends on later observations, and for which query."""
    subject = {"feature": "the feature", "score": "the score of", "candidates": "the candidates of"}
    return (
        f"{subject[leak.what]} {leak.name} depends on later observations: {leak.with_future:.6g} for"
        f" {leak.story}, but {leak.without_future:.6g} without them (query {leak.query})"
    )


def metric_name(metric: str) -> str:
    """The usual spelling of a metric: nDCG@10, MRR, recall@10."""
    for name in ("dcg", "mrr", "map", "snips", "ips"):
        metric = metric.replace(name, name.upper())
    return metric
