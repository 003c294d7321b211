"""The chance that a positive row scores higher than a negative one, a tie counting half."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from mlops_gitops.contracts import Metric, Row


def finish(groups: Sequence[Row]) -> float | None:
    """The Mann-Whitney statistic over all pairs, in whole numbers: a won pair counts two, a tie one."""
    won = positives = negatives = 0
    for row in sorted(groups, key=itemgetter("score")):
        won += row["positives"] * (2 * negatives + row["negatives"])
        positives += row["positives"]
        negatives += row["negatives"]
    pairs = positives * negatives
    return won / (2 * pairs) if pairs else None


METRIC = Metric(
    id="roc_auc",
    summary=__doc__,
    source="Hanley and McNeil, Radiology 143 (1982) 29-36; scikit-learn's roc_auc_score",
    needs=frozenset({"label", "score"}),
    statistics={
        "positives": "count(*) FILTER (WHERE positive)",
        "negatives": "count(*) FILTER (WHERE NOT positive)",
    },
    finish=finish,
    better="higher",
    range=(0, 1),
    binary=True,
    by="score",
    undefined="the labels are of one class only",
    examples=(
        ({"label": [0, 0, 1, 1], "score": [0.1, 0.4, 0.35, 0.8]}, 0.75),
        ({"label": [0, 1, 0, 1], "score": [0.5, 0.5, 0.5, 0.5]}, 0.5),
        ({"label": [1, 0], "score": [-3, 7]}, 0.0),
    ),
)
