"""The mean of each class's recall, all classes counting alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def mean_recall(matrix: Array) -> Any:
    """The mean over classes of right predictions over labels; None where a class is no label."""
    right, labelled, _ = margins(matrix)
    return None if (labelled.real == 0).any() else (right / labelled).mean()


METRIC = Metric(
    id="recall_macro",
    summary=__doc__,
    source="Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437; "
    "scikit-learn's recall_score, macro",
    needs=frozenset({"label", "prediction"}),
    form=Counts(mean_recall, averaged="label"),
    better="higher",
    range=(0, 1),
    undefined="a class among the predictions is never a label",
    examples=(({"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}, 2.5 / 3),),
)
