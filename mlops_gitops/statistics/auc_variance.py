"""What the intervals of one AUC and of a difference of two share: the variance, and the counts that they need."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.estimate import Counts
from mlops_gitops.statistics.influence_moments import Moments, drop_rounding, influence_moments
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.quantiles import Number

MIN_CLASS_ROWS = 20  # positives, and as many negatives
MIN_CLUSTERS = 30
MIN_EFFECTIVE_CLUSTERS = 12


def auc_moments(influences: Influences, rarer: Number) -> Moments:
    """The moments of an AUC or of a difference of two, with the divisor n − 1 of the rarer class for both classes.

    `rarer` counts the rows of the rarer class.
    """
    moments = drop_rounding(influence_moments(influences), 1.0)
    variance = moments.variance * rarer / np.maximum(rarer - 1, 1)
    return Moments(variance, moments.skewness, moments.units, moments.effective)


def auc_counts(moments: Moments, positives: int, negatives: int, effective_rows: int, *, clustered: bool) -> Counts:
    """Rows of each class, and effective rows, of which so many are needed; or clusters and effective ones."""
    counts: dict[str, tuple[float, float]] = {
        "positives": (positives, MIN_CLASS_ROWS),
        "negatives": (negatives, MIN_CLASS_ROWS),
    }
    effective = float(moments.effective)
    if not clustered:
        return counts | {"effective rows": (effective, effective_rows)}
    clusters = {
        "clusters": (int(moments.units), MIN_CLUSTERS),
        "effective clusters": (effective, MIN_EFFECTIVE_CLUSTERS),
    }
    return counts | clusters
