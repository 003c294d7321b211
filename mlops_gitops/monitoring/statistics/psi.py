"""The population stability index, with bounds that hold in the far tail."""

from __future__ import annotations

import numpy as np

from mlops_gitops.monitoring.drift.between_windows import of_roots
from mlops_gitops.monitoring.drift.binning import merged_bins
from mlops_gitops.monitoring.drift.noncentral import RANGE, count_rows, stabilised_distance
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import EVERY_KIND, DriftStatistic
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Floats, Number

HALF = 0.5


def psi(pair: BinnedPair) -> Estimate:
    """The estimate of PSI = Σ (qₖ − pₖ)·ln(qₖ/pₖ), without a unit, p the reference's and q the window's shares.

    Counts have shape (bins,), of merged bins (merging.py). The value is that of the counts plus ½, less its bias
    (bins − 1)/m, at least 0. With t half the logarithm of q/p in a bin, PSI is the sum of 4(√q − √p)²·(t/2)·coth(t/2),
    whose last factor is at least 1: so PSI is never below 4·Σ(√q − √p)², and the lower bound of that is the lower one
    of PSI. The upper bound is multiplied by the largest factor that any bin may have.
    """
    found = stabilised_distance(pair)
    return Estimate(
        value=float(plug_in(pair)),
        lower=lambda alpha: float(found.lower(alpha)),
        upper=lambda alpha: float(upper_bound(pair, alpha)),
        method="psi",
        counts=count_rows(pair),
    )


def plug_in(pair: BinnedPair) -> Number:
    """PSI of the effective counts plus ½, less (bins − 1)/m, at least 0; shape (…)."""
    p, q = (_added(sample, HALF) for sample in (pair.reference, pair.window))
    bias = (p.shape[-1] - 1) / pair.harmonic_size
    return np.maximum(((q - p) * np.log(q / p)).sum(-1) - bias, 0)


def upper_bound(pair: BinnedPair, alpha: float) -> Number:
    """The upper bound of PSI: half of `alpha` is for the distance, half for the factor; infinite with an empty bin."""
    return stabilised_distance(pair).upper(alpha / 2) * _largest_factor(pair, alpha / 2)


def _largest_factor(pair: BinnedPair, alpha: float) -> Number:
    """The upper bound of (t/2)·coth(t/2) over all bins, from exact bounds of each share."""
    each = alpha / (4 * pair.reference.counts.shape[-1])
    (p_low, p_high), (q_low, q_high) = (
        sample.share_bounds(sample.effective_counts, each) for sample in (pair.reference, pair.window)
    )
    with np.errstate(divide="ignore"):
        largest = np.maximum(np.log(q_high / p_low), np.log(p_high / q_low)).max(-1)
    quarter = np.maximum(largest, 1e-9) / 4
    return quarter / np.tanh(quarter)


def _added(sample: BinnedSample, more: float) -> Floats:
    counts = sample.effective_counts + more
    return np.asarray(counts / counts.sum(-1, keepdims=True))


def p_value(pair: BinnedPair, limit: float) -> Number:
    """The least alpha whose lower bound exceeds `limit`; shape (…)."""
    return stabilised_distance(pair).p_value(limit)


STATISTIC = DriftStatistic(
    id="psi",
    summary=__doc__,
    source="Kullback & Leibler, On information and sufficiency, Ann. Math. Stat. 22 (1951) 79–86: their divergence J",
    range=RANGE,
    limit="0 where all shares are the same, without an upper end; 0.1 and 0.25 are common limits",
    kinds=EVERY_KIND,
    binning=merged_bins,
    estimate=psi,
    p_value=p_value,
    variation=of_roots,
    power=2,
)
