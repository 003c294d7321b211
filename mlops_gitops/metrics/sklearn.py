"""Any metric of scikit-learn that one label and one prediction or score give, by its name.

A family of metrics, so the module ends in no METRIC: `named` makes each member. The tables say what a function takes,
so that a repository can be validated where scikit-learn is not installed; it is imported to compute a value only.
Left out: functions that need more than two columns or further arguments, and top_k_accuracy_score, which calls any two
classes perfect.
"""

from __future__ import annotations

import difflib
import math
import warnings
from importlib import import_module

from mlops_gitops.cells import Array
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.forms.pairs import Pairs
from mlops_gitops.instruments import Metric

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
TAKES = {name: what for what, names in FUNCTIONS.items() for name in names.split()}
DIRECTIONS = {"score": "higher", "error": "lower", "loss": "lower", "deviance": "lower"}
ARGUMENTS = {
    "class": ("label", "prediction"),
    "positive class": ("CAST(positive AS INTEGER)", "CAST(predicted AS INTEGER)"),
    "quantity": ("label", "prediction"),
    "score": ("CAST(positive AS INTEGER)", "score"),
    "probability": ("CAST(positive AS INTEGER)", "score"),
}


def named(name: str) -> Metric:
    """The metric `sklearn:NAME`. Raises Error for an unknown name, with the nearest as its help.

    `better` follows scikit-learn's naming: a higher score, a lower error, loss or deviance.
    """
    if name not in TAKES:
        near = difflib.get_close_matches(name, TAKES, cutoff=0.0)
        help = f"the nearest: {', '.join(f'sklearn:{known}' for known in near)}"
        raise Error(f"no metric is called {f'sklearn:{name}'!r}", help=help)
    takes = TAKES[name]
    truth, given = ARGUMENTS[takes]
    return Metric(
        id=f"sklearn:{name}",
        summary=f"scikit-learn's {name}.",
        source=f"https://scikit-learn.org/stable/modules/generated/sklearn.metrics.{name}.html",
        needs=frozenset({"label", "score" if given == "score" else "prediction"}),
        form=Pairs(truth, given, lambda true, found: _value(name, true, found)),
        better=DIRECTIONS.get(name.rsplit("_", 1)[-1]),
        binary="positive" in truth,
        numeric=takes == "quantity",
        probabilistic=takes == "probability",
        undefined="scikit-learn gives no finite number for these rows",
    )


def _value(name: str, true: Array, found: Array) -> float | None:
    try:
        function = getattr(import_module("sklearn.metrics"), name)
        undefined = import_module("sklearn.exceptions").UndefinedMetricWarning
    except (ImportError, AttributeError) as error:
        raise Undecided(f"scikit-learn with {name} is not installed", help="pip install scikit-learn") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Where a metric is undefined scikit-learn warns and says 0, which a gate would take for a value.
        warnings.simplefilter("error", undefined)
        try:
            value = float(function(true, found))
        except (ValueError, TypeError, undefined):
            return None
    return value if math.isfinite(value) else None
