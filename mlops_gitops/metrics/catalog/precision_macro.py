"""The mean of each class's precision, all classes counting alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def mean_precision(matrix: Array) -> Any:
    """The mean over classes of right predictions over predictions; None where a class is never predicted."""
    right, _, predicted = margins(matrix)
    return None if (predicted.real == 0).any() else (right / predicted).mean()


METRIC = Metric(
    id="precision_macro",
    summary=__doc__,
    source="Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437; "
    "scikit-learn's precision_score, macro",
    needs=frozenset({"label", "prediction"}),
    form=Counts(mean_precision, averaged="prediction"),
    better="higher",
    range=(0, 1),
    undefined="a class among the labels is never predicted",
    examples=(({"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}, 2.5 / 3),),
)
