"""How far scores are from the share of positives, over 15 bins of equal width, each bin weighted by its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gitops.metrics.forms.ranking import RankedValue, Ranks
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array

BINS = 15


def calibrated(scores: Array, positives: Array, negatives: Array) -> RankedValue | None:
    """The sum over bins of |Σ scores − positives|, over all rows: the mean distance of score and share of positives.

    A score on an edge belongs to the bin below it, as in scikit-learn's calibration_curve; where the truth is a curve
    and not a step a bin, the distance is at least this. Chance alone makes it too high, so its bins are its parts.
    """
    import numpy as np

    part = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores)
    n = int(positives.sum() + negatives.sum())
    gap = np.bincount(part, weights=positives * (scores - 1) + negatives * scores, minlength=BINS)
    value, sign = float(abs(gap).sum()) / n, np.where(gap < 0, -1.0, 1.0)[part]
    return RankedValue(value, sign * (scores - 1) - value, sign * scores - value, part)


def farthest(positives: Array, negatives: Array, rows: float, sign: float) -> float:
    """A row that goes from one bin to another moves the sum of each by at most 1: by its label less its score there."""
    return 2 * rows / float(positives.sum() + negatives.sum())


METRIC = Metric(
    id="expected_calibration_error",
    summary=__doc__,
    source="Guo, Pleiss, Sun and Weinberger, ICML (2017), of the score of the positive class; bounds by Bröcker, "
    "Climate Dynamics 39 (2012) 655-667; the bins of scikit-learn's calibration_curve",
    needs=frozenset({"label", "score"}),
    form=Ranks(calibrated, farthest),
    better="lower",
    range=(0, 1),
    binary=True,
    probabilistic=True,
    undefined="there are no rows",
    examples=(
        ({"label": [1, 0], "score": [0.8, 0.1]}, 0.15),
        ({"label": [1, 0, 0, 0], "score": [0.27, 0.28, 0.29, 0.3]}, 0.035),
        ({"label": [0, 1], "score": [1.0, 0.0]}, 1.0),
    ),
)
