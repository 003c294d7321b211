"""Several reference windows: how much windows differ without drift, and what is left of an effect beyond that.

Real weeks differ. With the distance d of a window from the mean of the others, d ≤ δ + |u|: δ is the drift, and u how
far such a window is from the mean without any. In one direction u has the distribution of Student's t, with the windows
less 1 as degrees of freedom; in several, a mean square as large is exceeded less often in the tail. So half of alpha is
for the sampling errors, and half for u on both of its sides.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import DriftStatistic
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Number, t_quantile

FEWEST_WINDOWS = 8
HALVINGS = 30
LEAST_ALPHA = 1e-12


def allowance(statistic: DriftStatistic, pair: BinnedPair, windows: BinnedSample, alpha: float) -> Number:
    """How far a window is from the mean without drift, in a share 1 − alpha of windows; shape (…).

    It has the unit of the value to the power of 1/`power`. Counts of `windows` have shape (…, windows, bins), at least
    two windows.
    """
    count = windows.counts.shape[-2]
    return t_quantile(1 - alpha / 2, count - 1) * np.sqrt(statistic.variation(pair, windows) * (1 + 1 / count))


def between_windows(statistic: DriftStatistic, pair: BinnedPair, windows: BinnedSample) -> Estimate:
    """The estimate of a drift beyond what `windows` of shape (windows, bins) vary; their sum is the pair's reference.

    `few` says where fewer than 8 windows are there.
    """
    within, power = statistic.estimate(pair), statistic.power
    count = windows.counts.shape[-2]

    def lower(alpha: float) -> float:
        rest = within.lower(alpha / 2) ** (1 / power) - allowance(statistic, pair, windows, alpha / 2)
        return float(max(rest, 0) ** power)

    def upper(alpha: float) -> float:
        whole = within.upper(alpha / 2) ** (1 / power) + allowance(statistic, pair, windows, alpha / 2)
        return float(min(whole**power, statistic.largest))

    if count < FEWEST_WINDOWS:
        return replace(within, lacking=f"{count} reference windows, and {FEWEST_WINDOWS} are needed")
    return replace(within, lower=lower, upper=upper)


def least_alpha(lower: Callable[[float], float], limit: float) -> float:
    """The least alpha, up to a share of 1e-7, whose lower bound exceeds `limit`; 1 where none below ½ does."""
    if not lower(0.5) > limit:
        return 1.0
    low, high = np.log(LEAST_ALPHA), np.log(0.5)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if lower(float(np.exp(middle))) > limit else (middle, high)
    return float(np.exp(high))
