"""Evaluate rankers by replaying a period and comparing with the lists that were published later."""

from recsys.evaluation.data_quality import describe_data
from recsys.evaluation.evaluated_models import Model, load_model, load_pretrained
from recsys.evaluation.evaluator import Evaluator, Plan, evaluate
from recsys.evaluation.gate import Fall, Recorded, find_falls, load_baseline
from recsys.evaluation.query_table import csv_lines, write_parquet
from recsys.evaluation.result_json import encode, encode_evaluation
from recsys.evaluation.results import MODEL, Evaluation, Figure, LeakCheck, Task
from recsys.evaluation.run_comparison import Compared, compare_runs, load_judged
from recsys.evaluation.verdict import best_first, change, describe_leak, describe_results, metric_name

__all__ = [
    "MODEL",
    "Compared",
    "Evaluation",
    "Evaluator",
    "Fall",
    "Figure",
    "LeakCheck",
    "Model",
    "Plan",
    "Recorded",
    "Task",
    "best_first",
    "change",
    "compare_runs",
    "csv_lines",
    "describe_data",
    "describe_leak",
    "describe_results",
    "encode",
    "encode_evaluation",
    "evaluate",
    "find_falls",
    "load_baseline",
    "load_judged",
    "load_model",
    "load_pretrained",
    "metric_name",
    "write_parquet",
]
