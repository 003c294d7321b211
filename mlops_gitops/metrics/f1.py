"""The harmonic mean of precision and recall."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """Twice the true positives over positives and predicted positives together."""
    (row,) = groups
    marked = row["positives"] + row["predicted_positives"]
    return 2 * row["true_positives"] / marked if marked else None


METRIC = Metric(
    id="f1",
    summary=__doc__,
    source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7, beta = 1; scikit-learn's f1_score",
    needs=frozenset({"label", "prediction"}),
    statistics={
        "true_positives": "count(*) FILTER (WHERE positive AND predicted)",
        "positives": "count(*) FILTER (WHERE positive)",
        "predicted_positives": "count(*) FILTER (WHERE predicted)",
    },
    finish=finish,
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="neither a label nor a prediction is positive",
    examples=(({"label": [1, 1, 1, 0], "prediction": [1, 0, 0, 0]}, 0.5),),
)
