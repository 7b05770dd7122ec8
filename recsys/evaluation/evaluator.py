"""Evaluates rankers on a period of a store: judgments, replay, metrics, leak check."""

from __future__ import annotations

import inspect
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from recsys import __version__
from recsys.corpus import Corpus
from recsys.domain import format_time, to_microseconds
from recsys.errors import EvaluationError, InvalidValueError
from recsys.evaluation.calibration import reliability, turn_dial
from recsys.evaluation.counterfactual import SERVED, measure_clicks
from recsys.evaluation.data_quality import measure_data
from recsys.evaluation.evaluated_models import (
    Model,
    describe_trained,
    find_overlap,
    load_model,
    load_pretrained,
    refuse_overlap,
)
from recsys.evaluation.judgments import ARTICLE_TASKS, JudgedQuery, Judgments, judge
from recsys.evaluation.leakage import check_leaks
from recsys.evaluation.metrics import METRICS, Metric
from recsys.evaluation.model_summary import last_lists, summarise_model
from recsys.evaluation.peers import PeerRequest
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
from recsys.evaluation.shown_examples import build_example, choose_examples, has_examples
from recsys.evaluation.systems import Scorer, System, baselines, free_name
from recsys.evaluation.tasks import measure_tasks
from recsys.ranking import BASELINES, LogisticRanker, Ranker, Splines
from recsys.ranking.features import APPEAL, RELATEDNESS, ColumnGroup
from recsys.store import Store, StoredList
from recsys.training import Trained, TrainingReport, train
from recsys.training.clicks import build_impression_log

Progress = Callable[[str, int, int], None]
LIBRARIES = ("numpy", "scipy", "scikit-learn")
UNJUDGED = 10
"""Number of examples to show if there is no query to evaluate."""


@dataclass(frozen=True)
class Plan:
    """What to evaluate, and what to compare it with."""

    since: datetime
    until: datetime
    model: Model
    against: tuple[Model, ...] = ()
    runs: tuple[Path, ...] = ()
    peers: tuple[PeerRequest, ...] = ()
    """Rankers of other libraries; what they learn from ends where the period begins."""
    refit: timedelta | None = None
    """Retrain at the start and at this interval, as `recsys train` does; `model` is not used then."""
    allow_overlap: bool = False
    groups: tuple[ColumnGroup, ...] = RELATEDNESS + APPEAL
    """The features to check for leaks."""
    command: tuple[str, ...] = ()
    rankers: Mapping[str, Ranker] = field(default_factory=dict)
    """Baselines of the user's own, by name."""
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    """Metrics of the user's own, by name."""
    clicks: bool = True
    """Whether to evaluate against clicks on our widget too; anybody can fake those."""

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise EvaluationError(f"the period ends ({format_time(self.until)}) before it begins")
        if self.refit is not None and self.refit <= timedelta():
            raise EvaluationError("the retraining interval must be above 0")
        reserved = {MODEL, SERVED, *BASELINES} & set(self.rankers) | METRICS.keys() & set(self.metrics)
        if reserved:
            raise EvaluationError(f"{', '.join(sorted(reserved))}: the name is in use, choose another")
        for name, ranker in self.rankers.items():
            if not hasattr(ranker, "score"):
                raise InvalidValueError(
                    f"baseline {name}", expected="a ranker, such as Baseline(...)", found=ranker
                )
        for name, metric in self.metrics.items():
            if not _takes_two(metric):
                expected = "a function of the gains of a ranked list and the gains of all relevant stories"
                raise InvalidValueError(f"metric {name}", expected=expected, found=metric)

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that were trained beforehand."""
        return self.against if self.refit else (self.model, *self.against)


@dataclass
class Evaluator:
    """Evaluates plans on a store."""

    store: Store
    progress: Progress = lambda label, done, total: None  # noqa: ARG005
    problem: Callable[[str], None] = lambda text: None  # noqa: ARG005
    """Called with a line about everything that is left out of a run."""
    _seen: dict[str, str] = field(default_factory=dict)

    def evaluate(self, plan: Plan) -> Evaluation:
        """Evaluate a plan.

        EvaluationError for a period after the end of the store, and for a model or run that has seen the
        period. Without a query to evaluate there are no tasks.
        """
        self._check_period(plan)
        corpus, lists = self._load(plan.until)
        sites = {stored.article.site for stored in corpus.stored}
        known = (*plan.models, load_pretrained()) if plan.refit else plan.models
        overlap = find_overlap(known, sites, plan.since)
        if not plan.allow_overlap:
            refuse_overlap(overlap, plan.since)
        judgments = judge(corpus, lists, since=plan.since, until=plan.until)
        systems, trainings = self._enter(plan, corpus, judgments)
        replay = Replay(corpus, judgments, systems)
        answers = self._replay(replay)
        tasks = measure_tasks(corpus, judgments, systems, answers, METRICS | dict(plan.metrics))
        if plan.clicks:
            log = build_impression_log(corpus.whole(), self.store.impressions.read(before=plan.until))
            tasks |= measure_clicks(replay, log, plan.since, progress=self.progress)
        main = next((name for name in ARTICLE_TASKS.values() if name in tasks), "")
        return Evaluation(
            tasks=tasks,
            overlap=overlap,
            reliability=reliability([a for a in answers if main in a.query.gains]),
            dial=turn_dial(answers, main),
            examples=self._examples(replay, tasks, plan.until),
            leaks=check_leaks(replay, self.store, groups=plan.groups, progress=self.progress),
            provenance=self._provenance(plan, corpus, lists, systems, trainings),
            data=measure_data(corpus, lists, plan.since, plan.until),
            model=summarise_model(systems),
            lists=last_lists(stored.list for stored in lists if stored.list.observed_at < plan.until),
        )

    def _check_period(self, plan: Plan) -> None:
        last = self.store.counts().last_at
        if last is None or plan.since > last:
            ends = "is empty" if last is None else f"ends at {format_time(last)}"
            raise EvaluationError(
                f"{self.store.name} {ends}: no observations from {format_time(plan.since)} on"
            )

    def _load(self, until: datetime) -> tuple[Corpus, list[StoredList]]:
        """The corpus before the end, and all lists: later ones are needed as judgments."""
        self.progress("loading the corpus", 0, 1)
        lists = list(self.store.read_lists())
        known = [stored for stored in lists if stored.list.observed_at < until]
        return Corpus.of(self.store.read_articles(before=until, first_texts=True), known, until), lists

    def _enter(
        self, plan: Plan, corpus: Corpus, judgments: Judgments
    ) -> tuple[list[System], tuple[Trainings, ...]]:
        model, trainings = self._fixed(plan) if plan.refit is None else self._refit(plan, corpus, plan.refit)
        systems: list[System] = [model, *baselines(plan.rankers)]
        for peer in plan.peers:
            self.progress(f"building {peer.name}", 0, 1)
            name = free_name(peer.name, [system.name for system in systems])
            ranker = peer.build(corpus.at(plan.since), _appeal(model.rankers[0]))
            systems.append(Scorer(SystemInfo(name, "peer", peer.description), (ranker,)))
        for each in plan.against:
            name = free_name(each.label, [system.name for system in systems])
            about = SystemInfo(name, "bundle", each.label, each.digests)
            systems.append(Scorer(about, (each.bundle.ranker,)))
        check = RunCheck(corpus, self.store, judgments.queries, self.problem)
        for path in plan.runs:
            systems.append(check.take(free_name(path.stem, [system.name for system in systems]), path))
        return systems, trainings

    def _fixed(self, plan: Plan) -> tuple[Scorer, tuple[Trainings, ...]]:
        manifest = plan.model.bundle.manifest
        about = SystemInfo(MODEL, "model", plan.model.label, plan.model.digests)
        training = Trainings(plan.since, manifest.first, manifest.until, manifest.contexts or {})
        return Scorer(about, (plan.model.bundle.ranker,)), (training,)

    def _refit(self, plan: Plan, corpus: Corpus, every: timedelta) -> tuple[Scorer, tuple[Trainings, ...]]:
        """Retrained at the start of the period and at every interval, on all earlier observations."""
        starts = [plan.since]
        while starts[-1] + every < plan.until:
            starts.append(starts[-1] + every)
        rankers, trainings = list[Ranker](), list[Trainings]()
        for number, start in enumerate(starts, start=1):
            self.progress(f"training {number} of {len(starts)}", number - 1, len(starts))
            trained = train(corpus, until=start, impressions=self.store.impressions.read(before=start))
            rankers.append(trained.ranker)
            trainings.append(_describe_training(start, trained.report))
        label = f"trained every {_period(every)}"
        about = SystemInfo(MODEL, "model", label, load_pretrained().digests)
        return Scorer(about, tuple(rankers), tuple(map(to_microseconds, starts))), tuple(trainings)

    def _replay(self, replay: Replay) -> list[Answer]:
        answers, total = list[Answer](), len(replay.judgments.queries)
        for answer in replay.run():
            answers.append(answer)
            self.progress("answering", len(answers), total)
        return answers

    def _examples(self, replay: Replay, tasks: dict[str, Task], until: datetime) -> tuple[Example, ...]:
        self.progress("choosing examples", 0, 1)
        if any(map(has_examples, tasks.values())):
            return choose_examples(replay, tasks.values())
        return tuple(
            build_example(replay, query, "unjudged") for query in newest_articles(replay.corpus, until)
        )

    def _provenance(
        self,
        plan: Plan,
        corpus: Corpus,
        lists: Sequence[StoredList],
        systems: Sequence[System],
        trainings: tuple[Trainings, ...],
    ) -> Provenance:
        self.progress("computing the digest of the store", 0, 1)
        return Provenance(
            store=self.store.name,
            digest=self.store.integrity.digest(),
            articles=len(corpus.stored),
            lists=len(lists),
            since=plan.since,
            until=plan.until,
            systems=tuple(system.about for system in systems),
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


def evaluate(
    store: Store,
    *,
    since: datetime,
    until: datetime,
    model: Model | Trained | str | Path | None = None,
    against: Sequence[Model] = (),
    baselines: Mapping[str, Ranker] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    runs: Sequence[Path] = (),
    refit: timedelta | None = None,
    allow_overlap: bool = False,
) -> Evaluation:
    """Evaluate a model and the baselines against the lists that a store observed in a period.

    `model` is a model's folder, one that was just trained, or None for the pretrained weights. `baselines`
    adds rankers and `metrics` adds metrics, by name; a metric is a function of the gains of a ranked list and
    the gains of all relevant stories, like those of `recsys.evaluation.metrics`. EvaluationError as from
    `Evaluator.evaluate`; `leaks.leaks` of the result is empty unless something used later observations.
    """
    if model is None:
        tested = load_pretrained()
    elif isinstance(model, Trained):
        tested = describe_trained(model)
    else:
        tested = model if isinstance(model, Model) else load_model(Path(model))
    plan = Plan(
        since,
        until,
        tested,
        against=tuple(against),
        runs=tuple(runs),
        refit=refit,
        allow_overlap=allow_overlap,
        rankers=dict(baselines or {}),
        metrics=dict(metrics or {}),
    )
    return Evaluator(store).evaluate(plan)


def _appeal(ranker: Ranker) -> Splines:
    """The appeal that the evaluated model learned, otherwise that of the pretrained weights."""
    learned = ranker if isinstance(ranker, LogisticRanker) else load_pretrained().bundle.ranker
    return learned.weights_.appeal


def newest_articles(corpus: Corpus, until: datetime) -> list[JudgedQuery]:
    """The newest articles with a body, as queries without judgments at the end of the period."""
    rows = [row for row, stored in enumerate(corpus.stored) if stored.article.body][-UNJUDGED:]
    moment = to_microseconds(until)
    return [JudgedQuery(corpus.stored[row].article.url, moment, row, {}) for row in reversed(rows)]


def _takes_two(function: object) -> bool:
    """Whether it can be called with two arguments, as far as its signature says."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind((), ())
    except TypeError:
        return False
    except ValueError:  # some built-in functions have no signature
        return True
    return True


def _period(time: timedelta) -> str:
    """`7 d`, `36 h`."""
    hours = time / timedelta(hours=1)
    return f"{hours / 24:g} d" if hours % 24 == 0 else f"{hours:g} h"


def _describe_training(start: datetime, report: TrainingReport) -> Trainings:
    first = None if report.first is None else format_time(report.first)
    return Trainings(start, first, format_time(report.until), dict(report.contexts))
