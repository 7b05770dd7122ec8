"""What a report says in its order, as values that HTML and Markdown write each in their way."""

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
    groups,
    horizon_table,
    main_table,
    metrics_table,
    signed,
    slice_tables,
    tell_uncut,
)
from recsys.evaluation.results import Evaluation, Example, LeakCheck, Provenance, SeenList, Task
from recsys.evaluation.verdict import (
    FEWEST,
    tell_doubts,
    tell_leak,
    tell_plainly,
    tell_task,
    tell_verdict,
    verdict_tasks,
)

FEATURES: Final = 12
"""Groups of features of the model that are shown."""
WORDS: Final = (
    ("ranker", "what puts stories in order: the model, and the baselines that it is held against"),
    ("nDCG@10", "how far up in a list of ten the right stories stand; 1: all at the top, 0: none is there"),
    ("MRR", "one over the rank of the first right story: 1 at the top, 0.5 in the second place"),
    ("recall@10", "the share of the right stories that is among the first ten"),
    ("hit@10", "the share of lists of ten in which at least one story is right"),
    ("MAP", "how pure a list is down to each right story, averaged over all of them"),
    ("SNIPS and IPS DCG", "how far up what readers clicked would stand; clicks count by how seldom readers"
     " look at their place"),
    ("95 % interval", "drawn anew from the same queries, the figure lies in it 95 times in 100"),
    ("p", "how often chance alone gives a difference as large; below 0.05 is called clear"),
    ("coverage, Gini", "the share of all stories that stood in some list; and how unevenly they got their"
     " places, 0: all alike, near 1: one has all"),
    ("duplicates, diversity", "the share of stories that repeat one above them; and how unlike one another"
     " the stories of a list are, 1: nothing in common"),
    ("popularity lift", "how many times as often as any story a shown one has stood on a readers' ranking"),
    ("churn", "the share of a list that was not on it at the moment before"),
    ("newest, popularity, persistence", "baselines that read no text: by time, by readers' rankings so far,"
     " the ranking as it stands"),
    ("tfidf, bm25", "baselines that read nothing but text"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the verdict, cut after what is said first, and the same for who knows no metric."""

    lead: str
    rest: str
    plainly: str


@dataclass(frozen=True, slots=True)
class Block:
    """A task, or the horizons of one, with its tables; `more` are for those who ask further."""

    title: str
    says: str
    tables: tuple[Table, ...]
    more: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """The report."""

    warnings: tuple[str, ...]
    """What speaks against every figure: first of all."""
    verdict: tuple[Said, ...]
    blocks: tuple[Block, ...]
    slices: tuple[Table, ...]
    uncut: str
    """By what the queries were not cut, and why; or nothing."""
    model: Table | None
    leaks: str
    contestants: Table
    facts: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...] = WORDS


def build_sections(evaluation: Evaluation) -> Sections:
    """Everything of a report but its figures and examples."""
    tasks = list(evaluation.tasks.values())
    return Sections(
        warnings=tell_doubts(evaluation),
        verdict=_verdict(evaluation),
        blocks=tuple(_block(together) for together in groups(evaluation)),
        slices=slice_tables(tasks[0]) if tasks else (),
        uncut=tell_uncut(tasks[0]) if tasks else "",
        model=model_table(evaluation),
        leaks=tell_leaks(evaluation.leaks),
        contestants=contestants_table(evaluation.provenance),
        facts=tell_facts(evaluation.provenance),
    )


def _verdict(evaluation: Evaluation) -> tuple[Said, ...]:
    if not evaluation.tasks:
        return (_cut(tell_verdict(evaluation)[-1], tell_unjudged(evaluation.provenance)),)
    return tuple(_cut(tell_task(task), tell_plainly(task)) for task in verdict_tasks(evaluation))


def _cut(sentence: str, plainly: str) -> Said:
    first, colon, rest = sentence.partition(": ")
    return Said(f"{first}{colon}".strip(), rest, plainly)


def tell_unjudged(provenance: Provenance) -> str:
    """Why there is no figure, what is shown instead, and what it would take."""
    return (
        "No article of the period came with a list of related stories or links that could be held against the"
        " recommendations, no readers' ranking with a later one, no click. So no figure is given."
        f" What is known ({provenance.articles:,} stories, {provenance.lists:,} lists), what the model goes"
        " by and what it recommends are shown as they are; nobody has judged them. A verdict takes"
        f" {FEWEST} queries: articles with lists of related stories, links or clicks, or moments three hours"
        " apart with a readers' ranking and a later one."
    )


def tell_list(known: SeenList) -> str:
    """What kind of list it is, where and when it was seen."""
    scope = "" if known.scope is None else f", limited to {known.scope}"
    time = f"{known.observed_at.day} {known.observed_at:%b %Y, %H:%M} UTC"
    return f"{known.kind}{_KINDS.get(known.kind, '')}{scope}, {known.site}, seen {time}"


_KINDS: Final = {
    "popular": " (ranked by readers)",
    "related": " (chosen for one article)",
    "inline": " (links in a text)",
    "latest": " (by time)",
    "front_page": " (chosen by editors)",
}


def _block(tasks: Sequence[Task]) -> Block:
    first = tasks[0]
    where = first.name.partition(" (")[2]
    if first.kind == "appeal":
        title = "At a moment" + (f" ({where}" if where else "")
        says = "What readers will rank 1, 6 and 24 hours later, foretold at a moment."
        more = [table for task in tasks for table in _named(task)]
        return Block(title, says, (horizon_table(tasks),), (*more, beyond_table(first)))
    titles = {"related": "Beside an article", "links": "Beside an article: links", "clicks": "Clicks"}
    more = [beyond_table(first)] if first.rankers["model"].beyond else []
    return Block(titles[first.kind], f"{first.says}.", (main_table(first), metrics_table(first)), tuple(more))


def _named(task: Task) -> list[Table]:
    """The tables of one horizon, each with its name in front."""
    return [
        Table(f"{task.name}: {table.caption}", table.columns, table.rows, table.wide)
        for table in (main_table(task), metrics_table(task))
    ]


def model_table(evaluation: Evaluation) -> Table | None:
    """What the model goes by; features that are put in the same words are one line."""
    together: dict[tuple[str, str], list[float]] = {}
    for each in evaluation.model:
        together.setdefault((each.says, each.group), []).append(each.most)
    told = sorted(together.items(), key=lambda each: -abs(sum(each[1])))[:FEATURES]
    rows = tuple(
        Row(says, (Cell(group), Cell(signed(sum(most))), Cell(f"{len(most):,}")))
        for (says, group), most in told
        if any(most)
    )
    if not rows:
        return None
    caption = "What can move a score most, beside an article; the score is a sum of such parts."
    return Table(caption, ("what", "part of", "adds at most", "features"), rows)


def contestants_table(provenance: Provenance) -> Table:
    """Who took part, with digests."""
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
        for each in provenance.contestants
    )
    caption = "Who took part; of files the first twelve characters of their SHA-256, JSON has all."
    return Table(caption, ("name", "kind", "what", "files"), rows, wide=True, words=True)


def tell_facts(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Data and settings, a name and a value each."""
    period = f"{format_time(provenance.since)} to {format_time(provenance.until)}"
    learnt = [
        f"{_contexts(each.contexts)} seen from {each.first or 'the start'} to {each.until or 'the end'},"
        f" in use from {format_time(each.starts)}"
        for each in provenance.trainings
        if each.contexts
    ]
    return (
        ("Period", period),
        ("Store", provenance.store),
        ("Its content", f"{provenance.articles:,} articles, {provenance.lists:,} lists"),
        ("SHA-256 of it", provenance.digest),
        ("The model learnt from", _learnt(provenance, learnt)),
        *((name.capitalize(), value) for name, value in provenance.settings.items()),
        ("Versions", ", ".join(f"{name} {version}" for name, version in provenance.versions.items())),
        ("Command", shlex.join(provenance.command) or "none: called from Python"),
    )


def _learnt(provenance: Provenance, learnt: Sequence[str]) -> str:
    if not learnt:
        return "nothing here: weights learnt elsewhere"
    shipped = "before it was shipped with recsys: " if provenance.contestants[0].label == "prior" else ""
    return f"{shipped}{'; '.join(learnt)}"


def _contexts(contexts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {source}" for source, count in contexts.items())


def tell_leaks(check: LeakCheck) -> str:
    """What was looked for in the future, and what was found."""
    if check.leaks:
        return " ".join(map(tell_leak, check.leaks))
    if not check.queries:
        return "There was no query on which to look for a leak."
    early = f" {check.early:,} stories were known by headline alone." if check.early else ""
    return (
        f"No leak was found: {check.features:,} features and {check.rankers:,} rankers gave the same for"
        f" {check.queries:,} queries at {check.moments:,} moments with everything later deleted.{early}"
    )


def chosen_by(evaluation: Evaluation, example: Example) -> str:
    """Who chose what is right in an example."""
    task = evaluation.tasks.get(example.task)
    return "" if task is None else _CHOSEN[task.kind]


_CHOSEN: Final = {
    "related": "What the editors chose",
    "links": "What its text links to",
    "appeal": "What the readers' ranking held",
    "clicks": "What readers clicked",
}
