"""The share of positive labels that are found."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """True positives over positives."""
    (row,) = groups
    return row["true_positives"] / row["positives"] if row["positives"] else None


METRIC = Metric(
    id="recall",
    summary=__doc__,
    source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7; scikit-learn's recall_score",
    needs=frozenset({"label", "prediction"}),
    statistics={
        "true_positives": "count(*) FILTER (WHERE positive AND predicted)",
        "positives": "count(*) FILTER (WHERE positive)",
    },
    finish=finish,
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="no label is positive",
    examples=(({"label": [1, 1, 1, 0], "prediction": [1, 0, 0, 0]}, 1 / 3),),
)
