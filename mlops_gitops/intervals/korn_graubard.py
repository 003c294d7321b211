"""The interval of a proportion of rows that come in clusters: the exact one, of an effective number of rows."""

from __future__ import annotations

import numpy as np

from mlops_gitops.contracts import Interval
from mlops_gitops.estimate import Estimate
from mlops_gitops.moments import Floats, Number, beta_lower, lacking, of_units, student

EFFECTIVE = 20


def proportion(hits: Floats, of: Floats) -> Number:
    """The share of hits among the rows of all clusters, which the last axis counts."""
    return hits.sum(-1) / np.maximum(of.sum(-1), 1)


def independent(hits: Floats, of: Floats, alpha: float) -> Number:
    """How many independent rows would tell as much as these clusters."""
    share, rows = proportion(hits, of), of.sum(-1)
    left = rows[..., None] - of
    influence = np.where(left > 0, (hits - share[..., None] * of) / np.where(left > 0, left, 1), 0.0)
    its = of_units(influence, np.ones_like(of))
    clusters = rows**2 / np.maximum((of**2).sum(-1), 1)
    trusted = its.effective >= EFFECTIVE
    told = share * (1 - share) / np.where(trusted, its.variance, 1.0)
    fewer = (student(1 - alpha, rows - 1) / student(1 - alpha, its.units - 1)) ** 2
    return np.minimum(np.where(trusted, told * fewer, clusters), rows)


def lower(hits: Floats, of: Floats, alpha: float) -> Number:
    """The lower bound; the upper one is 1 − lower(of − hits, of, alpha)."""
    rows = independent(hits, of, alpha)
    return beta_lower(proportion(hits, of) * rows, rows, alpha)


def of(hits: Floats, of: Floats) -> Estimate:
    """The estimate of a proportion from the hits and the rows of each cluster, two arrays of one length.

    With p the proportion, v its variance between clusters (delete-one jackknife) and m clusters, the bounds are those
    of Clopper & Pearson for p·n* hits of n* = p(1 − p)/v · (t(n − 1)/t(m − 1))² rows, at most n, as Korn & Graubard
    have it. Where p is 0 or 1, v is 0, and n* is the number of clusters; for clusters of unequal size (Σnᵢ)²/Σnᵢ²
    (Kish 1965). So it is here wherever fewer than 20 effective clusters carry v, which is then too often too small.
    """
    hits, rows = np.asarray(hits, float), np.asarray(of, float)
    return Estimate(
        value=float(proportion(hits, rows)),
        lower=lambda alpha: float(lower(hits, rows, alpha)),
        upper=lambda alpha: 1.0 - float(lower(rows - hits, rows, alpha)),
        method="korn_graubard",
        few=lacking("korn_graubard", {"rows": (float(rows.sum()), 1)}),
    )


INTERVAL = Interval(
    id="korn_graubard",
    summary=__doc__,
    source="Korn & Graubard, Confidence intervals for proportions with small expected number of positive counts "
    "estimated from survey data, Survey Methodology 24 (1998) 193–201; Kish, Survey Sampling (1965)",
    range="any number of independent clusters, of any sizes",
    of=of,
)
