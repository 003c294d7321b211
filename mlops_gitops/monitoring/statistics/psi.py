"""The population stability index, with bounds that hold in the far tail."""

from __future__ import annotations

import numpy as np

from mlops_gitops.monitoring.statistics.noncentral import Distance, count_rows, distance
from mlops_gitops.monitoring.statistics.samples import BinnedPair, BinnedSample
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Floats, Number, beta_lower

STABILISER = 3 / 8  # Anscombe, The transformation of Poisson, binomial and negative-binomial data, Biometrika 35 (1948)
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


def stabilised_distance(pair: BinnedPair) -> Distance:
    """4·Σ(√q − √p)², four times the squared Hellinger distance, of shares by Anscombe's counts."""
    sizes = (sample.effective_size for sample in (pair.reference, pair.window))
    p, q = (
        np.sqrt((sample.effective_counts + STABILISER) / np.asarray(size)[..., None])
        for sample, size in zip((pair.reference, pair.window), sizes, strict=True)
    )
    return distance(4 * ((q - p) ** 2).sum(-1), pair)


def upper_bound(pair: BinnedPair, alpha: float) -> Number:
    """The upper bound of PSI: half of `alpha` is for the distance, half for the factor; infinite with an empty bin."""
    return stabilised_distance(pair).upper(alpha / 2) * _largest_factor(pair, alpha / 2)


def _largest_factor(pair: BinnedPair, alpha: float) -> Number:
    """The upper bound of (t/2)·coth(t/2) over all bins, from exact bounds of each share."""
    each = alpha / (4 * pair.reference.counts.shape[-1])
    (p_low, p_high), (q_low, q_high) = (_bounds(sample, each) for sample in (pair.reference, pair.window))
    with np.errstate(divide="ignore"):
        largest = np.maximum(np.log(q_high / p_low), np.log(p_high / q_low)).max(-1)
    quarter = np.maximum(largest, 1e-9) / 4
    return quarter / np.tanh(quarter)


def _bounds(sample: BinnedSample, alpha: float) -> tuple[Floats, Floats]:
    counts, size = sample.effective_counts, np.asarray(sample.effective_size)[..., None]
    return np.asarray(beta_lower(counts, size, alpha)), np.asarray(1 - beta_lower(size - counts, size, alpha))


def _added(sample: BinnedSample, more: float) -> Floats:
    counts = sample.effective_counts + more
    return np.asarray(counts / counts.sum(-1, keepdims=True))
