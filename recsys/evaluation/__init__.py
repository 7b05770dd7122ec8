"""Is this better than what we show today, where, by how much, and is the figure true?"""

from recsys.evaluation.compare_runs import Compared, compare_runs, load_judged
from recsys.evaluation.evaluate import Evaluator, Plan
from recsys.evaluation.evaluated_models import Model, load_model, load_pretrained
from recsys.evaluation.gate import Fall, Recorded, find_falls, load_baseline
from recsys.evaluation.result_json import encode, encode_evaluation
from recsys.evaluation.results import MODEL, Evaluation, Figure, LeakCheck, Task
from recsys.evaluation.verdict import best_first, change, metric_name, tell_leak, tell_verdict

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
    "encode",
    "encode_evaluation",
    "find_falls",
    "load_baseline",
    "load_judged",
    "load_model",
    "load_pretrained",
    "metric_name",
    "tell_leak",
    "tell_verdict",
]
