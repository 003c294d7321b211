"""The interval of the difference of two AUCs on the same rows."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.auc_variance import (
    CLUSTERS,
    EFFECTIVE,
    EFFECTIVE_CLUSTERS,
    POSITIVES,
    effective,
    needs,
    scatter,
)
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import Floats, Moments, Number, below, lacking, negated
from mlops_gitops.statistics.interval import Interval


def lower(value: Number, moments: Moments, independent: Number, alpha: float) -> Number:
    """The lower bound; the upper one is −lower(−value, negated moments, …)."""
    still = np.maximum(value - (1 - alpha ** (1 / np.maximum(independent, 1))), -1)
    moving = below(value, moments, independent - 1, alpha, (-1, 1))
    return np.where(moments.effective > 0, moving, still)


def of(
    value: float,
    psi: Floats,
    weight: Floats,
    positives: int,
    negatives: int,
    cluster: np.ndarray | None = None,
) -> Estimate:
    """The estimate of AUC(candidate) − AUC(baseline) on the same rows, in [−1, 1].

    `psi[i]` is the difference of both influences of one of the `weight[i]` rows of cell i. Bounds are those of
    `delong`, without the logit scale.

    Where no influence differs, both models rank alike and nothing scatters, which is no certainty. As many disjoint
    pairs of a positive and a negative as the rarer class has rows were all ranked alike, so that the share of pairs
    ranked otherwise is below 1 − alpha^(1/rows), and so is the difference: those are the bounds, and `few` says so.
    """
    independent = min(positives, negatives)
    its = scatter(psi, weight, independent, cluster)
    if cluster is not None:
        clusters = int(its.units)
        independent = min(independent, clusters if its.effective > 0 else clusters // 2)
    few = lacking("delong_paired", needs(its, positives, negatives, clustered=cluster is not None))
    units, least = effective(clustered=cluster is not None)
    alike = f"candidate and baseline rank all rows alike, and delong_paired needs {least} effective {units} that differ"
    return Estimate(
        value=value,
        lower=lambda alpha: float(lower(value, its, independent, alpha)),
        upper=lambda alpha: -float(lower(-value, negated(its), independent, alpha)),
        method="delong_paired",
        few=few if its.effective > 0 else alike,
    )


INTERVAL = Interval(
    id="delong_paired",
    summary=__doc__,
    source="DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837–845; clusters: Obuchowski, Biometrics 53 (1997) "
    "567–578; skewness: Hall, J. R. Stat. Soc. B 54 (1992) 221–228",
    range=f"{POSITIVES} positives, {POSITIVES} negatives, {EFFECTIVE} effective rows that the models rank otherwise; "
    f"with clusters {CLUSTERS} of them and {EFFECTIVE_CLUSTERS} effective ones",
    estimate=of,
)
