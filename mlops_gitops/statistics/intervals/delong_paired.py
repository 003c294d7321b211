"""The interval of the difference of two AUCs on the same rows."""

from __future__ import annotations

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

MIN_EFFECTIVE_ROWS = 8


def lower_bound(value: Number, moments: Moments, independent: Number, alpha: float) -> Number:
    """The lower bound, elementwise; the upper one is −lower_bound(−value, negated moments, …).

    `independent` counts the rows of the rarer class or, if there are fewer, the clusters.
    """
    return smooth_lower(value, moments, independent - 1, alpha, (-1, 1))


def delong_paired_interval(value: float, influences: Influences, positives: int, negatives: int) -> Estimate:
    """The estimate of AUC(candidate) − AUC(baseline) on the same rows, in [−1, 1].

    `influences` are the differences of both influences of each row, `positives` and `negatives` count rows. Bounds are
    those of `delong`, without the logit scale, and `few` names the same counts. Two models that rank all rows alike
    have no effective row.
    """
    clustered = influences.cluster is not None
    independent = min(positives, negatives)
    moments = auc_moments(influences, independent)
    if clustered:
        independent = min(independent, int(moments.units))
    return Estimate(
        value=value,
        lower=lambda alpha: float(lower_bound(value, moments, independent, alpha)),
        upper=lambda alpha: -float(lower_bound(-value, negate(moments), independent, alpha)),
        method="delong_paired",
        counts=auc_counts(moments, positives, negatives, MIN_EFFECTIVE_ROWS, clustered=clustered),
    )


INTERVAL = Interval(
    id="delong_paired",
    summary=__doc__,
    source="DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837–845; clusters: Obuchowski, Biometrics 53 (1997) "
    "567–578; skewness: Hall, J. R. Stat. Soc. B 54 (1992) 221–228",
    range=f"{MIN_CLASS_ROWS} positives, {MIN_CLASS_ROWS} negatives, {MIN_EFFECTIVE_ROWS} effective rows that the "
    f"models rank otherwise; with clusters {MIN_CLUSTERS} of them and {MIN_EFFECTIVE_CLUSTERS} effective ones",
    estimate=delong_paired_interval,
)
