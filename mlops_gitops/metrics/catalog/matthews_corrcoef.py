"""The correlation of labels and predictions, of two classes or many: 0 for guessing, 1 for all right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def correlation(matrix: Array) -> Any:
    """Gorodkin's R_K: the correlation of two variables that name classes, MCC for two; None where either is constant.

    With n rows, r of them right, and l and p the rows labelled and predicted as each class, it is
    (n·Σr − Σl·p)/√((n² − Σl²)(n² − Σp²)).
    """
    right, labelled, predicted = margins(matrix)
    n = matrix.sum()
    label, prediction = n**2 - labelled @ labelled, n**2 - predicted @ predicted
    if not (label.real and prediction.real):
        return None
    return (n * right.sum() - labelled @ predicted) / (label * prediction) ** 0.5


METRIC = Metric(
    id="matthews_corrcoef",
    summary=__doc__,
    source="Matthews, Biochim. Biophys. Acta 405 (1975) 442-451; Gorodkin, Comput. Biol. Chem. 28 (2004) 367-374; "
    "scikit-learn's matthews_corrcoef",
    needs=frozenset({"label", "prediction"}),
    form=Counts(correlation, span=(-1.0, 1.0)),
    better="higher",
    range=(-1, 1),
    undefined="the labels or the predictions are of one class only",
    examples=(({"label": [1, 1, 1, -1], "prediction": [1, -1, 1, 1]}, -1 / 3),),
)
