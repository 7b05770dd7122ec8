"""A store and a period -> an Evaluation: judge, replay, measure, look for leaks."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from recsys import __version__
from recsys.corpus import Corpus
from recsys.domain import format_time, to_microseconds
from recsys.errors import EvaluationError
from recsys.evaluation.calibration import reliability, turn_dial
from recsys.evaluation.counterfactual import measure_clicks
from recsys.evaluation.evaluated_models import Model, find_overlap, load_pretrained, refuse_overlap
from recsys.evaluation.judgments import BESIDE, JudgedQuery, Judgments, judge
from recsys.evaluation.leakage import check_leaks
from recsys.evaluation.model_summary import last_lists, tell_model
from recsys.evaluation.replay import Answer, Replay
from recsys.evaluation.results import (
    MODEL,
    Evaluation,
    Example,
    Provenance,
    SystemInfo,
    Task,
    Trainings,
)
from recsys.evaluation.run_files import RunCheck
from recsys.evaluation.shown_examples import build_example, choose_examples
from recsys.evaluation.systems import Scorer, System, baselines, free_name
from recsys.evaluation.tasks import measure_tasks
from recsys.ranking import Ranker
from recsys.ranking.features import APPEAL, RELATEDNESS, ColumnGroup
from recsys.store import Store, StoredList
from recsys.training import TrainingReport, train
from recsys.training.clicks import build_impression_log

Progress = Callable[[str, int, int], None]
LIBRARIES = ("numpy", "scipy", "scikit-learn")
UNJUDGED = 10
"""Examples that are shown where nothing was judged."""


@dataclass(frozen=True)
class Plan:
    """What is to be evaluated, and beside what."""

    since: datetime
    until: datetime
    model: Model
    against: tuple[Model, ...] = ()
    runs: tuple[Path, ...] = ()
    refit: timedelta | None = None
    """Train anew, as `recsys train` does, at the start and every so often; `model` is not used then."""
    allow_overlap: bool = False
    groups: tuple[ColumnGroup, ...] = RELATEDNESS + APPEAL
    """The features that are looked through for leaks."""
    command: tuple[str, ...] = ()
    clicks: bool = True
    """Whether clicks on what our widget showed are judged by too; anybody can make those."""

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise EvaluationError(f"the period ends ({format_time(self.until)}) before it begins")
        if self.refit is not None and self.refit <= timedelta():
            raise EvaluationError("the time between two trainings has to be above 0")

    @property
    def models(self) -> tuple[Model, ...]:
        """Those that were trained before."""
        return self.against if self.refit else (self.model, *self.against)


@dataclass
class Evaluator:
    """Evaluates plans on a store."""

    store: Store
    progress: Progress = lambda label, done, total: None  # noqa: ARG005
    problem: Callable[[str], None] = lambda text: None  # noqa: ARG005
    """Hears of what is left out of a run, a line each."""
    _seen: dict[str, str] = field(default_factory=dict)

    def evaluate(self, plan: Plan) -> Evaluation:
        """Everything about a plan.

        EvaluationError for a period after the store's end, a model that has seen the period, and a run that
        has. Where nothing can be judged there are no tasks.
        """
        self._check_period(plan)
        corpus, lists = self._load(plan.until)
        sites = {stored.article.site for stored in corpus.stored}
        known = (*plan.models, load_pretrained()) if plan.refit else plan.models
        overlap = find_overlap(known, sites, plan.since)
        if not plan.allow_overlap:
            refuse_overlap(overlap, plan.since)
        judgments = judge(corpus, lists, since=plan.since, until=plan.until)
        entrants, trainings = self._enter(plan, corpus, judgments)
        replay = Replay(corpus, judgments, entrants)
        answers = self._replay(replay)
        tasks = measure_tasks(corpus, judgments, entrants, answers)
        if plan.clicks:
            log = build_impression_log(corpus.whole(), self.store.impressions.read(before=plan.until))
            tasks |= measure_clicks(replay, log, plan.since, progress=self.progress)
        main = next((name for name in BESIDE.values() if name in tasks), "")
        return Evaluation(
            tasks=tasks,
            overlap=overlap,
            reliability=reliability([a for a in answers if main in a.query.gains]),
            dial=turn_dial(answers, main),
            examples=self._examples(replay, tasks, plan.until),
            leaks=check_leaks(replay, self.store, groups=plan.groups, progress=self.progress),
            provenance=self._provenance(plan, corpus, lists, entrants, trainings),
            model=tell_model(entrants),
            lists=last_lists(stored.list for stored in lists if stored.list.observed_at < plan.until),
        )

    def _check_period(self, plan: Plan) -> None:
        last = self.store.counts().last_at
        if last is None or plan.since > last:
            ends = "is empty" if last is None else f"ends at {format_time(last)}"
            raise EvaluationError(
                f"{self.store.name} {ends}: nothing to test from {format_time(plan.since)} on"
            )

    def _load(self, until: datetime) -> tuple[Corpus, list[StoredList]]:
        """What was known before the end, and all lists: the later ones are judgments."""
        self.progress("loading the archive", 0, 1)
        lists = list(self.store.read_lists())
        known = [stored for stored in lists if stored.list.observed_at < until]
        return Corpus.of(self.store.read_articles(before=until, first_texts=True), known, until), lists

    def _enter(
        self, plan: Plan, corpus: Corpus, judgments: Judgments
    ) -> tuple[list[System], tuple[Trainings, ...]]:
        model, trainings = self._fixed(plan) if plan.refit is None else self._refit(plan, corpus, plan.refit)
        entrants: list[System] = [model, *baselines()]
        for each in plan.against:
            name = free_name(each.label, [entrant.name for entrant in entrants])
            about = SystemInfo(name, "bundle", each.label, each.digests)
            entrants.append(Scorer(about, (each.bundle.ranker,)))
        check = RunCheck(corpus, self.store, judgments.queries, self.problem)
        for path in plan.runs:
            entrants.append(check.take(free_name(path.stem, [entrant.name for entrant in entrants]), path))
        return entrants, trainings

    def _fixed(self, plan: Plan) -> tuple[Scorer, tuple[Trainings, ...]]:
        manifest = plan.model.bundle.manifest
        about = SystemInfo(MODEL, "model", plan.model.label, plan.model.digests)
        learnt = Trainings(plan.since, manifest.first, manifest.until, manifest.contexts or {})
        return Scorer(about, (plan.model.bundle.ranker,)), (learnt,)

    def _refit(self, plan: Plan, corpus: Corpus, every: timedelta) -> tuple[Scorer, tuple[Trainings, ...]]:
        """Trained at the start of the period and every so often again, on all that was seen before."""
        starts = [plan.since]
        while starts[-1] + every < plan.until:
            starts.append(starts[-1] + every)
        rankers, trainings = list[Ranker](), list[Trainings]()
        for number, start in enumerate(starts, start=1):
            self.progress(f"training {number} of {len(starts)}", number - 1, len(starts))
            trained = train(corpus, until=start, impressions=self.store.impressions.read(before=start))
            rankers.append(trained.ranker)
            trainings.append(_told(start, trained.report))
        label = f"trained every {_period(every)}"
        about = SystemInfo(MODEL, "model", label, load_pretrained().digests)
        return Scorer(about, tuple(rankers), tuple(map(to_microseconds, starts))), tuple(trainings)

    def _replay(self, replay: Replay) -> list[Answer]:
        answers, total = list[Answer](), len(replay.judgments.queries)
        for answer in replay.run():
            answers.append(answer)
            self.progress("asking", len(answers), total)
        return answers

    def _examples(self, replay: Replay, tasks: dict[str, Task], until: datetime) -> tuple[Example, ...]:
        self.progress("choosing examples", 0, 1)
        found = choose_examples(replay, next(iter(tasks.values()), None))
        return found or tuple(
            build_example(replay, query, "unjudged") for query in newest_articles(replay.corpus, until)
        )

    def _provenance(
        self,
        plan: Plan,
        corpus: Corpus,
        lists: Sequence[StoredList],
        entrants: Sequence[System],
        trainings: tuple[Trainings, ...],
    ) -> Provenance:
        self.progress("digesting the store", 0, 1)
        return Provenance(
            store=self.store.name,
            digest=self.store.integrity.digest(),
            articles=len(corpus.stored),
            lists=len(lists),
            since=plan.since,
            until=plan.until,
            contestants=tuple(entrant.about for entrant in entrants),
            trainings=trainings,
            command=plan.command,
            settings={
                "refit": "never" if plan.refit is None else f"every {_period(plan.refit)}",
                "allow overlap": str(plan.allow_overlap).lower(),
            },
            versions={
                "recsys": __version__,
                "python": platform.python_version(),
                **{name: version(name) for name in LIBRARIES},
            },
        )


def newest_articles(corpus: Corpus, until: datetime) -> list[JudgedQuery]:
    """The newest articles with a text, as queries at the end of the period that nobody judges."""
    rows = [row for row, stored in enumerate(corpus.stored) if stored.article.body][-UNJUDGED:]
    moment = to_microseconds(until)
    return [JudgedQuery(corpus.stored[row].article.url, moment, row, {}) for row in reversed(rows)]


def _period(time: timedelta) -> str:
    """`7 d`, `36 h`."""
    hours = time / timedelta(hours=1)
    return f"{hours / 24:g} d" if hours % 24 == 0 else f"{hours:g} h"


def _told(start: datetime, report: TrainingReport) -> Trainings:
    first = None if report.first is None else format_time(report.first)
    return Trainings(start, first, format_time(report.until), dict(report.contexts))
