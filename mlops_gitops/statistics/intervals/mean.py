"""The interval of a mean over independent rows, as of losses."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mlops_gitops.statistics.estimate import TOLERANCE, Counts, Estimate
from mlops_gitops.statistics.influence_moments import Moments, negate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number
from mlops_gitops.statistics.smooth_bounds import smooth_lower

MIN_ROWS = 50
MIN_EFFECTIVE_ROWS = 12
MIN_GROUP_ROWS = 10


def mean_moments(n: Number, variance: Number, third: Number, mean: Number = 0.0) -> Moments:
    """The moments of a mean from the second and third central moments of its n rows, Σ(x − mean)^k/n, elementwise.

    The skewness has the usual correction for bias, √(n(n − 1))/(n − 2) (Joanes & Gill, The Statistician 47 (1998)
    183–189). `effective` is n/g² for rows of skewness g, at most n: a count of rare events has skewness 1/√events, and
    as many rows as these carry a mean so skewed. Variance that is only rounding beside `mean` counts as none.
    """
    some = variance > (1e-10 * np.abs(mean)) ** 2
    safe = np.where(some, variance, 1.0)
    unbiased = np.sqrt(n * np.maximum(n - 1, 1)) / np.maximum(n - 2, 1)
    skewness = np.where(some, third / safe**1.5 * unbiased, 0.0) / np.sqrt(n)
    effective = np.where(some, n / np.maximum(1, n * skewness**2), 0.0)
    return Moments(np.where(some, variance / np.maximum(n - 1, 1), 0.0), skewness, n, effective)


def lower_bound(mean: Number, moments: Moments, alpha: float) -> Number:
    """The lower bound, elementwise; the upper one is −lower_bound(−mean, negated moments, alpha)."""
    return smooth_lower(mean, moments, moments.effective - 1, alpha)


def mean_interval(n: int, mean: float, variance: float, third: float, groups: Mapping[str, int] = {}) -> Estimate:
    """The estimate of a mean of `n` rows from their central moments, each with the divisor n: Σ(x − mean)^k/n.

    They have the unit of the rows, its square and its cube. The lower bound is the lower one of mean − t·s/√n and of
    the same corrected for skewness g = third/variance^1.5 by Hall's cubic transformation, with half the jump of one of
    the n/g² effective rows, and as many degrees of freedom less one. n/g² is what must be large: fewer than 50 rows are
    enough for none, and losses with g = 5 need 300.

    `groups` counts rows, by name, of kinds whose losses are of another order, as positives in a log loss: where none
    was drawn, no moment shows them. `few` names rows or groups of which there are too few for this skewness, or says
    that all rows have the same value.
    """
    moments = mean_moments(n, variance, third, mean)
    return Estimate(
        value=mean,
        lower=lambda alpha: float(lower_bound(mean, moments, alpha)),
        upper=lambda alpha: -float(lower_bound(-mean, negate(moments), alpha)),
        method="mean",
        counts=_counts(n, moments, groups),
        lacking="" if moments.effective else f"all {n} rows have the same value, and mean needs some that differ",
    )


def _counts(n: int, moments: Moments, groups: Mapping[str, int]) -> Counts:
    """Groups, and rows: how many are needed follows from their skewness."""
    skewness = abs(float(moments.skewness)) * math.sqrt(max(n, 1))
    least = math.ceil(MIN_EFFECTIVE_ROWS * max(skewness * skewness, 1.0) * (1 - TOLERANCE))
    rows = "rows" if least <= MIN_ROWS else f"rows of skewness {skewness:.1f}"
    counts = {name: (float(count), float(MIN_GROUP_ROWS)) for name, count in groups.items()}
    return counts | {rows: (float(n), float(max(least, MIN_ROWS)))}


INTERVAL = Interval(
    id="mean",
    summary=__doc__,
    source="Student, Biometrika 6 (1908) 1–25; Hall, On the removal of skewness by transformation, J. R. Stat. Soc. B "
    "54 (1992) 221–228",
    range=f"{MIN_ROWS} rows, and {MIN_EFFECTIVE_ROWS} times the squared skewness",
    estimate=mean_interval,
)
