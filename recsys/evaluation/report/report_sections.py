"""The sections of a report as values, for HTML and Markdown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recsys.domain import format_time
from recsys.evaluation.data_quality import KIND_NAMES, DataQuality, describe_data
from recsys.evaluation.plain_sentences import RANKERS, describe_plainly, name_plainly
from recsys.evaluation.report.report_tables import (
    MINUS,
    Cell,
    Row,
    Table,
    beyond_table,
    day_counts_table,
    describe_unsliced,
    groups,
    horizon_table,
    list_counts_table,
    main_table,
    metrics_table,
    signed,
    slice_tables,
)
from recsys.evaluation.results import (
    FEWEST,
    MODEL,
    Evaluation,
    Example,
    LeakCheck,
    Provenance,
    SeenList,
    Task,
)
from recsys.evaluation.shown_examples import has_examples
from recsys.evaluation.verdict import (
    describe_leak,
    describe_results,
    describe_task,
    group_shortfalls,
    list_warnings,
    metric_name,
    summarize_task,
    verdict_tasks,
)

FEATURES: Final = 12
"""Maximum number of feature groups to show."""
SITES: Final = 3
"""Maximum number of sites to name at the top."""
WORDS: Final = (
    ("method", "a way of ordering stories: the model or a baseline"),
    ("relevant story", "one that editors chose, that a text links to, or that is on a later most-read list"),
    ("nDCG@10", "how high the relevant stories are in the top ten; 1: all at the top, 0: none in the list"),
    ("MRR", "one over the rank of the first relevant story: 1 at the top, 0.5 in second place"),
    ("recall@10", "the share of the relevant stories that are in the top ten"),
    ("hit@10", "the share of lists whose top ten contain a relevant story"),
    ("MAP", "the precision at the rank of each relevant story, averaged"),
    ("SNIPS and IPS DCG", "how high the clicked stories would be; clicks are weighted to correct for"
     " positions that readers rarely look at"),
    ("interval by query", "95 of 100 resamples of the queries give a figure in this range; too narrow where"
     " the queries of a day resemble each other"),
    ("interval by day", "95 of 100 resamples of whole days give a figure in this range; trust the wider of"
     " the two: better or worse is said only if neither contains 0. Fewer than five days have none"),
    ("p", "the probability of a difference this large by chance; below 0.05 is called significant"),
    ("coverage, Gini", "the share of all stories that appear in some list; how unevenly they appear, from 0"
     " (equally often) to 1 (always the same)"),
    ("same story twice, diversity", "the share of stories that repeat one above them; how different the"
     " stories of a list are, up to 1 (nothing in common)"),
    ("popularity lift", "how much more often recommended stories were on a most-read list than others"),
    ("churn", "the share of a list that was not on the previous one"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict: its first part and the rest."""

    lead: str
    rest: str


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

    sites: str
    warnings: tuple[str, ...]
    """Shown first: what makes all figures unreliable."""
    plainly: tuple[str, ...]
    """The verdict in plain words; empty if there is none."""
    verdict: tuple[Verdict, ...]
    shortfalls: tuple[tuple[str, tuple[str, ...]], ...]
    """Where the model is worse than a baseline, or may be, under headings."""
    blocks: tuple[Block, ...]
    slices: tuple[Table, ...]
    examples: str
    """What the examples are, and how often the model is better, worse and equal."""
    unsliced: str
    """The properties without several slices, and why."""
    model: Table | None
    leaks: str
    data: tuple[str, ...]
    """How much was collected, in sentences."""
    data_warnings: tuple[str, ...]
    data_tables: tuple[Table, ...]
    systems: Table
    facts: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...]
    """Terms with their explanations, and the baselines."""


def build_sections(evaluation: Evaluation) -> Sections:
    """Everything of a report except plots and examples."""
    tasks = list(evaluation.tasks.values())
    return Sections(
        sites=describe_sites(evaluation.data),
        warnings=list_warnings(evaluation),
        plainly=describe_plainly(verdict_tasks(evaluation)),
        verdict=_verdict(evaluation),
        shortfalls=tuple(
            (heading, tuple(map(typeset, sentences))) for heading, sentences in group_shortfalls(evaluation)
        ),
        blocks=tuple(_block(group) for group in groups(evaluation)),
        slices=slice_tables(tasks[0]) if tasks else (),
        examples=describe_examples(evaluation),
        unsliced=describe_unsliced(tasks[0]) if tasks else "",
        model=feature_table(evaluation),
        leaks=describe_leak_check(evaluation.leaks),
        data=describe_articles(evaluation.data),
        data_warnings=describe_data(evaluation.data),
        data_tables=tuple(
            filter(None, (list_counts_table(evaluation.data), day_counts_table(evaluation.data)))
        ),
        systems=systems_table(evaluation.provenance),
        facts=list_facts(evaluation.provenance),
        words=explain_words(evaluation.provenance),
    )


def _verdict(evaluation: Evaluation) -> tuple[Verdict, ...]:
    if not evaluation.tasks:
        said = _cut(describe_results(evaluation)[-1])
        return (Verdict(said.lead, f"{said.rest} {describe_no_queries(evaluation.provenance)}"),)
    tasks = verdict_tasks(evaluation)
    return tuple(Verdict(summarize_task(task), typeset(describe_task(task))) for task in tasks)


def typeset(sentence: str) -> str:
    """A sentence with the minus signs of the tables."""
    return re.sub(r"(?<![\w.])-(?=\d)", MINUS, sentence)


def _cut(sentence: str) -> Verdict:
    first, colon, rest = sentence.partition(": ")
    return Verdict(f"{first}{colon}".strip(), rest)


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
    return f"{name_list(known.kind)}{scope}, {known.site}, observed {time}"


def name_list(kind: str) -> str:
    """What editors call a kind of list."""
    return KIND_NAMES.get(kind, kind)


def describe_sites(data: DataQuality) -> str:
    """`Site: harbour.example`; empty without an article."""
    if not data.sites:
        return ""
    more = f" and {len(data.sites) - SITES:,} more" if len(data.sites) > SITES else ""
    return f"{'Site' if len(data.sites) == 1 else 'Sites'}: {', '.join(data.sites[:SITES])}{more}"


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


def describe_articles(data: DataQuality) -> tuple[str, ...]:
    """The numbers of articles, and the shares without text and without a date."""
    return tuple(
        f"{where}: {counts.articles:,} articles, {_share(counts.without_text, counts.articles)} without text,"
        f" {_share(counts.undated, counts.articles)} without a time of publication."
        for where, counts in (
            ("Known by the end of the period", data.store),
            ("First seen in the period", data.period),
        )
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.0f}%"


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
        f"The test is fair: nothing that was published later was used ({check.features:,} features and"
        f" {check.rankers:,} methods checked at {check.moments:,} moments).{early}"
    )


def describe_examples(evaluation: Evaluation) -> str:
    """What the examples are, with the numbers of wins, losses and ties in their task."""
    task = next(filter(has_examples, evaluation.tasks.values()), None)
    difference = None if task is None else task.rankers[MODEL].difference
    if task is None or difference is None:
        return (
            "Recommendations for the newest articles at the end of the period, by the model and by a"
            " text-only baseline. There is no relevance data, so that no story is marked."
        )
    if not evaluation.examples:
        return (
            f"The model and {difference.than} are equal on all {task.n:,} queries: no win, no loss to show."
        )
    wins, losses = (
        f"the biggest {name}" if any(each.why == why for each in evaluation.examples) else f"no {name}"
        for name, why in (("wins", "win"), ("losses", "loss"))
    )
    return (
        f"By {metric_name(task.metric)} the model is better than {difference.than} on {difference.better:,},"
        f" worse on {difference.worse:,} and equal on {difference.equal:,} of {task.n:,} queries. Shown are"
        f" {wins} and {losses}. The stories to find have a bar and the mark"
        f" \N{CHECK MARK} {_WORDS[task.kind].mark}."
    )


@dataclass(frozen=True, slots=True)
class ExampleWords:
    """What an example calls its relevant stories."""

    chosen: str = ""
    """The heading above them."""
    mark: str = ""
    """The mark beside one of them."""
    closer: str = ""
    """What a list is closer to, or further from."""

    def outcome(self, why: str) -> str:
        """Whether the list of the model is closer to the relevant stories than the other."""
        leads = {"win": "Closer to", "loss": "Further from"}
        return f"{leads[why]} {self.closer}" if why in leads else "No relevance data"


def example_words(evaluation: Evaluation, example: Example) -> ExampleWords:
    """The words for the relevant stories of an example."""
    task = evaluation.tasks.get(example.task)
    return ExampleWords() if task is None else _WORDS[task.kind]


def name_method(ranker: str) -> str:
    """The heading of a list: `The model`, `Simple text matching (bm25)`."""
    name = name_plainly(ranker)
    name = f"{name[0].upper()}{name[1:]}"
    return name if ranker == MODEL or ranker not in RANKERS else f"{name} ({ranker})"


_WORDS: Final = {
    "related": ExampleWords("Chosen by editors", "your editors' choice", "the editors' choice"),
    "links": ExampleWords("Linked in the text", "linked in the text", "the links in the text"),
    "appeal": ExampleWords(
        "On the later most-read list", "on the later most-read list", "the later most-read list"
    ),
    "clicks": ExampleWords("Clicked by readers", "clicked by readers", "what readers clicked"),
}
