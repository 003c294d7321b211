"""The mean squared distance of the scores from what happened, 1 or 0."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """The sum of squares over the rows."""
    (row,) = groups
    return row["squares"] / row["rows"] if row["rows"] else None


METRIC = Metric(
    id="brier",
    summary=__doc__,
    source="Brier, Monthly Weather Review 78 (1950) 1-3, halved to one class; scikit-learn's brier_score_loss",
    needs=frozenset({"label", "score"}),
    statistics={"rows": "count(*)", "squares": "sum(pow(score - CAST(positive AS INTEGER), 2))"},
    finish=finish,
    better="lower",
    range=(0, 1),
    binary=True,
    probabilistic=True,
    undefined="there are no rows",
    examples=(({"label": [1, 0], "score": [0.5, 0.0]}, 0.125),),
)
