"""The root of the mean squared distance of predictions from labels, in the label's unit."""

from __future__ import annotations

from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.forms.row_loss import RowLoss
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="root_mean_squared_error",
    summary=__doc__,
    source="Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd ed. (2009), 2.4; "
    "scikit-learn's root_mean_squared_error",
    needs=frozenset({"label", "prediction"}),
    form=Means(("pow(label - prediction, 2)",), transform=lambda means: means[0] ** 0.5, loss=RowLoss(2)),
    better="lower",
    range=(0, float("inf")),
    numeric=True,
    undefined="there are no rows",
    examples=(({"label": [1, 2, 3, 4], "prediction": [1, 2, 3, 0]}, 2.0),),
)
