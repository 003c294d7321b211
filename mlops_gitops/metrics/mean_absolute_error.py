"""The mean distance of predictions from labels, in the label's unit."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """The sum of distances over the rows."""
    (row,) = groups
    return row["distance"] / row["rows"] if row["rows"] else None


METRIC = Metric(
    id="mean_absolute_error",
    summary=__doc__,
    source="Willmott and Matsuura, Climate Research 30 (2005) 79-82; scikit-learn's mean_absolute_error",
    needs=frozenset({"label", "prediction"}),
    statistics={"rows": "count(*)", "distance": "sum(abs(label - prediction))"},
    finish=finish,
    better="lower",
    range=(0, float("inf")),
    numeric=True,
    undefined="there are no rows",
    examples=(({"label": [3.0, -0.5, 2.0, 7.0], "prediction": [2.5, 0.0, 2.0, 8.0]}, 0.5),),
)
