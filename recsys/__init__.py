"""Related headlines for news sites, trained on the lists a site already publishes.

The public namespace: everything the command line does can be done with these names, see docs/python.md.
They are imported on first use, so that `import recsys` is fast.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recsys.batch import Batch
    from recsys.corpus import Corpus
    from recsys.crawl.crawler import CrawlReport, crawl_sites
    from recsys.documents import article_record, format_record, list_record, read, read_file
    from recsys.domain import (
        Article,
        Contribution,
        Kind,
        ListItem,
        Page,
        RankedList,
        Ranking,
        Recommendation,
    )
    from recsys.errors import RecsysError
    from recsys.evaluation import Evaluation, compare_runs, evaluate, load_judged, load_model
    from recsys.evaluation.report import render_html, render_markdown
    from recsys.ranking import BASELINES, Baseline, LogisticRanker, Ranker
    from recsys.ranking.features import CandidateSet, QueryContext
    from recsys.ranking.model_files import load_pretrained
    from recsys.recommender import Recommender
    from recsys.request import Block, Pin, Request, Rules
    from recsys.serve import ServeConfig, create_app
    from recsys.simulation import Plan as SimulationPlan
    from recsys.simulation import simulate
    from recsys.store import Store, export_lines
    from recsys.training import Trained, train

__version__ = "0.1.0"

__all__ = [
    "BASELINES",
    "Article",
    "Baseline",
    "Batch",
    "Block",
    "CandidateSet",
    "Contribution",
    "Corpus",
    "CrawlReport",
    "Evaluation",
    "Kind",
    "ListItem",
    "LogisticRanker",
    "Page",
    "Pin",
    "QueryContext",
    "RankedList",
    "Ranker",
    "Ranking",
    "Recommendation",
    "Recommender",
    "RecsysError",
    "Request",
    "Rules",
    "ServeConfig",
    "SimulationPlan",
    "Store",
    "Trained",
    "article_record",
    "compare_runs",
    "crawl_sites",
    "create_app",
    "evaluate",
    "export_lines",
    "format_record",
    "list_record",
    "load_judged",
    "load_model",
    "load_pretrained",
    "read",
    "read_file",
    "render_html",
    "render_markdown",
    "simulate",
    "train",
]

_MODULES = {
    "recsys.batch": "Batch",
    "recsys.corpus": "Corpus",
    "recsys.crawl.crawler": "CrawlReport crawl_sites",
    "recsys.documents": "article_record format_record list_record read read_file",
    "recsys.domain": "Article Contribution Kind ListItem Page RankedList Ranking Recommendation",
    "recsys.errors": "RecsysError",
    "recsys.evaluation": "Evaluation compare_runs evaluate load_judged load_model",
    "recsys.evaluation.report": "render_html render_markdown",
    "recsys.ranking": "BASELINES Baseline LogisticRanker Ranker",
    "recsys.ranking.features": "CandidateSet QueryContext",
    "recsys.ranking.model_files": "load_pretrained",
    "recsys.recommender": "Recommender",
    "recsys.request": "Block Pin Request Rules",
    "recsys.serve": "ServeConfig create_app",
    "recsys.simulation": "simulate",
    "recsys.store": "Store export_lines",
    "recsys.training": "Trained train",
}
_EXTRAS = {"recsys.crawl.crawler": "crawl", "recsys.serve": "serve"}
"""What some modules need installed."""
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name == "SimulationPlan":
        value = import_module("recsys.simulation").Plan
    elif name in _MODULE_OF:
        value = getattr(_import(_MODULE_OF[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _import(module: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if module not in _EXTRAS:
            raise
        extra = f"pip install 'recsys-headlines[{_EXTRAS[module]}]'"
        raise ModuleNotFoundError(f"{module} needs {error.name}: {extra}", name=error.name) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
