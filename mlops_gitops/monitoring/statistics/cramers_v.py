"""The two-sample chi-square statistic as an effect: Cramér's V."""

from __future__ import annotations

import numpy as np

from mlops_gitops.monitoring.drift.between_windows import Variation, of_roots
from mlops_gitops.monitoring.drift.binning import merged_bins
from mlops_gitops.monitoring.drift.noncentral import RANGE, Distance, count_rows, distance, stabilised_distance
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import EVERY_KIND, DriftStatistic
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Number


def cramers_v(pair: BinnedPair) -> Estimate:
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
        method="cramers_v",
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


def p_value(pair: BinnedPair, limit: float) -> Number:
    """The least alpha whose lower bound exceeds `limit`; shape (…)."""
    return homogeneity(pair).p_value(4 * limit**2)


def variation(pair: BinnedPair, windows: BinnedSample) -> Variation:
    """That of roots, in the unit of V."""
    found = of_roots(pair, windows)
    ratio = np.sqrt(homogeneity(pair).square / np.maximum(stabilised_distance(pair).square, 1e-300)) / 2
    return Variation(found.distance * ratio, found.error * ratio, found.freedom, found.p_any)


STATISTIC = DriftStatistic(
    id="cramers_v",
    summary=__doc__,
    source="Cramér, Mathematical Methods of Statistics (1946) § 21.9",
    range=RANGE,
    limit="0 where all shares are the same, 1 where window and reference have no value in common",
    kinds=EVERY_KIND,
    binning=merged_bins,
    estimate=cramers_v,
    p_value=p_value,
    variation=variation,
    largest=1.0,
)
