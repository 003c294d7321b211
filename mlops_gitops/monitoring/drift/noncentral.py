"""Bounds of a squared distance between two rows of shares, by inverting the noncentral chi-square distribution.

A squared distance d² that is stabilised in its variance, times the harmonic size m of both samples, is distributed as a
noncentral chi-square with bins − 1 degrees of freedom and noncentrality m·δ², δ² its true value: Johnson, Kotz &
Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 29; stabilised in variance: Anscombe, Biometrika 35
(1948) 246–254. The error of both samples is in m.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.drift.largest_part import joined_p_value, joined_square
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.statistics.quantiles import Floats, Number, bisect_root, normal_quantile

# Rows that are expected in a bin of the smaller sample, on average over bins; simulations support no fewer.
ROWS_A_BIN = 20
ROWS = 500
# How much each 1/count shortens a squared distance; chosen by simulation.
TAIL = 1.5
HALF = 0.5
MAIN = 0.95  # the share of alpha that is for this distribution; the rest is for the largest part
STABILISER = 3 / 8  # Anscombe, The transformation of Poisson, binomial and negative-binomial data, Biometrika 35 (1948)
RANGE = "500 independent rows in the window, 1,000 in the reference, and 20 rows in the smallest bin"


@frozen
class Distance:
    """A squared distance of a pair, without a unit, and how much the tail of small counts shortens it (`shrinkage`).

    Where that is more than half of it, as when most bins of the window are empty, the bounds of this distribution say
    too little, and those of the largest part take their place. Which of the two it is depends on the sample, so each
    has its own share of alpha.
    """

    square: Number
    shrinkage: Number
    freedom: int
    pair: BinnedPair

    @property
    def harmonic_size(self) -> Number:
        """That of the pair."""
        return self.pair.harmonic_size

    @property
    def _statistic(self) -> Number:
        return self.square * self.shrinkage * self.harmonic_size

    def lower(self, alpha: float) -> Number:
        """The lower bound of the true squared distance, at least 0."""
        found = noncentral_lower(self._statistic, self.freedom, MAIN * alpha) / self.harmonic_size
        if np.all(self.shrinkage >= HALF):
            return found
        return np.where(self.shrinkage >= HALF, found, joined_square(self.pair, (1 - MAIN) * alpha))

    def upper(self, alpha: float) -> Number:
        """The upper bound of the true squared distance; it does not shrink."""
        return noncentral_upper(self.square * self.harmonic_size, self.freedom, alpha) / self.harmonic_size

    def p_value(self, limit: float) -> Number:
        """The least alpha whose lower bound exceeds `limit`, a squared distance; at most 1."""
        found = (1 - special.chndtr(self._statistic, self.freedom, limit * self.harmonic_size)) / MAIN
        if np.any(self.shrinkage < HALF):
            found = np.where(self.shrinkage >= HALF, found, joined_p_value(self.pair, limit) / (1 - MAIN))
        return np.minimum(found, 1.0)


def distance(square: Number, pair: BinnedPair) -> Distance:
    """The squared distance of a pair, whose counts have shape (…, bins)."""
    return Distance(square, shrinkage(pair), max(pair.reference.counts.shape[-1] - 1, 1), pair)


def roots(sample: BinnedSample) -> Floats:
    """Twice the square roots of shares by Anscombe's counts: each has a variance of 1/size; shape (…, bins)."""
    size = np.asarray(sample.effective_size)[..., None]
    return np.asarray(2 * np.sqrt((sample.effective_counts + STABILISER) / size))


def stabilised_distance(pair: BinnedPair) -> Distance:
    """4·Σ(√q − √p)², four times the squared Hellinger distance, of shares by Anscombe's counts."""
    return distance(((roots(pair.window) - roots(pair.reference)) ** 2).sum(-1), pair)


def expected_counts(pair: BinnedPair) -> Floats:
    """The rows that are expected in each bin of the smaller sample, by the shares of both together; (…, bins)."""
    counts = pair.reference.effective_counts + pair.window.effective_counts
    smaller = np.minimum(pair.reference.effective_size, pair.window.effective_size)
    return np.asarray(counts / counts.sum(-1, keepdims=True) * np.asarray(smaller)[..., None])


def shrinkage(pair: BinnedPair) -> Number:
    """1 − 1.5·mean(1/cₖ), with cₖ the expected count or, where that is less, the smaller count plus 1; shape (…).

    Multinomial counts have a longer tail than the normal distribution: without this, alarms at 1.5e-5 are up to 1.6
    times as frequent at 25 rows a bin and 1.3 times at 50. The form is that of a correction of Bartlett's kind, of the
    order 1/count; its constant was chosen by simulation (simulations/drift.py), where 1 left a ratio of 1.2 to 1.5 in
    the worst settings. A bin that is emptier than expected counts as it is: its square root varies most.
    """
    found = np.minimum(pair.reference.effective_counts, pair.window.effective_counts) + 1
    return np.maximum(1 - TAIL * (1 / np.minimum(np.maximum(expected_counts(pair), 1), found)).mean(-1), 0)


def count_rows(pair: BinnedPair) -> dict[str, tuple[float, float]]:
    """What the range of such bounds is about: rows of either sample and rows a bin; counts have shape (bins,)."""
    expected = expected_counts(pair)
    return {
        "independent rows in the window": (float(pair.window.effective_size), ROWS),
        "independent rows in the reference": (float(pair.reference.effective_size), 2 * ROWS),
        "rows in the smallest bin": (float(expected.min()), ROWS_A_BIN),
    }


def noncentral_lower(statistic: Number, freedom: int, alpha: float) -> Number:
    """The noncentrality at which a statistic this large or larger has the probability `alpha`; 0 where none has."""
    statistic = np.asarray(statistic, float)
    found = bisect_root(lambda centre: special.chndtr(statistic, freedom, centre) - (1 - alpha), 0.0, statistic)
    return np.where(special.chndtr(statistic, freedom, 0.0) > 1 - alpha, found, 0.0)


def noncentral_upper(statistic: Number, freedom: int, alpha: float) -> Number:
    """The noncentrality at which a statistic this small or smaller has the probability `alpha`; 0 where none has."""
    most = (np.sqrt(statistic) + normal_quantile(1 - alpha) + 1) ** 2
    found = bisect_root(lambda centre: special.chndtr(statistic, freedom, centre) - alpha, 0.0, most)
    return np.where(special.chndtr(statistic, freedom, 0.0) > alpha, found, 0.0)
