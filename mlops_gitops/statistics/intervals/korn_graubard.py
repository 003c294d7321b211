"""The interval of a proportion of rows that come in clusters: the exact one, of an effective number of rows."""

from __future__ import annotations

import numpy as np

from mlops_gitops.core.frozen import frozen
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import unit_moments
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Floats, Number, beta_lower, t_quantile

MIN_EFFECTIVE_CLUSTERS = 20


@frozen
class ClusterProportion:
    """A share of hits among clustered rows; each field is a number, or an array of one element a replicate.

    `effective_rows` counts independent rows of equal variance, before degrees of freedom are allowed for; `measured`
    is whether that comes from the variance between clusters, which enough of them carry.
    """

    share: Number
    effective_rows: Number
    measured: Number
    rows: Number
    clusters: Number


def cluster_proportion(hits: Floats, rows: Floats) -> ClusterProportion:
    """The share of the hits and rows of each cluster, float64 arrays of one shape; the last axis is that of clusters.

    The effective number of rows is p(1 − p)/v with v the jackknife variance between clusters or, where fewer than 20
    effective clusters carry v, the effective number of clusters (Σnᵢ)²/Σnᵢ² (Kish, Survey Sampling (1965)).
    """
    total = rows.sum(-1)
    share = hits.sum(-1) / np.maximum(total, 1)
    left = total[..., None] - rows
    influence = np.where(left > 0, (hits - share[..., None] * rows) / np.where(left > 0, left, 1), 0.0)
    moments = unit_moments(influence, np.ones_like(rows))
    measured = moments.effective >= MIN_EFFECTIVE_CLUSTERS
    fewest = total**2 / np.maximum((rows**2).sum(-1), 1)
    effective = np.where(measured, share * (1 - share) / np.where(measured, moments.variance, 1.0), fewest)
    return ClusterProportion(share, effective, measured, total, moments.units)


def lower_bound(proportion: ClusterProportion, alpha: float) -> Number:
    """The lower bound; the upper one is 1 − lower_bound(cluster_proportion(rows − hits, rows), alpha)."""
    tail = min(alpha, 0.499999)  # Both quantiles are 0 at ½, and their ratio is not.
    row_quantile, cluster_quantile = (t_quantile(1 - tail, n - 1) for n in (proportion.rows, proportion.clusters))
    design = np.where(proportion.measured, (row_quantile / cluster_quantile) ** 2, 1.0)
    rows = np.minimum(proportion.effective_rows * design, proportion.rows)
    return beta_lower(proportion.share * rows, rows, alpha)


def korn_graubard_interval(hits: Floats, rows: Floats) -> Estimate:
    """The estimate of a proportion, a share in [0, 1], from the hits and rows of each cluster.

    Both are counts, float64 arrays of shape (clusters,). With p the proportion, v its variance between clusters
    (delete-one jackknife) and m clusters, the bounds are those of Clopper & Pearson for p·n* hits of
    n* = p(1 − p)/v · (t(n − 1)/t(m − 1))² rows, at most n. Where p is 0 or 1, v is 0, and n* is the number of clusters;
    for clusters of unequal size (Σnᵢ)²/Σnᵢ² (Kish 1965). So it is here wherever fewer than 20 effective clusters carry
    v, which is then too often too small. `few` says that there are no rows.
    """
    hits, rows = np.asarray(hits, float), np.asarray(rows, float)
    hit, missed = cluster_proportion(hits, rows), cluster_proportion(rows - hits, rows)
    return Estimate(
        value=float(hit.share),
        lower=lambda alpha: float(lower_bound(hit, alpha)),
        upper=lambda alpha: 1.0 - float(lower_bound(missed, alpha)),
        method="korn_graubard",
        counts={"rows": (float(rows.sum()), 1)},
    )


INTERVAL = Interval(
    id="korn_graubard",
    summary=__doc__,
    source="Korn & Graubard, Confidence intervals for proportions with small expected number of positive counts "
    "estimated from survey data, Survey Methodology 24 (1998) 193–201; Kish, Survey Sampling (1965)",
    range="any number of independent clusters, of any sizes",
    estimate=korn_graubard_interval,
)
