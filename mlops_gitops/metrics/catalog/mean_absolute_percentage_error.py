"""The mean distance of predictions from labels, as a share of the label: 0.1 is ten per cent."""

from __future__ import annotations

import sys

from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.forms.row_loss import RowLoss
from mlops_gitops.metrics.metric import Metric

# A label of 0 has no share; scikit-learn divides by this instead, and the value is then far beyond any threshold.
EPSILON = sys.float_info.epsilon

METRIC = Metric(
    id="mean_absolute_percentage_error",
    summary=__doc__,
    source="de Myttenaere, Golden, Le Grand and Rossi, Neurocomputing 192 (2016) 38-48; "
    "scikit-learn's mean_absolute_percentage_error",
    needs=frozenset({"label", "prediction"}),
    form=Means((f"abs(label - prediction) / greatest(abs(label), {EPSILON!r})",), loss=RowLoss()),
    better="lower",
    range=(0, float("inf")),
    numeric=True,
    undefined="there are no rows",
    examples=(
        ({"label": [1.0, -2.0, 4.0], "prediction": [1.1, -1.0, 4.0]}, 0.2),
        ({"label": [0.0, 1.0], "prediction": [1.0, 1.0]}, 1 / EPSILON / 2),
    ),
)
