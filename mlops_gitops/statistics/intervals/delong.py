"""The interval of one AUC from how each row changes it, for large samples."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.auc_variance import CLUSTERS, EFFECTIVE, EFFECTIVE_CLUSTERS, POSITIVES, needs, scatter
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import Floats, Moments, Number, below, lacking, negated
from mlops_gitops.statistics.interval import Interval


def lower(value: Number, moments: Moments, rarer: Number, alpha: float) -> Number:
    """The lower bound; the upper one is 1 − lower(1 − value, negated moments, …)."""
    return below(value, moments, rarer - 1, alpha, (0, 1))


def of(
    value: float,
    psi: Floats,
    weight: Floats,
    positives: int,
    negatives: int,
    cluster: np.ndarray | None = None,
) -> Estimate:
    """The estimate of an AUC.

    `psi[i]` is the influence of one of the `weight[i]` rows of cell i; its mean over rows is 0. With n the sum of
    `weight`, the variance is Σ weight·psi²/n², as DeLong, DeLong & Clarke-Pearson have it; of clusters, when
    `cluster[i]` names the cluster of cell i, after summing the rows of each, as Obuchowski has it. The lower bound is
    the lowest of value − t·se, the same corrected for skewness (Hall 1992), and the one on the logit scale; Student's
    t has as many degrees of freedom as the rarer class, or the clusters, less one, and half a row's jump is added.
    """
    independent = min(positives, negatives)
    its = scatter(psi, weight, independent, cluster)
    if cluster is not None:
        clusters = int(its.units)
        independent = min(independent, clusters)
    few = lacking("delong", needs(its, positives, negatives, clustered=cluster is not None))
    return Estimate(
        value=value,
        lower=lambda alpha: float(lower(value, its, independent, alpha)),
        upper=lambda alpha: 1.0 - float(lower(1 - value, negated(its), independent, alpha)),
        method="delong",
        few=few,
    )


INTERVAL = Interval(
    id="delong",
    summary=__doc__,
    source="DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837–845; clusters: Obuchowski, Biometrics 53 (1997) "
    "567–578; skewness: Hall, J. R. Stat. Soc. B 54 (1992) 221–228",
    range=f"{POSITIVES} positives, {POSITIVES} negatives, {EFFECTIVE} effective rows; with clusters {CLUSTERS} of "
    f"them and {EFFECTIVE_CLUSTERS} effective ones",
    estimate=of,
)
