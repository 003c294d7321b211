"""The chance that a positive row scores higher than a negative one, a tie counting half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import replace
from mlops_gitops.metrics.forms.ranking import RankedValue, Ranks
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops_gitops.metrics.aggregates import Array
    from mlops_gitops.statistics.estimate import Estimate
    from mlops_gitops.statistics.influences import Influences


def area(positives: float, negatives: float, blocks: Iterable[tuple[Array, Array]]) -> float | None:
    """The Mann-Whitney statistic over all pairs, in whole numbers: a won pair counts two, a tie one.

    Mann and Whitney, Annals of Mathematical Statistics 18 (1947) 50-60. None where there is no pair.
    """
    pairs = int(positives) * int(negatives)
    won: float = 0  # whole, unless rows are weighted
    below: float = 0
    for positive, negative in blocks:
        lost = negative.cumsum()
        won += (positive * (2 * (below + lost) - negative)).sum().item()
        below += lost[-1].item()
    return int(won) / (2 * pairs) if pairs else None


def placements(scores: Array, positives: Array, negatives: Array) -> RankedValue | None:
    """The value with its influences: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845.

    The influence of a row is the share of the other class that it wins against, less the value, times n over the rows
    of its own class. None where a class has no rows.
    """
    value = area(positives.sum(), negatives.sum(), [(positives, negatives)] if len(scores) else [])
    if value is None:
        return None
    below, all_positives = negatives.cumsum() - negatives, int(positives.sum())
    above, all_negatives = all_positives - positives.cumsum(), int(negatives.sum())
    won, lost = 2 * below + negatives, 2 * above + positives
    n = all_positives + all_negatives
    positive = (won / (2 * all_negatives) - value) * (n / all_positives)
    negative = (lost / (2 * all_positives) - value) * (n / all_negatives)
    return RankedValue(value, positive, negative)


def bounds(value: float, influences: Influences, positives: int, negatives: int) -> Estimate:
    """By DeLong; where independent rows are too few for it, by a test with null variance, which holds for any."""
    from mlops_gitops.statistics.intervals.delong import delong_interval
    from mlops_gitops.statistics.intervals.newcombe import newcombe_interval

    delong = delong_interval(value, influences, positives, negatives)
    if influences.cluster is not None or not delong.few:
        return delong
    return replace(newcombe_interval(value, positives, negatives), with_more_rows=delong)


def change(value: float, influences: Influences, positives: int, negatives: int) -> Estimate:
    """By DeLong on the paired rows."""
    from mlops_gitops.statistics.intervals.delong_paired import delong_paired_interval

    return delong_paired_interval(value, influences, positives, negatives)


def farthest(positives: Array, negatives: Array, rows: float, sign: float) -> float:
    """A row of the rarer class that goes from one end of the scores to the other changes all of its own pairs."""
    return rows / float(min(positives.sum(), negatives.sum()))


METRIC = Metric(
    id="roc_auc",
    summary=__doc__,
    source="Hanley and McNeil, Radiology 143 (1982) 29-36; scikit-learn's roc_auc_score",
    needs=frozenset({"label", "score"}),
    form=Ranks(
        placements, farthest, area, bounds, change, intervals=("delong", "newcombe", "delong_paired", "discordant")
    ),
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
