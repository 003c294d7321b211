"""The mean of each class's recall, weighted by its labels: accuracy, where every class is a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def weighted_recall(matrix: Array) -> Any:
    """Right predictions over rows; None where a class is no label, of which scikit-learn warns."""
    right, labelled, _ = margins(matrix)
    return None if (labelled.real == 0).any() else right.sum() / labelled.sum()


METRIC = Metric(
    id="recall_weighted",
    summary=__doc__,
    source="Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437; "
    "scikit-learn's recall_score, weighted",
    needs=frozenset({"label", "prediction"}),
    form=Counts(weighted_recall),
    better="higher",
    range=(0, 1),
    undefined="a class among the predictions is never a label",
    examples=(({"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}, 0.75),),
)
