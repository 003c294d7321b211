"""The interval of a proportion of rows that come in clusters: the exact one, of an effective number of rows."""

from __future__ import annotations

import numpy as np

from mlops_gitops.core.frozen import frozen
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import Floats, Number, beta_lower, lacking, of_units, student
from mlops_gitops.statistics.interval import Interval

EFFECTIVE = 20


@frozen
class Told:
    """What clusters tell: the share of hits, and of how many independent rows, before degrees of freedom."""

    share: Number
    independent: Number
    trusted: Number  # whether enough clusters carry the variance between them
    rows: Number
    clusters: Number


def told(hits: Floats, of: Floats) -> Told:
    """What the hits and rows of clusters tell; the last axis is that of clusters."""
    rows = of.sum(-1)
    share = hits.sum(-1) / np.maximum(rows, 1)
    left = rows[..., None] - of
    influence = np.where(left > 0, (hits - share[..., None] * of) / np.where(left > 0, left, 1), 0.0)
    its = of_units(influence, np.ones_like(of))
    trusted = its.effective >= EFFECTIVE
    fewest = rows**2 / np.maximum((of**2).sum(-1), 1)
    independent = np.where(trusted, share * (1 - share) / np.where(trusted, its.variance, 1.0), fewest)
    return Told(share, independent, trusted, rows, its.units)


def lower(its: Told, alpha: float) -> Number:
    """The lower bound; the upper one is 1 − lower(told(of − hits, of), alpha)."""
    tail = min(alpha, 0.499999)  # Both quantiles are 0 at ½, and their ratio is not.
    fewer = (student(1 - tail, its.rows - 1) / student(1 - tail, its.clusters - 1)) ** 2
    rows = np.minimum(its.independent * np.where(its.trusted, fewer, 1.0), its.rows)
    return beta_lower(its.share * rows, rows, alpha)


def of(hits: Floats, of: Floats) -> Estimate:
    """The estimate of a proportion from the hits and the rows of each cluster, two arrays of one length.

    With p the proportion, v its variance between clusters (delete-one jackknife) and m clusters, the bounds are those
    of Clopper & Pearson for p·n* hits of n* = p(1 − p)/v · (t(n − 1)/t(m − 1))² rows, at most n, as Korn & Graubard
    have it. Where p is 0 or 1, v is 0, and n* is the number of clusters; for clusters of unequal size (Σnᵢ)²/Σnᵢ²
    (Kish 1965). So it is here wherever fewer than 20 effective clusters carry v, which is then too often too small.
    """
    hits, rows = np.asarray(hits, float), np.asarray(of, float)
    its, missed = told(hits, rows), told(rows - hits, rows)
    return Estimate(
        value=float(its.share),
        lower=lambda alpha: float(lower(its, alpha)),
        upper=lambda alpha: 1.0 - float(lower(missed, alpha)),
        method="korn_graubard",
        few=lacking("korn_graubard", {"rows": (float(rows.sum()), 1)}),
    )


INTERVAL = Interval(
    id="korn_graubard",
    summary=__doc__,
    source="Korn & Graubard, Confidence intervals for proportions with small expected number of positive counts "
    "estimated from survey data, Survey Methodology 24 (1998) 193–201; Kish, Survey Sampling (1965)",
    range="any number of independent clusters, of any sizes",
    estimate=of,
)
