"""The sections of a report as values, for HTML and Markdown."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recsys.domain import format_time
from recsys.evaluation.report.report_tables import (
    Cell,
    Row,
    Table,
    beyond_table,
    describe_unsliced,
    groups,
    horizon_table,
    main_table,
    metrics_table,
    signed,
    slice_tables,
)
from recsys.evaluation.results import Evaluation, Example, LeakCheck, Provenance, SeenList, Task
from recsys.evaluation.verdict import (
    FEWEST,
    describe_leak,
    describe_plainly,
    describe_results,
    describe_task,
    list_warnings,
    verdict_tasks,
)

FEATURES: Final = 12
"""Maximum number of feature groups to show."""
WORDS: Final = (
    ("ranker", "a method that orders stories: the model or a baseline"),
    ("relevant story", "one that editors chose, that a text links to, or that is on a later most-read list"),
    ("nDCG@10", "how high the relevant stories are in the top ten; 1: all at the top, 0: none in the list"),
    ("MRR", "one over the rank of the first relevant story: 1 at the top, 0.5 in second place"),
    ("recall@10", "the share of the relevant stories that are in the top ten"),
    ("hit@10", "the share of lists whose top ten contain a relevant story"),
    ("MAP", "the precision at the rank of each relevant story, averaged"),
    ("SNIPS and IPS DCG", "how high the clicked stories would be; clicks are weighted to correct for"
     " positions that readers rarely look at"),
    ("95 % interval", "95 of 100 resamples of the queries give a figure in this range"),
    ("p", "the probability of a difference this large by chance; below 0.05 is called significant"),
    ("coverage, Gini", "the share of all stories that appear in some list; how unevenly they appear, from 0"
     " (equally often) to 1 (always the same)"),
    ("duplicates, diversity", "the share of stories that repeat one above them; how different the stories of"
     " a list are, up to 1 (nothing in common)"),
    ("popularity lift", "how much more often recommended stories were on a most-read list than others"),
    ("churn", "the share of a list that was not on the previous one"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict: its first part, the rest, and the same without metrics."""

    lead: str
    rest: str
    plainly: str


@dataclass(frozen=True, slots=True)
class Block:
    """A task or the horizons of one list, with main tables and further ones."""

    title: str
    says: str
    tables: tuple[Table, ...]
    more: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """The report."""

    warnings: tuple[str, ...]
    """Shown first: what makes all figures unreliable."""
    verdict: tuple[Verdict, ...]
    blocks: tuple[Block, ...]
    slices: tuple[Table, ...]
    unsliced: str
    """The properties without several slices, and why."""
    model: Table | None
    leaks: str
    systems: Table
    facts: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...]
    """Terms with their explanations, and the baselines."""


def build_sections(evaluation: Evaluation) -> Sections:
    """Everything of a report except plots and examples."""
    tasks = list(evaluation.tasks.values())
    return Sections(
        warnings=list_warnings(evaluation),
        verdict=_verdict(evaluation),
        blocks=tuple(_block(group) for group in groups(evaluation)),
        slices=slice_tables(tasks[0]) if tasks else (),
        unsliced=describe_unsliced(tasks[0]) if tasks else "",
        model=feature_table(evaluation),
        leaks=describe_leak_check(evaluation.leaks),
        systems=systems_table(evaluation.provenance),
        facts=list_facts(evaluation.provenance),
        words=explain_words(evaluation.provenance),
    )


def _verdict(evaluation: Evaluation) -> tuple[Verdict, ...]:
    if not evaluation.tasks:
        return (_cut(describe_results(evaluation)[-1], describe_no_queries(evaluation.provenance)),)
    return tuple(_cut(describe_task(task), describe_plainly(task)) for task in verdict_tasks(evaluation))


def _cut(sentence: str, plainly: str) -> Verdict:
    first, colon, rest = sentence.partition(": ")
    return Verdict(f"{first}{colon}".strip(), rest, plainly)


def describe_no_queries(provenance: Provenance) -> str:
    """Why there are no figures, what is shown instead, and what data is needed."""
    return (
        "No article of the period has a related list or links to evaluate against, there is no most-read"
        " list with a later one, and no click. The report therefore has no figures; it shows the data"
        f" ({provenance.articles:,} stories, {provenance.lists:,} lists), the features of the model, and its"
        f" recommendations. A verdict needs {FEWEST} queries: articles with related stories, links or clicks,"
        " or moments three hours apart with a most-read list and a later one."
    )


def describe_list(known: SeenList) -> str:
    """Kind, scope, site and time of a list."""
    scope = "" if known.scope is None else f", limited to {known.scope}"
    time = f"{known.observed_at.day} {known.observed_at:%b %Y, %H:%M} UTC"
    return f"{known.kind}{_KINDS.get(known.kind, '')}{scope}, {known.site}, observed {time}"


_KINDS: Final = {
    "popular": " (most read)",
    "related": " (chosen for an article)",
    "inline": " (links in a text)",
    "latest": " (by time)",
    "front_page": " (chosen by editors)",
}


def _block(tasks: Sequence[Task]) -> Block:
    first = tasks[0]
    scope = first.name.partition(" (")[2]
    if first.kind == "appeal":
        title = "Without an article" + (f" ({scope}" if scope else "")
        description = "The most-read list 1, 6 and 24 hours later, predicted without an article."
        more = [table for task in tasks for table in _named(task)]
        return Block(title, description, (horizon_table(tasks),), (*more, beyond_table(first)))
    titles = {"related": "For an article", "links": "For an article: links", "clicks": "Clicks"}
    more = [beyond_table(first)] if first.rankers["model"].beyond else []
    return Block(titles[first.kind], f"{first.says}.", (main_table(first), metrics_table(first)), tuple(more))


def _named(task: Task) -> list[Table]:
    """The tables of one horizon, with its name in their captions."""
    return [
        Table(f"{task.name}: {table.caption}", table.columns, table.rows, table.wide)
        for table in (main_table(task), metrics_table(task))
    ]


def feature_table(evaluation: Evaluation) -> Table | None:
    """The features of the model by effect; those with the same description share a row."""
    by_description: dict[tuple[str, str], list[float]] = {}
    for each in evaluation.model:
        by_description.setdefault((each.says, each.group), []).append(each.most)
    features = sorted(by_description.items(), key=lambda each: -abs(sum(each[1])))[:FEATURES]
    rows = tuple(
        Row(says, (Cell(group), Cell(signed(sum(most))), Cell(f"{len(most):,}")))
        for (says, group), most in features
        if any(most)
    )
    if not rows:
        return None
    caption = "The features with the largest effect on a score, which is the sum of their terms."
    return Table(caption, ("description", "group", "largest term", "features"), rows)


def systems_table(provenance: Provenance) -> Table:
    """The systems, with the digests of their files."""
    rows = tuple(
        Row(
            each.name,
            (
                Cell(each.kind),
                Cell(each.label),
                Cell(
                    "; ".join(f"{name} {digest[:12]}" for name, digest in each.digests.items())
                    or "\N{EN DASH}"
                ),
            ),
            each.kind == "model",
        )
        for each in provenance.systems
    )
    caption = "The systems, with the first twelve characters of the SHA-256 of their files; JSON has all."
    return Table(caption, ("name", "kind", "description", "files"), rows, wide=True, words=True)


def list_facts(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Data and settings as names and values."""
    period = f"{format_time(provenance.since)} to {format_time(provenance.until)}"
    trainings = [
        f"{_format_examples(each.contexts)} from {each.first or 'the start'} to {each.until or 'the end'},"
        f" used from {format_time(each.starts)}"
        for each in provenance.trainings
        if each.contexts
    ]
    return (
        ("Period", period),
        ("Store", provenance.store),
        ("Content", f"{provenance.articles:,} articles, {provenance.lists:,} lists"),
        ("SHA-256", provenance.digest),
        ("Training examples", _describe_trainings(provenance, trainings)),
        *((name.capitalize(), value) for name, value in provenance.settings.items()),
        ("Versions", ", ".join(f"{name} {version}" for name, version in provenance.versions.items())),
        ("Command", shlex.join(provenance.command) or "none (called from Python)"),
    )


def explain_words(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """The terms of the report, then its baselines."""
    baselines = (each for each in provenance.systems if each.kind == "baseline")
    return (*WORDS, *((each.name, f"a baseline: {each.label}") for each in baselines))


def _describe_trainings(provenance: Provenance, trainings: Sequence[str]) -> str:
    if not trainings:
        return "none from this store"
    prefix = "pretrained on " if provenance.systems[0].label == "pretrained" else ""
    return f"{prefix}{'; '.join(trainings)}"


def _format_examples(contexts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {source}" for source, count in contexts.items())


def describe_leak_check(check: LeakCheck) -> str:
    """The scope and the result of the leak check."""
    if check.leaks:
        return " ".join(map(describe_leak, check.leaks))
    if not check.queries:
        return "There was no query to check for leaks."
    early = f" {check.early:,} stories were known by headline only." if check.early else ""
    return (
        f"No leak found: {check.features:,} features and {check.rankers:,} rankers give the same results for"
        f" {check.queries:,} queries at {check.moments:,} moments with all later data deleted.{early}"
    )


def chosen_by(evaluation: Evaluation, example: Example) -> str:
    """The origin of the relevant stories of an example."""
    task = evaluation.tasks.get(example.task)
    return "" if task is None else _CHOSEN[task.kind]


_CHOSEN: Final = {
    "related": "Chosen by editors",
    "links": "Linked in the text",
    "appeal": "On the later most-read list",
    "clicks": "Clicked by readers",
}
