"""The Kolmogorov–Smirnov distance, as far as bins tell it."""

from __future__ import annotations

import numpy as np

from mlops_gitops.monitoring.drift.between_windows import Variation, of_distance
from mlops_gitops.monitoring.drift.binning import ordered_bins
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import NUMBERS, DriftStatistic
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Number

ROWS = 100
# The variance of the distance's square root under equality, times m: E[K²] of Kolmogorov's distribution.
SECOND_MOMENT = np.pi**2 / 12


def ks(pair: BinnedPair) -> Estimate:
    """The estimate of sup |F − G| over all values, a share in [0, 1]; counts have shape (bins,), in order of values.

    At edges the distance is known up to the samples' errors; between two edges each distribution function lies between
    its values there. The lower bound takes the edges alone, the upper one the largest distance that bins allow. Both
    allow √(ln(2/alpha)/2m), with m the harmonic size: Dvoretzky, Kiefer & Wolfowitz's inequality with the constant of
    Massart, Ann. Probab. 18 (1990) 1269–1283, for two samples by Wei & Dudley, Stat. Probab. Lett. 82 (2012) 636–644.
    The value is √(D² − E[K²]/m), with D the distance at edges and K Kolmogorov's.
    """
    at_edges, anywhere = distances(pair)
    sizes = {
        "independent rows in the window": (float(pair.window.effective_size), ROWS),
        "independent rows in the reference": (float(pair.reference.effective_size), ROWS),
    }
    return Estimate(
        value=float(np.sqrt(max(at_edges**2 - SECOND_MOMENT / pair.harmonic_size, 0))),
        lower=lambda alpha: float(np.maximum(at_edges - allowance(pair, alpha), 0)),
        upper=lambda alpha: float(np.minimum(anywhere + allowance(pair, alpha), 1)),
        method="ks",
        counts=sizes,
    )


def distances(pair: BinnedPair) -> tuple[Number, Number]:
    """The largest distance at an edge, and the largest that is possible within a bin; shapes (…)."""
    f, g = (_with_zero(sample.shares) for sample in (pair.reference, pair.window))
    within = np.maximum(f[..., 1:] - g[..., :-1], g[..., 1:] - f[..., :-1]).max(-1)
    return np.abs(f - g).max(-1), within


def allowance(pair: BinnedPair, alpha: float) -> Number:
    """How far both samples' errors may move the distance; shape (…)."""
    return np.sqrt(np.log(2 / alpha) / 2 / pair.harmonic_size)


def p_value(pair: BinnedPair, limit: float) -> Number:
    """The least alpha whose lower bound exceeds `limit`; shape (…)."""
    beyond = np.maximum(distances(pair)[0] - limit, 0)
    return np.minimum(2 * np.exp(-2 * pair.harmonic_size * beyond**2), 1)


def variation(pair: BinnedPair, windows: BinnedSample) -> Variation:
    """The distance beside those of windows from their mean; counts have shape (…, windows, bins)."""
    cumulated = np.cumsum(windows.shares, -1)
    away = np.abs(cumulated - cumulated.mean(-2, keepdims=True)).max(-1)
    return of_distance(distances(pair)[0], (away**2).sum(-1), away.shape[-1])


def _with_zero(shares: Number) -> Number:
    cumulated = np.cumsum(shares, -1)
    return np.concatenate([np.zeros_like(cumulated[..., :1]), cumulated], -1)


STATISTIC = DriftStatistic(
    id="ks",
    summary=__doc__,
    source="Massart, Ann. Probab. 18 (1990) 1269–1283; Wei & Dudley, Stat. Probab. Lett. 82 (2012) 636–644",
    range="100 independent rows in the window and 100 in the reference",
    limit="the largest difference of the shares of rows up to a value: 0 where none differs, at most 1",
    kinds=NUMBERS,
    binning=ordered_bins,
    estimate=ks,
    p_value=p_value,
    variation=variation,
    largest=1.0,
)
