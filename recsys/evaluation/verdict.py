"""The results of an evaluation in sentences."""

from __future__ import annotations

from typing import Final

from recsys.evaluation.plain_sentences import describe_plainly, name_plainly
from recsys.evaluation.results import FEWEST, MODEL, Difference, Evaluation, Figure, Leak, Task
from recsys.evaluation.shortfalls import Shortfall, find_shortfalls
from recsys.evaluation.slices import COLD_ARTICLE, NO_HISTORY

TASKS = ("related", "links", "appeal +1h", "clicks")
"""The tasks with a verdict; `links` only if there are no lists chosen by editors."""
SUBJECTS = {
    "related": "On related stories chosen by editors",
    "links": "On links in article texts",
    "appeal": "On the most-read list one hour later",
    "clicks": "On clicks in the widget",
}
NOT_ENOUGH_DATA = "Not enough data"
BETTER, WORSE, NEITHER = "better than", "worse than", "not measurably better or worse than"
_SUMMARIES: Final = {
    BETTER: "clearly better than",
    WORSE: "clearly worse than",
    NEITHER: "no clear difference from",
}


def describe_results(evaluation: Evaluation) -> tuple[str, ...]:
    """The results as sentences: warnings, what readers would see, a verdict per task, what is worse."""
    no_tasks = () if evaluation.tasks else (f"{NOT_ENOUGH_DATA}: no query of this period can be evaluated.",)
    tasks = verdict_tasks(evaluation)
    return (
        *list_warnings(evaluation),
        *no_tasks,
        *describe_plainly(tasks),
        *map(describe_task, tasks),
        *describe_shortfalls(evaluation),
    )


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


def summarize_task(task: Task) -> str:
    """The same in plain words: is the model clearly better than the best baseline?"""
    scope = f" ({task.name.partition(' (')[2]}" if " (" in task.name else ""
    subject = f"{SUBJECTS[task.kind]}{scope}"
    difference = task.rankers[MODEL].difference
    if task.n < FEWEST:
        return f"{subject}: {NOT_ENOUGH_DATA.lower()}."
    if difference is None or task.best_baseline is None:
        return f"{subject}: nothing to compare with."
    return f"{subject}: {_SUMMARIES[how_sure(difference)]} {name_plainly(task.best_baseline)}."


def describe_shortfalls(evaluation: Evaluation) -> tuple[str, ...]:
    """A sentence for every task and group of cold stories on which a baseline or a peer has a higher mean.

    A sentence of its own says that there are none; nothing is said without a task of FEWEST queries.
    """
    return tuple(sentence for _, sentences in group_shortfalls(evaluation) for sentence in sentences)


def group_shortfalls(evaluation: Evaluation) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """These sentences under headings: where the model is worse, and where that may be chance."""
    found = find_shortfalls(evaluation)
    worse = tuple(_describe_shortfall(each) for each in found if how_sure(each.difference) == WORSE)
    lower = tuple(_describe_shortfall(each) for each in found if how_sure(each.difference) != WORSE)
    if not found and any(task.n >= FEWEST for task in evaluation.tasks.values()):
        worse = ("No baseline is better than the model in any task or on cold stories.",)
    headed = (("Where the model is worse", worse), ("Too close to call, but lower", lower))
    return tuple((heading, sentences) for heading, sentences in headed if sentences)


def _describe_shortfall(each: Shortfall) -> str:
    sure = how_sure(each.difference) == WORSE
    lead = (
        f"Worse than {each.difference.than}" if sure else f"Below {each.difference.than}, perhaps by chance,"
    )
    return (
        f"{lead} on {_where(each)}: {metric_name(each.metric)} {each.ours:z.3f} against {each.theirs:z.3f},"
        f" {change(each.difference.figure)}, {each.n:,} queries."
    )


def _where(each: Shortfall) -> str:
    name, bracket, scope = each.task.partition(" (")
    if name.startswith("appeal"):
        hours = int(name.removeprefix("appeal +").partition("h")[0])
        new = "new entries of " if name.endswith(" new") else ""
        subject = f"{new}the most-read list {hours} hour{'s' if hours > 1 else ''} later"
    else:
        subject = SUBJECTS[name].removeprefix("On ")
    return f"{subject}{bracket}{scope}{_SUBSETS.get(each.subset, '')}"


_SUBSETS: Final = {
    f"article: {COLD_ARTICLE}": " for articles that had been on no list before",
    f"history: {NO_HISTORY}": " where the relevant stories are cold (never listed or linked before)",
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
    """Better than, worse than; neither if the interval by query or that by day contains 0."""
    figure = difference.figure
    known = (figure.low, figure.high) if figure.low is not None and figure.high is not None else None
    intervals = [interval for interval in (known, figure.by_day) if interval is not None]
    if intervals and all(low > 0 for low, _ in intervals):
        return BETTER
    if intervals and all(high < 0 for _, high in intervals):
        return WORSE
    return NEITHER


def change(figure: Figure) -> str:
    """`+0.112 [+0.083, +0.140]`: a difference with its interval, or with those by query and by day."""
    if figure.low is None or figure.high is None:
        return f"{figure.mean:+z.3f}"
    by_query = f"{figure.mean:+z.3f} [{figure.low:+z.3f}, {figure.high:+z.3f}]"
    if figure.by_day is None:
        return by_query
    return f"{by_query} by query, [{figure.by_day[0]:+z.3f}, {figure.by_day[1]:+z.3f}] by day"


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
