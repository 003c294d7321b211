"""The mean of each class's f1, weighted by its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def weighted_f1(matrix: Array) -> Any:
    """Each class's f1 weighted by its share of the labels."""
    right, labelled, predicted = margins(matrix)
    return (labelled * 2 * right / (labelled + predicted)).sum() / labelled.sum()


METRIC = Metric(
    id="f1_weighted",
    summary=__doc__,
    source="Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437; "
    "scikit-learn's f1_score, weighted",
    needs=frozenset({"label", "prediction"}),
    form=Counts(weighted_f1),
    better="higher",
    range=(0, 1),
    undefined="there are no rows",
    examples=(({"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}, 0.75),),
)
