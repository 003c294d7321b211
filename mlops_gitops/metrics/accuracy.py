"""The share of rows whose prediction equals their label."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """Correct rows over all rows."""
    (row,) = groups
    return row["correct"] / row["rows"] if row["rows"] else None


METRIC = Metric(
    id="accuracy",
    summary=__doc__,
    source="ISO/IEC TS 4213:2022, 6.2.2; scikit-learn's accuracy_score",
    needs=frozenset({"label", "prediction"}),
    statistics={"rows": "count(*)", "correct": "count(*) FILTER (WHERE label = prediction)"},
    finish=finish,
    better="higher",
    range=(0, 1),
    undefined="there are no rows",
    examples=(
        ({"label": [1, 0, 1, 0], "prediction": [1, 0, 0, 0]}, 0.75),
        ({"label": ["cat", "dog", "bird"], "prediction": ["cat", "cat", "cat"]}, 1 / 3),
    ),
)
