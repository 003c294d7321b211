"""The Wasserstein distance between binned samples, in standard deviations of the reference."""

from __future__ import annotations

import numpy as np
from scipy import special

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.drift.between_windows import Variation, of_distance
from mlops_gitops.monitoring.drift.binning import placed_bins
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import NUMBERS, DriftStatistic
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Floats, Number, t_quantile

ROWS = 500


@frozen
class Transport:
    """The distance in standard deviations of the reference; each field is a number, or one element a replicate.

    `noise` is the mean of the distance that the samples' errors make alone, `error` the largest standard error that the
    distance can have. `freedom` is the effective size of the smaller sample, less 1.
    """

    distance: Number
    noise: Number
    error: Number
    freedom: Number

    def lower(self, alpha: float) -> Number:
        """The lower bound, at least 0."""
        return np.maximum(self.distance - self.noise - t_quantile(1 - alpha, self.freedom) * self.error, 0)

    def upper(self, alpha: float) -> Number:
        """The upper bound."""
        return self.distance + self.noise + t_quantile(1 - alpha, self.freedom) * self.error


def wasserstein(pair: BinnedPair) -> Estimate:
    """The estimate of ∫|F − G| in standard deviations of the reference, with each row moved to its bin's position.

    Counts have shape (bins,), in order of values, and the pair has positions.
    The distance is a norm of F − G. A norm of normal errors exceeds its median by more than z·σ with a probability of
    at most 1 − Φ(z), σ² being the largest variance of a functional that the norm is the maximum of: Borell, Invent.
    Math. 30 (1975) 207–216. Errors of distribution functions are positively correlated, so that this is the variance of
    the difference of means. The median is at most the mean: Kwapień, Probability in Banach Spaces 9 (1994). That of
    the reference's own standard deviation is added (delta method). The value is √(W² − noise²).
    """
    found = transport(pair)
    sizes = {
        "independent rows in the window": (float(pair.window.effective_size), ROWS),
        "independent rows in the reference": (float(pair.reference.effective_size), 2 * ROWS),
    }
    return Estimate(
        value=float(np.sqrt(max(found.distance**2 - found.noise**2, 0))),
        lower=lambda alpha: float(found.lower(alpha)),
        upper=lambda alpha: float(found.upper(alpha)),
        method="wasserstein",
        counts=sizes,
        lacking="" if (pair.reference.counts > 0).sum() > 1 else "the reference has one value",
    )


def transport(pair: BinnedPair) -> Transport:
    """The distance with its errors; counts have shape (…, bins)."""
    positions = _positions(pair)
    (spread, kurtosis), (window_spread, _) = (_moments(sample, positions) for sample in (pair.reference, pair.window))
    scale = np.where(spread > 0, spread, 1)
    steps = np.diff(positions)
    f, g = (np.cumsum(sample.shares, -1)[..., :-1] for sample in (pair.reference, pair.window))
    sizes = tuple(np.asarray(sample.effective_size) for sample in (pair.reference, pair.window))
    distance = (np.abs(f - g) * steps).sum(-1) / scale
    variances = np.maximum(f * (1 - f), 0) / sizes[0][..., None] + np.maximum(g * (1 - g), 0) / sizes[1][..., None]
    noise = np.sqrt(2 / np.pi) * (np.sqrt(variances) * steps).sum(-1) / scale
    of_means = (spread**2 / sizes[0] + window_spread**2 / sizes[1]) / scale**2
    of_scale = distance**2 * np.maximum(kurtosis - 1, 0) / (4 * sizes[0])
    return Transport(distance, noise, np.sqrt(of_means + of_scale), np.minimum(*sizes) - 1)


def _moments(sample: BinnedSample, positions: Floats) -> tuple[Number, Number]:
    """The standard deviation and the kurtosis of a sample."""
    shares = sample.shares
    away = positions - (shares * positions).sum(-1, keepdims=True)
    variance = (shares * away**2).sum(-1)
    fourth = (shares * away**4).sum(-1)
    return np.sqrt(variance), fourth / np.where(variance > 0, variance, 1) ** 2


def p_value(pair: BinnedPair, limit: float) -> Number:
    """The least alpha whose lower bound exceeds `limit`; shape (…)."""
    found = transport(pair)
    beyond = (found.distance - found.noise - limit) / np.where(found.error > 0, found.error, 1)
    return np.where(found.error > 0, special.stdtr(np.maximum(found.freedom, 1), -beyond), 1.0)


def variation(pair: BinnedPair, windows: BinnedSample) -> Variation:
    """The distance beside those of windows from their mean; counts have shape (…, windows, bins)."""
    positions = _positions(pair)
    spread, _ = _moments(pair.reference, positions)
    cumulated = np.cumsum(windows.shares, -1)[..., :-1]
    away = (np.abs(cumulated - cumulated.mean(-2, keepdims=True)) * np.diff(positions)).sum(-1)
    squares = (away**2).sum(-1) / np.where(spread > 0, spread, 1) ** 2
    return of_distance(transport(pair).distance, squares, away.shape[-1])


def _positions(pair: BinnedPair) -> Floats:
    if pair.positions is None:
        raise TypeError("the bins have no positions")
    return pair.positions


STATISTIC = DriftStatistic(
    id="wasserstein",
    summary=__doc__,
    source="Borell, The Brunn–Minkowski inequality in Gauss space, Invent. Math. 30 (1975) 207–216",
    range="500 independent rows in the window and 1,000 in the reference",
    limit="how far values move on average, in standard deviations of the reference: 0 where none does",
    kinds=NUMBERS,
    binning=placed_bins,
    estimate=wasserstein,
    p_value=p_value,
    variation=variation,
)
