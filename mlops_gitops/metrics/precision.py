"""The share of positive predictions that are right."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """True positives over predicted positives."""
    (row,) = groups
    return row["true_positives"] / row["predicted_positives"] if row["predicted_positives"] else None


METRIC = Metric(
    id="precision",
    summary=__doc__,
    source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7; scikit-learn's precision_score",
    needs=frozenset({"label", "prediction"}),
    statistics={
        "true_positives": "count(*) FILTER (WHERE positive AND predicted)",
        "predicted_positives": "count(*) FILTER (WHERE predicted)",
    },
    finish=finish,
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="no prediction is positive",
    examples=(({"label": [1, 0, 1, 0], "prediction": [1, 1, 0, 0]}, 0.5),),
)
