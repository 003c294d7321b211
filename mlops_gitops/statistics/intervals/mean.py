"""The interval of a mean over independent rows, as of losses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import Moments, Number, below, lacking, negated
from mlops_gitops.statistics.interval import Interval

ROWS = 50
SKEWED = 100
GROUP = 10


def scatter(n: Number, variance: Number, third: Number, mean: Number = 0.0) -> Moments:
    """The moments of a mean from the central ones of its rows, the skewness with the usual correction for bias."""
    some = variance > (1e-10 * np.abs(mean)) ** 2
    safe = np.where(some, variance, 1.0)
    unbiased = np.sqrt(n * np.maximum(n - 1, 1)) / np.maximum(n - 2, 1)
    skewness = np.where(some, third / safe**1.5 * unbiased, 0.0) / np.sqrt(n)
    # A count of rare events has skewness 1/√events: as many rows as these carry a mean so skewed.
    effective = np.where(some, n / np.maximum(1, n * skewness**2), 0.0)
    return Moments(np.where(some, variance / np.maximum(n - 1, 1), 0.0), skewness, n, effective)


def lower(mean: Number, moments: Moments, alpha: float) -> Number:
    """The lower bound; the upper one is −lower(−mean, negated moments, alpha)."""
    return below(mean, moments, moments.units - 1, alpha)


def of(
    n: int,
    mean: float,
    variance: float,
    third: float,
    groups: Mapping[str, int] = {},
) -> Estimate:
    """The estimate of a mean of `n` rows from their central moments, each with the divisor n: Σ(x − mean)^k/n.

    The lower bound is the lower one of mean − t·s/√n and of the same corrected for skewness g = third/variance^1.5 by
    Hall's cubic transformation, with n − 1 degrees of freedom and half the jump of one of the n/g² rows that a mean so
    skewed rests on. n/g² is what must be large: 20 rows are enough for none, and losses with g = 5 need 2,500.

    `groups` counts, by name, kinds of rows whose losses are of another order, as positives in a log loss: where none
    was drawn, no moment tells of them.
    """
    its = scatter(n, variance, third, mean)
    needs = {name: (float(count), float(GROUP)) for name, count in groups.items()}
    needs["rows"] = (float(n), ROWS)
    few = lacking("mean", needs)
    skewness = abs(float(its.skewness)) * np.sqrt(max(n, 1))
    if not few and its.effective < SKEWED:
        least = int(np.ceil(SKEWED * skewness**2))
        few = f"{n} rows, and mean needs {least} where skewness is {skewness:.1f}"
    if not its.effective:
        few = f"all {n} rows have the same value, and mean needs some that differ"
    return Estimate(
        value=mean,
        lower=lambda alpha: float(lower(mean, its, alpha)),
        upper=lambda alpha: -float(lower(-mean, negated(its), alpha)),
        method="mean",
        few=few,
    )


INTERVAL = Interval(
    id="mean",
    summary=__doc__,
    source="Student, Biometrika 6 (1908) 1–25; Hall, On the removal of skewness by transformation, J. R. Stat. Soc. B "
    "54 (1992) 221–228",
    range=f"{ROWS} rows, and {SKEWED} times the squared skewness",
    estimate=of,
)
