"""Lower bounds of a smooth statistic from its moments: plain, corrected for skewness, and on the logit scale.

All of it takes arrays as well as numbers, so that a simulation runs the very code that decides.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from mlops_gitops.statistics.influence_moments import Moments
from mlops_gitops.statistics.quantiles import Number, t_quantile


def hall_quantile(quantile: Number, skewness: Number) -> Number:
    """The quantile of a studentised statistic of skewness a: 3/a · ((1 + a(q − a/6))^⅓ − 1), q where a is 0.

    It inverts the cubic transformation t + at²/3 + a²t³/27 + a/6 of Hall, On the removal of skewness by transformation,
    J. R. Stat. Soc. B 54 (1992) 221–228. Monotone in `quantile`; both are without a unit.
    """
    tiny = np.abs(skewness) < 1e-6
    a = np.where(tiny, 1.0, skewness)
    return np.where(tiny, quantile, 3 / a * (np.cbrt(1 + a * (quantile - a / 6)) - 1))


def critical_values(alpha: float, freedom: Number, moments: Moments) -> tuple[Number, Number]:
    """How many standard errors below a value its lower bound lies: without and with the correction for skewness.

    The first is Student's quantile and half the jump that one effective unit makes, since counts and what is computed
    from them move in jumps (Cox, The continuity correction, Biometrika 57 (1970) 217–219). The second is never smaller:
    the correction may only make bounds wider.
    """
    quantile = t_quantile(1 - alpha, freedom) + 0.5 / np.sqrt(np.maximum(moments.effective, 1))
    return quantile, np.maximum(quantile, hall_quantile(quantile, moments.skewness))


def logit_lower(value: Number, error: Number, quantile: Number) -> Number:
    """The lower bound of a value in (0, 1), `quantile` standard errors below it on the logit scale.

    The standard error `error` of the value is divided by value·(1 − value), the derivative of the inverse (delta
    method). Values of 0 and 1 have no logit and are returned as they are.
    """
    inside = (value > 0) & (value < 1)
    safe = np.where(inside, value, 0.5)
    return np.where(inside, special.expit(special.logit(safe) - quantile * error / (safe * (1 - safe))), value)


def smooth_lower(
    value: Number, moments: Moments, freedom: Number, alpha: float, span: tuple[float, float] = (-np.inf, np.inf)
) -> Number:
    """The lower bound of a smooth statistic, one-sided at `alpha`: the lowest of several, inside its range `span`.

    They are the plain one, the one corrected for skewness and, where the span is (0, 1), the one on the logit scale.
    Where no unit has any influence the variance is unknown, and the bound is the low end of the span. `freedom` is the
    degrees of freedom of `moments.variance`. The upper bound is that of minus the statistic, negated: see `negate`.
    """
    error = np.sqrt(moments.variance)
    plain, skewed = critical_values(alpha, freedom, moments)
    bound = value - error * skewed
    if span in ((0, 1), (-1, 0)):  # A statistic in (−1, 0) is one in (0, 1), negated.
        shift = span[0]
        bound = np.minimum(bound, logit_lower(value - shift, error, plain) + shift)
    return np.where(moments.effective > 0, np.maximum(bound, span[0]), span[0])
