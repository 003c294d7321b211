"""The agreement of labels and predictions beyond what chance would give: 0 for guessing, 1 for all right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.metrics.forms.confusion_matrix import Counts, margins
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array


def agreement(matrix: Array) -> Any:
    """κ = (p_o − p_e)/(1 − p_e), of counts: p_o is the share of right predictions, p_e the share that chance gives.

    None where p_e is 1: chance alone always agrees.
    """
    right, labelled, predicted = margins(matrix)
    n, by_chance = matrix.sum(), labelled @ predicted
    most = n**2 - by_chance
    return (n * right.sum() - by_chance) / most if most.real else None


METRIC = Metric(
    id="cohen_kappa",
    summary=__doc__,
    source="Cohen, Educ. Psychol. Meas. 20 (1960) 37-46; scikit-learn's cohen_kappa_score",
    needs=frozenset({"label", "prediction"}),
    form=Counts(agreement, span=(-1.0, 1.0)),
    better="higher",
    range=(-1, 1),
    undefined="labels and predictions are all of one class",
    examples=(({"label": ["n", "p", "n", "u", "p"], "prediction": ["n", "p", "n", "u", "n"]}, 0.6875),),
)
