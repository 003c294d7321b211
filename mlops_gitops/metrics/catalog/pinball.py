"""The mean distance of predictions from labels, times ALPHA below them and 1 - ALPHA above: the loss of a quantile."""

from __future__ import annotations

import re

from mlops_gitops.core.errors import Error
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.forms.row_loss import RowLoss
from mlops_gitops.metrics.metric import Family, Metric


def pinball(text: str) -> Metric:
    """The metric `pinball:ALPHA`, in the unit of the label: the mean of α(y − ŷ) or, of ŷ above y, of (1 − α)(ŷ − y).

    Raises Error for text that is not a number between 0 and 1, written 0.… with at most nine digits.
    """
    alpha = float(text) if re.fullmatch(r"0\.[0-9]{1,9}", text) else 0.0
    if not alpha:
        help = "write a number between 0 and 1: pinball:0.9 is of predictions that nine of ten labels stay below"
        raise Error(f"no metric is called {f'pinball:{text}'!r}", help=help)
    distance = f"CASE WHEN label >= prediction THEN {alpha!r} ELSE {alpha - 1!r} END * (label - prediction)"
    return Metric(
        id=f"pinball:{text}",
        summary=__doc__,
        source="Koenker and Bassett, Econometrica 46 (1978) 33-50; scikit-learn's mean_pinball_loss",
        needs=frozenset({"label", "prediction"}),
        form=Means((distance,), loss=RowLoss()),
        better="lower",
        range=(0, float("inf")),
        numeric=True,
        undefined="there are no rows",
        examples=(
            ({"label": [1, 2, 3], "prediction": [0, 2, 3]}, alpha / 3),
            ({"label": [1, 2, 3], "prediction": [1, 2, 5]}, (1 - alpha) * 2 / 3),
        ),
    )


FAMILY = Family(
    id="pinball",
    takes="a number between 0 and 1",
    build=pinball,
    members=("0.9",),
)
