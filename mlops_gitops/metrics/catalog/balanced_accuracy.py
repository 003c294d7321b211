"""The mean of each class's recall; of two classes, that of recall and specificity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def balanced(matrix: Array) -> Any:
    """The mean over classes of right predictions over labels; None where a class is no label."""
    right, labelled, _ = margins(matrix)
    return None if (labelled.real == 0).any() else (right / labelled).mean()


METRIC = Metric(
    id="balanced_accuracy",
    summary=__doc__,
    source="Brodersen, Ong, Stephan and Buhmann, ICPR (2010) 3121-3124; scikit-learn's balanced_accuracy_score",
    needs=frozenset({"label", "prediction"}),
    form=Counts(balanced, averaged="label"),
    better="higher",
    range=(0, 1),
    undefined="a class among the predictions is never a label",
    examples=(({"label": [0, 1, 0, 0, 1, 0], "prediction": [0, 1, 0, 0, 0, 1]}, 0.625),),
)
