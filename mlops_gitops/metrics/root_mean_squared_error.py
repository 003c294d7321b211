"""The root of the mean squared distance of predictions from labels, in the label's unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """The root of the sum of squares over the rows."""
    (row,) = groups
    return math.sqrt(row["squares"] / row["rows"]) if row["rows"] else None


METRIC = Metric(
    id="root_mean_squared_error",
    summary=__doc__,
    source="Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd ed. (2009), 2.4; "
    "scikit-learn's root_mean_squared_error",
    needs=frozenset({"label", "prediction"}),
    statistics={"rows": "count(*)", "squares": "sum(pow(label - prediction, 2))"},
    finish=finish,
    better="lower",
    range=(0, float("inf")),
    numeric=True,
    undefined="there are no rows",
    examples=(({"label": [1, 2, 3, 4], "prediction": [1, 2, 3, 0]}, 2.0),),
)
