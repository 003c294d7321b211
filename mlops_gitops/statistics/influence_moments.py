"""What several interval methods need: moments of influences, skewness-corrected bounds, beta quantiles, a bisection.

All of it takes arrays as well as numbers, so that a simulation runs the very code that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_gitops.core.frozen import frozen

Floats: TypeAlias = NDArray[np.float64]
# One number, or one for each replicate of a simulation.
Number: TypeAlias = Any

# Halvings that bring an interval of width 2 below 1e-13.
HALVINGS = 46
# Influences this small beside the statistic are rounding, not scatter.
ROUNDING = 1e-10
# What is needed and what is there are compared this coarsely, so that the order of a sum does not decide.
NEAR = 1e-9


@frozen
class Moments:
    """How a statistic scatters, as told by the influences of its independent units: rows, or clusters of rows.

    `variance` and `skewness` are those of the statistic itself. `effective` is how many equal units would scatter as
    unevenly, (Σu²)²/Σu⁴: small where few units carry nearly all of it, 0 where nothing scatters.
    """

    variance: Number
    skewness: Number
    units: Number
    effective: Number


def of_units(influence: Floats, weight: Floats) -> Moments:
    """The moments from independent units, `weight` of which share one influence; the last axis is summed.

    The influence of a unit is what leaving it out changes: divided by what is left, not by the total, so that this is
    the delete-one jackknife, which holds for units of unequal size too (CR3: Bell & McCaffrey, Survey Methodology 28,
    2002, 169–181). For equal units it is the usual divisor n − 1.
    """
    square = influence * influence
    weighted = weight * square
    second, third, fourth = weighted.sum(-1), (weighted * influence).sum(-1), (weighted * square).sum(-1)
    units = weight.sum(-1)
    some = (second > 0) & (fourth > 0)
    safe = np.where(some, second, 1.0)
    return Moments(
        variance=second * (1 - 1 / np.maximum(units, 1)),
        skewness=np.where(some, third / safe**1.5, 0.0),
        units=units,
        effective=np.where(some, safe**2 / np.where(some, fourth, 1.0), 0.0),
    )


def of_cells(psi: Floats, weight: Floats, cluster: NDArray[np.int64] | None = None) -> Moments:
    """The moments of a statistic from `psi[i]`, the influence of one of the `weight[i]` rows of cell i.

    With `cluster`, the cells of one cluster are summed first, and clusters are what is independent.
    """
    rows = weight.sum(-1, keepdims=True)
    if cluster is None:
        return of_units(psi / np.maximum(rows - 1, 1), weight)
    _, which = np.unique(cluster, return_inverse=True)
    sums, sizes = (np.bincount(which, values) for values in (weight * psi, weight))
    left = np.where(rows > sizes, rows - sizes, np.inf)
    return of_units(sums / left, np.ones_like(sums))


def settled(moments: Moments, scale: Number) -> Moments:
    """The moments, with scatter that is only rounding beside `scale` taken for none."""
    rounding = moments.variance * np.maximum(moments.units, 1) <= (ROUNDING * scale) ** 2
    return Moments(
        variance=np.where(rounding, 0.0, moments.variance),
        skewness=np.where(rounding, 0.0, moments.skewness),
        units=moments.units,
        effective=np.where(rounding, 0.0, moments.effective),
    )


def hall(quantile: Number, skewness: Number) -> Number:
    """The quantile of a studentised statistic of this skewness: Hall, J. R. Stat. Soc. B 54 (1992) 221–228.

    His cubic transformation inverted, 3/a · ((1 + a(q − a/6))^⅓ − 1), which is q where a is 0. Monotone in `quantile`.
    """
    tiny = np.abs(skewness) < 1e-6
    a = np.where(tiny, 1.0, skewness)
    return np.where(tiny, quantile, 3 / a * (np.cbrt(1 + a * (quantile - a / 6)) - 1))


def reach(alpha: float, freedom: Number, skewness: Number, effective: Number) -> tuple[Number, Number]:
    """How many standard errors below a value its lower bound lies: without and with the correction for skewness.

    Student's quantile, and half the jump that one effective unit makes, since counts and what is made of them move in
    jumps (Cox, Biometrika 57, 1970, 219–221). The corrected one is never the nearer: it may only make bounds wider.
    """
    quantile = student(1 - alpha, freedom) + 0.5 / np.sqrt(np.maximum(effective, 1))
    return quantile, np.maximum(quantile, hall(quantile, skewness))


def logit_below(value: Number, error: Number, quantile: Number) -> Number:
    """The lower bound of a value in (0, 1) on the logit scale; 0 and 1 have none there and stay."""
    inside = (value > 0) & (value < 1)
    safe = np.where(inside, value, 0.5)
    return np.where(inside, special.expit(special.logit(safe) - quantile * error / (safe * (1 - safe))), value)


def root(falling: Callable[[Floats], Number], low: Number, high: Number) -> Number:
    """Where `falling` turns from positive to not positive between two ends, to 1e-13, by halving."""
    low, high = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = falling(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def student(probability: float, freedom: Number) -> Number:
    """Student's t quantile."""
    return special.stdtrit(np.maximum(freedom, 1), probability)


def normal(probability: float) -> Number:
    """The normal quantile."""
    return special.ndtri(probability)


def beta_lower(hits: Number, of: Number, alpha: Number) -> Number:
    """The exact lower bound of a proportion, 0 where there are no hits; real numbers are taken as they are."""
    hits, misses = np.asarray(hits, float), np.maximum(np.asarray(of, float) - hits, 0)
    some = hits > 0
    return np.where(some, special.betaincinv(np.where(some, hits, 1.0), misses + 1, alpha), 0.0)


def below(
    value: Number, moments: Moments, freedom: Number, alpha: float, span: tuple[float, float] = (-np.inf, np.inf)
) -> Number:
    """The lower bound of a smooth statistic, `alpha` one-sided: the lowest of its scales, inside its span.

    Plain, corrected for skewness and, where the span is (0, 1), logit. With no scatter at all nothing is known, so
    that it is the low end of the span. The upper bound is that of the negated statistic, negated: see `negated`.
    """
    error = np.sqrt(moments.variance)
    plain, skewed = reach(alpha, freedom, moments.skewness, moments.effective)
    bound = value - error * skewed
    if span in ((0, 1), (-1, 0)):  # A statistic in (−1, 0) is one in (0, 1), negated.
        shift = span[0]
        bound = np.minimum(bound, logit_below(value - shift, error, plain) + shift)
    return np.where(moments.effective > 0, np.maximum(bound, span[0]), span[0])


def negated(moments: Moments) -> Moments:
    """The moments of minus the statistic."""
    return Moments(moments.variance, -moments.skewness, moments.units, moments.effective)


def lacking(method: str, needs: Mapping[str, tuple[float, float]]) -> str:
    """What lacks, as `few` says it: for each name how many there are and how many are needed."""
    near = 1 - NEAR
    lacks = {name: its for name, its in needs.items() if its[0] < near * its[1]}
    short = [f"{int(has + NEAR)} {name}, and {method} needs {least:g}" for name, (has, least) in lacks.items()]
    return "; ".join(short)
