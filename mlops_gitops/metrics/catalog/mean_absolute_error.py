"""The mean distance of predictions from labels, in the label's unit."""

from __future__ import annotations

from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.forms.row_loss import RowLoss
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="mean_absolute_error",
    summary=__doc__,
    source="Willmott and Matsuura, Climate Research 30 (2005) 79-82; scikit-learn's mean_absolute_error",
    needs=frozenset({"label", "prediction"}),
    form=Means(("abs(label - prediction)",), loss=RowLoss()),
    better="lower",
    range=(0, float("inf")),
    numeric=True,
    undefined="there are no rows",
    examples=(({"label": [3.0, -0.5, 2.0, 7.0], "prediction": [2.5, 0.0, 2.0, 8.0]}, 0.5),),
)
