"""The chance that a positive row scores higher than a negative one, a tie counting half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gitops.core.plugins import load
from mlops_gitops.metrics.forms.ranking import Ranked, Ranks
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array
    from mlops_gitops.statistics.estimate import Estimate


def area(scores: Array, positives: Array, negatives: Array) -> float | None:
    """The Mann-Whitney statistic over all pairs, in whole numbers: a won pair counts two, a tie one."""
    pairs = int(positives.sum()) * int(negatives.sum())
    won = negatives.cumsum()
    won *= 2
    won -= negatives
    won *= positives
    return int(won.sum()) / (2 * pairs) if pairs else None


def placements(scores: Array, positives: Array, negatives: Array) -> Ranked | None:
    """The influences of DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845."""
    value = area(scores, positives, negatives)
    if value is None:
        return None
    below, all_positives = negatives.cumsum() - negatives, int(positives.sum())
    above, all_negatives = all_positives - positives.cumsum(), int(negatives.sum())
    won, lost = 2 * below + negatives, 2 * above + positives
    n = all_positives + all_negatives
    of_positive = (won / (2 * all_negatives) - value) * (n / all_positives)
    of_negative = (lost / (2 * all_positives) - value) * (n / all_negatives)
    return Ranked(value, of_positive, of_negative)


def bounds(value: float, psi: Array, rows: Array, positives: int, negatives: int, cluster: Array | None) -> Estimate:
    """By DeLong; where independent rows are too few for it, by a test with null variance, which holds for any."""
    delong: Estimate = load("statistics.intervals", "delong", "INTERVAL").estimate(
        value, psi, rows, positives, negatives, cluster
    )
    if cluster is not None or not delong.few:
        return delong
    newcombe: Estimate = load("statistics.intervals", "newcombe", "INTERVAL").estimate(value, positives, negatives)
    return newcombe


def change(value: float, psi: Array, rows: Array, positives: int, negatives: int, cluster: Array | None) -> Estimate:
    """By DeLong on the paired rows."""
    its: Estimate = load("statistics.intervals", "delong_paired", "INTERVAL").estimate(
        value, psi, rows, positives, negatives, cluster
    )
    return its


METRIC = Metric(
    id="roc_auc",
    summary=__doc__,
    source="Hanley and McNeil, Radiology 143 (1982) 29-36; scikit-learn's roc_auc_score",
    needs=frozenset({"label", "score"}),
    form=Ranks(placements, area, bounds, change, intervals=("delong", "newcombe", "delong_paired")),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="the labels are of one class only",
    examples=(
        ({"label": [0, 0, 1, 1], "score": [0.1, 0.4, 0.35, 0.8]}, 0.75),
        ({"label": [0, 1, 0, 1], "score": [0.5, 0.5, 0.5, 0.5]}, 0.5),
        ({"label": [1, 0], "score": [-3, 7]}, 0.0),
    ),
)
