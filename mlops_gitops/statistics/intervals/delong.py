"""The interval of one AUC from how each row changes it, for large samples."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.auc_variance import (
    MIN_CLASS_ROWS,
    MIN_CLUSTERS,
    MIN_EFFECTIVE_CLUSTERS,
    auc_counts,
    auc_moments,
)
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import Moments, negate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number
from mlops_gitops.statistics.smooth_bounds import smooth_lower

MIN_EFFECTIVE_ROWS = 6
MIN_MISPLACED = 5


def misplaced_rows(value: Number, independent: Number) -> Number:
    """How many rows of the rarer class (or clusters) are on the wrong side, if each is on one side of all others.

    That is min(A, 1 − A) times their number. An AUC of nearly 1 depends on these alone, and nothing else shows how much
    it would differ in another sample.
    """
    return np.minimum(value, 1 - value) * independent


def lower_bound(value: Number, moments: Moments, rarer: Number, alpha: float) -> Number:
    """The lower bound, elementwise; the upper one is 1 − lower_bound(1 − value, negated moments, …).

    `rarer` counts the rows of the rarer class or, if there are fewer, the clusters.
    """
    return smooth_lower(value, moments, rarer - 1, alpha, (0, 1))


def delong_interval(value: float, influences: Influences, positives: int, negatives: int) -> Estimate:
    """The estimate of an AUC in [0, 1] from its influences, and how many rows are positive and negative.

    The variance is that of DeLong, DeLong & Clarke-Pearson, Σψ²/(n(n − 1)) of n rows with influences ψ, times r/(r − 1)
    of r rows of the rarer class; of clusters that of Obuchowski, whose units are the sums over each cluster.
    The lower bound is the lowest of value − t·se, the same corrected for skewness (Hall 1992), and the one on the logit
    scale; Student's t has as many degrees of freedom as the rarer class, or the clusters, less one, and half the jump
    of an effective row is added. `few` names positives, negatives, clusters, effective units or misplaced rows of which
    there are too few.
    """
    clustered = influences.cluster is not None
    independent = min(positives, negatives)
    moments = auc_moments(influences, independent)
    if clustered:
        independent = min(independent, int(moments.units))
    units = "clusters" if clustered else "rows"
    misplaced = {f"misplaced {units}": (float(misplaced_rows(value, independent)), float(MIN_MISPLACED))}
    return Estimate(
        value=value,
        lower=lambda alpha: float(lower_bound(value, moments, independent, alpha)),
        upper=lambda alpha: 1.0 - float(lower_bound(1 - value, negate(moments), independent, alpha)),
        method="delong",
        counts={**auc_counts(moments, positives, negatives, MIN_EFFECTIVE_ROWS, clustered=clustered), **misplaced},
    )


INTERVAL = Interval(
    id="delong",
    summary=__doc__,
    source="DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837–845; clusters: Obuchowski, Biometrics 53 (1997) "
    "567–578; skewness: Hall, J. R. Stat. Soc. B 54 (1992) 221–228",
    range=f"{MIN_CLASS_ROWS} positives, {MIN_CLASS_ROWS} negatives, {MIN_EFFECTIVE_ROWS} effective rows, "
    f"{MIN_MISPLACED} misplaced ones; with clusters {MIN_CLUSTERS} of them, {MIN_EFFECTIVE_CLUSTERS} effective "
    f"and {MIN_MISPLACED} misplaced ones",
    estimate=delong_interval,
)
