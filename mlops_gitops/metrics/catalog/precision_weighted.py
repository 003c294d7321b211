"""The mean of each class's precision, weighted by its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def weighted_precision(matrix: Array) -> Any:
    """Each class's precision weighted by its share of the labels; None where a class is never predicted."""
    right, labelled, predicted = margins(matrix)
    return None if (predicted.real == 0).any() else (labelled * right / predicted).sum() / labelled.sum()


METRIC = Metric(
    id="precision_weighted",
    summary=__doc__,
    source="Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437; "
    "scikit-learn's precision_score, weighted",
    needs=frozenset({"label", "prediction"}),
    form=Counts(weighted_precision, averaged="prediction"),
    better="higher",
    range=(0, 1),
    undefined="a class among the labels is never predicted",
    examples=(({"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}, 3.5 / 4),),
)
