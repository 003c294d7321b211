"""The harmonic mean of precision and recall in which recall counts BETA times as much."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.errors import Error
from mlops_gitops.metrics.forms.confusion_matrix import Counts
from mlops_gitops.metrics.metric import Family, Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array

LEAST, MOST = 0.01, 100.0  # beyond them it is precision or recall, to the digits that are recorded


def f_beta(text: str) -> Metric:
    """The metric `f_beta:BETA`: (1 + β²)·TP/((1 + β²)·TP + β²·FN + FP).

    Raises Error for text that is not a number from 0.01 to 100.
    """
    beta = float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else 0.0
    if not LEAST <= beta <= MOST:
        help = f"write a number from {LEAST:g} to {MOST:g}: f_beta:2 counts recall twice as much as precision"
        raise Error(f"no metric is called {f'f_beta:{text}'!r}", help=help)
    square = beta**2

    def harmonic(matrix: Array) -> Any:
        (_, false_positives), (false_negatives, found) = matrix
        total = (1 + square) * found + square * false_negatives + false_positives
        return None if total.real == 0 else (1 + square) * found / total

    return Metric(
        id=f"f_beta:{text}",
        summary=__doc__,
        source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7; scikit-learn's fbeta_score",
        needs=frozenset({"label", "prediction"}),
        form=Counts(harmonic, binary=True),
        better="higher",
        range=(0, 1),
        binary=True,
        undefined="neither a label nor a prediction is positive",
        examples=(
            ({"label": [1, 1, 1, 0], "prediction": [1, 0, 0, 0]}, (1 + square) / (1 + 3 * square)),
            ({"label": [1, 0, 0], "prediction": [1, 1, 1]}, (1 + square) / (3 + square)),
        ),
    )


FAMILY = Family(
    id="f_beta",
    takes="a number from 0.01 to 100",
    build=f_beta,
    members=("2",),
)
