"""The share of the labels' variance that the predictions explain; below 0 they are worse than the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.forms.row_loss import RowLoss
from mlops_gitops.metrics.metric import Metric

RESOLUTION = 1e-14  # of a variance beside its mean square: less is what rounding leaves of labels that are all equal


def explained(means: Sequence[Any]) -> Any:
    """1 − Σ(y − ŷ)²/Σ(y − ȳ)², from the means of squared residuals, of labels y and of their squares, about one centre.

    None where the variance of the labels is at most RESOLUTION of their mean square. The result has no unit.
    """
    squares, label, label_squared = means
    variance = label_squared - label * label
    return None if variance.real <= RESOLUTION * label_squared.real else 1 - squares / variance


METRIC = Metric(
    id="r2",
    summary=__doc__,
    source="Draper and Smith, Applied Regression Analysis, 3rd ed. (1998), 1.3; scikit-learn's r2_score",
    needs=frozenset({"label", "prediction"}),
    form=Means(
        ("pow(label - prediction, 2)", "label - {centre}", "pow(label - {centre}, 2)"),
        transform=explained,
        span=(float("-inf"), 1.0),
        loss=RowLoss(2),
    ),
    better="higher",
    range=(float("-inf"), 1),
    numeric=True,
    undefined="the labels do not vary",
    examples=(
        ({"label": [1, 2, 3], "prediction": [1, 2, 3]}, 1.0),
        ({"label": [1, 2, 3], "prediction": [2, 2, 2]}, 0.0),
        ({"label": [1, 2, 3], "prediction": [1, 2, 4]}, 0.5),
    ),
)
