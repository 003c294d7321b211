"""The metrics of scikit-learn that take one label and one prediction or score, by name.

The tables say what a function takes, so that a repository can be validated where scikit-learn is not installed; it is
imported to compute a value only. Left out: functions that need more than two columns or further arguments, and
top_k_accuracy_score, which calls any two classes perfect. A scorer `neg_…` is a loss with its sign turned, so that
higher is better; here it is the loss itself.
"""

from __future__ import annotations

import difflib
import math
import warnings
from importlib import import_module

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.metrics.aggregates import Array
from mlops_gitops.metrics.forms.per_row import Pairs
from mlops_gitops.metrics.metric import Family, Metric

FUNCTIONS = {
    "class": "accuracy_score balanced_accuracy_score hamming_loss matthews_corrcoef zero_one_loss",
    "positive class": "f1_score jaccard_score precision_score recall_score",
    "quantity": "d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score max_error "
    "mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss mean_poisson_deviance "
    "mean_squared_error mean_squared_log_error mean_tweedie_deviance median_absolute_error r2_score "
    "root_mean_squared_error root_mean_squared_log_error",
    "score": "average_precision_score roc_auc_score",
    "probability": "brier_score_loss d2_brier_score d2_log_loss_score log_loss",
}
CLIPPED = {"d2_log_loss_score", "log_loss"}  # by the precision of the scores; others are computed in double
CORRELATIONS = {"matthews_corrcoef"}  # of two things that vary
TAKES = {name: kind for kind, names in FUNCTIONS.items() for name in names.split()}
DIRECTIONS = {"score": "higher", "error": "lower", "loss": "lower", "deviance": "lower"}
ARGUMENTS = {
    "class": ("label", "prediction"),
    "positive class": ("CAST(positive AS INTEGER)", "CAST(predicted AS INTEGER)"),
    "quantity": ("label", "prediction"),
    "score": ("CAST(positive AS INTEGER)", "score"),
    "probability": ("CAST(positive AS INTEGER)", "score"),
}
_LOSSES = (
    "log_loss max_error mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance mean_poisson_deviance "
    "mean_squared_error mean_squared_log_error median_absolute_error root_mean_squared_error "
    "root_mean_squared_log_error"
)
TURNED = {"neg_brier_score": "brier_score_loss", **{f"neg_{name}": name for name in _LOSSES.split()}}
# The same functions as metrics of ours, which have bounds too.
EQUIVALENTS = {
    "accuracy_score": "accuracy",
    "average_precision_score": "average_precision",
    "balanced_accuracy_score": "balanced_accuracy",
    "brier_score_loss": "brier",
    "f1_score": "f1",
    "jaccard_score": "jaccard",
    "log_loss": "log_loss",
    "matthews_corrcoef": "matthews_corrcoef",
    "mean_absolute_error": "mean_absolute_error",
    "mean_absolute_percentage_error": "mean_absolute_percentage_error",
    "mean_pinball_loss": "pinball:0.5",
    "mean_squared_error": "mean_squared_error",
    "precision_score": "precision",
    "r2_score": "r2",
    "recall_score": "recall",
    "roc_auc_score": "roc_auc",
    "root_mean_squared_error": "root_mean_squared_error",
}
EQUIVALENTS |= {name: EQUIVALENTS[function] for name, function in TURNED.items() if function in EQUIVALENTS}


def sklearn_metric(name: str) -> Metric:
    """The metric `sklearn:NAME`. Raises Error for an unknown name, with the nearest as its help.

    `better` follows scikit-learn's naming: a higher score, a lower error, loss or deviance. None of the latter is
    below 0.
    """
    function = TURNED.get(name, name)
    if function not in TAKES:
        nearest = difflib.get_close_matches(name, [*TAKES, *TURNED], cutoff=0.0)
        help = f"the nearest: {', '.join(f'sklearn:{known}' for known in nearest)}"
        raise Error(f"no metric is called {f'sklearn:{name}'!r}", help=help)
    takes = TAKES[function]
    truth, output = ARGUMENTS[takes]
    better = DIRECTIONS.get(function.rsplit("_", 1)[-1])
    turned = f" (sign turned): the loss, and not minus it as the scorer {name} has it" if name in TURNED else ""
    return Metric(
        id=f"sklearn:{name}",
        summary=f"scikit-learn's {function}{turned}.",
        source=f"https://scikit-learn.org/stable/modules/generated/sklearn.metrics.{function}.html",
        needs=frozenset({"label", "score" if output == "score" else "prediction"}),
        form=Pairs(truth, output, lambda true, predicted: _value(function, true, predicted)),
        better=better,
        range=(0.0 if better == "lower" else float("-inf"), float("inf")),
        binary="positive" in truth,
        numeric=takes == "quantity",
        probabilistic=takes == "probability",
        undefined="scikit-learn gives no finite number for these rows",
    )


def _value(name: str, true: Array, predicted: Array) -> float | None:
    try:
        function = getattr(import_module("sklearn.metrics"), name)
        undefined = import_module("sklearn.exceptions").UndefinedMetricWarning
    except (ImportError, AttributeError) as error:
        raise Undecided(f"scikit-learn with {name} is not installed", help="pip install scikit-learn") from error
    if name not in CLIPPED:
        predicted = predicted.astype(float) if predicted.dtype.kind == "f" else predicted
    if name in CORRELATIONS and not all(len(set(column.tolist())) > 1 for column in (true, predicted)):
        return None  # where scikit-learn says 0 without a warning
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Where a metric is undefined scikit-learn warns and says 0, which a gate would take for a value.
        warnings.simplefilter("error", undefined)
        warnings.filterwarnings("error", message="No positive class found")
        try:
            value = float(function(true, predicted))
        except (ValueError, TypeError, undefined, UserWarning):
            return None
    return value if math.isfinite(value) else None


FAMILY = Family(
    id="sklearn",
    takes="the name of a function of sklearn.metrics",
    build=sklearn_metric,
    members=tuple(sorted({**TAKES, **TURNED})),
)
