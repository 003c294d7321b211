"""The two-sample chi-square statistic as an effect: Cramér's V."""

from __future__ import annotations

import numpy as np

from mlops_gitops.monitoring.statistics.noncentral import Distance, count_rows, distance
from mlops_gitops.monitoring.statistics.samples import BinnedPair
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Number


def chi_square(pair: BinnedPair) -> Estimate:
    """The estimate of Cramér's V between sample and category, in [0, 1], both samples weighing the same.

    V² = Σ (qₖ − pₖ)²/(2(pₖ + qₖ)): Cramér, Mathematical Methods of Statistics (1946) § 21.9, for a table of two rows.
    With the samples' own weights V would depend on how many rows are in each. Counts have shape (bins,), of merged
    categories (merging.py). Both samples have errors: 4m·V² with m the harmonic size is a noncentral chi-square of
    bins − 1 degrees of freedom, at most, since V² moves no faster than the stabilised distance. The value is less
    biased: the square is reduced by (bins − 1)/4m.
    """
    found = homogeneity(pair)
    unbiased = found.square - found.freedom / found.harmonic_size
    return Estimate(
        value=float(association(unbiased)),
        lower=lambda alpha: float(association(found.lower(alpha))),
        upper=lambda alpha: float(association(found.upper(alpha))),
        method="chi_square",
        counts=count_rows(pair),
    )


def homogeneity(pair: BinnedPair) -> Distance:
    """2·Σ (q − p)²/(p + q): the statistic of the test of homogeneity, divided by m, at equal weights."""
    p, q = pair.reference.shares, pair.window.shares
    total = p + q
    return distance(2 * ((q - p) ** 2 / np.where(total > 0, total, 1)).sum(-1), pair)


def association(square: Number) -> Number:
    """Cramér's V of 4V², between 0 and 1."""
    return np.sqrt(np.clip(square / 4, 0, 1))
