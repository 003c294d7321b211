"""The share of the labels' variance that the predictions explain; below 0 they are worse than the mean."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """One minus the residual over the total sum of squares."""
    (row,) = groups
    if row["rows"] < 2 or row["lowest"] == row["highest"]:
        return None
    return 1 - row["squares"] / row["rows"] / row["variance"] if row["variance"] else None


METRIC = Metric(
    id="r2",
    summary=__doc__,
    source="Draper and Smith, Applied Regression Analysis, 3rd ed. (1998), 1.3; scikit-learn's r2_score",
    needs=frozenset({"label", "prediction"}),
    statistics={
        "rows": "count(*)",
        "squares": "sum(pow(label - prediction, 2))",
        "variance": "var_pop(label)",
        "lowest": "min(label)",
        "highest": "max(label)",
    },
    finish=finish,
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
