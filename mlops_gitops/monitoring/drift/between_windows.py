"""Several reference windows: how much windows differ without drift, and what is left of an effect beyond that.

Real weeks differ. A window alarms only where its distance is beyond sampling errors, beyond how windows differ, and
beyond the limit by more than they differ. Sums of squares over windows have one degree of freedom less than there are.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.monitoring.calendar import FEWEST_WINDOWS
from mlops_gitops.monitoring.drift.noncentral import roots
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.quantiles import Floats, Number, t_quantile


@frozen
class Variation:
    """The distance of a window from the mean of reference windows; each field is a number, or one element a replicate.

    `error` is the standard deviation of that distance, sampling errors included, with `freedom` degrees of freedom.
    `p_any` is the probability of a distance as large without any drift.
    """

    distance: Number
    error: Number
    freedom: int
    p_any: Number = 0.0

    def p_value(self, limit: float) -> Number:
        """The least alpha whose lower bound exceeds `limit`."""
        error = np.where(self.error > 0, self.error, 1)
        beyond = np.where(self.error > 0, (self.distance - limit) / error, 0)
        return np.maximum(np.minimum(2 * special.stdtr(self.freedom, -beyond), 1), self.p_any)

    def lower(self, alpha: float) -> Number:
        """The lower bound, at least 0."""
        bound = np.maximum(self.distance - t_quantile(1 - alpha / 2, self.freedom) * self.error, 0)
        return np.where(self.p_any <= alpha, bound, 0.0)

    def upper(self, alpha: float) -> Number:
        """The upper bound."""
        return self.distance + t_quantile(1 - alpha / 2, self.freedom) * self.error


def of_distance(distance: Number, squares: Number, count: int) -> Variation:
    """From the sum over `count` windows of their squared distances from their mean; for any norm.

    A norm of normal errors exceeds a multiple of its root mean square most often where they lie in one direction, in
    which it is Student's t on both sides.
    """
    return Variation(distance, np.sqrt(squares / (count - 1) * (1 + 1 / count)), count - 1)


def of_roots(pair: BinnedPair, windows: BinnedSample) -> Variation:
    """In the square root of the stabilised distance; counts of windows have shape (…, windows, bins).

    With d the distance, q the mean square of windows over all directions and s² that in the direction of the window,
    in which it is independent of them: b² = d² − q + s² is the square of the drift and of the error along it, and s is
    made larger by d/b, since that direction is not quite the one of the drift. Without drift, d²/q is held to an F
    distribution with windows − 1 degrees of freedom below, and above as many as directions carry q: the smaller of
    q/s² and Satterthwaite's (Biometrics Bulletin 2 (1946) 110–114).
    """
    count = windows.counts.shape[-2]
    away, direction, square = _deviations(pair, windows)
    along = (away @ direction[..., None])[..., 0]
    every, own = (away**2).sum((-2, -1)) / (count - 1), np.maximum((along**2).sum(-1) / (count - 1), 1e-300)
    gram = (away @ away.swapaxes(-1, -2)) / (count - 1)
    directions = np.minimum(every / own, every**2 / np.maximum((gram**2).sum((-2, -1)), 1e-300))
    scale = 1 + 1 / count
    ratio = square / scale / np.maximum(every, 1e-300)
    p_any = special.fdtrc(np.maximum(directions, 1), count - 1, ratio)
    drift = np.maximum(square - (every - own) * scale, 0)
    error = np.sqrt(own * scale * square / np.maximum(drift, own * scale))
    return Variation(np.sqrt(drift), error, count - 1, p_any)


def _deviations(pair: BinnedPair, windows: BinnedSample) -> tuple[Floats, Floats, Floats]:
    """Windows less their mean; the direction of the window of the pair from it, of length 1; its squared distance."""
    every = roots(windows)
    mean = every.mean(-2, keepdims=True)
    apart = roots(pair.window) - mean[..., 0, :]
    square = (apart**2).sum(-1)
    return every - mean, apart / np.sqrt(np.maximum(square, 1e-300))[..., None], square


def between_windows(within: Estimate, variation: Variation, power: int) -> Estimate:
    """The estimate of a drift beyond what windows vary: the wider of the bounds `within` and those of the variation.

    The variation has the unit of the value to the power of 1/`power`. `few` says where fewer than 8 windows are there.
    """
    count = variation.freedom + 1

    def lower(alpha: float) -> float:
        return min(within.lower(alpha), float(variation.lower(alpha) ** power))

    def upper(alpha: float) -> float:
        return max(within.upper(alpha), float(variation.upper(alpha) ** power))

    if count < FEWEST_WINDOWS:
        return replace(within, lacking=f"{count} reference windows, and {FEWEST_WINDOWS} are needed")
    return replace(within, lower=lower, upper=upper)
