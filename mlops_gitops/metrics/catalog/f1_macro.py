"""The mean of each class's f1, all classes counting alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def mean_f1(matrix: Array) -> Any:
    """The mean over classes of twice the right predictions over labels and predictions."""
    right, labelled, predicted = margins(matrix)
    return (2 * right / (labelled + predicted)).mean()


METRIC = Metric(
    id="f1_macro",
    summary=__doc__,
    source="Opitz and Burst, Macro F1 and Macro F1, arXiv 1911.03347 (2019): the mean of f1, not the f1 of means; "
    "scikit-learn's f1_score, macro",
    needs=frozenset({"label", "prediction"}),
    form=Counts(mean_f1, averaged="class"),  # whose f1 follows from a share of the rows of either
    better="higher",
    range=(0, 1),
    undefined="there are no rows",
    examples=(({"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}, 7 / 9),),
)
