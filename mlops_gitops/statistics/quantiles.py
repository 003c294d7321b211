"""Quantiles of the normal, t and beta distributions, and a root by bisection.

All of it takes arrays as well as numbers, so that a simulation runs the very code that decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats: TypeAlias = NDArray[np.float64]
# A float, or a float64 array with one element for each replicate of a simulation.
Number: TypeAlias = Any

# Halvings that bring an interval of width 2 below 1e-13.
HALVINGS = 46


def normal_quantile(probability: float) -> Number:
    """The quantile of the standard normal distribution."""
    return special.ndtri(probability)


def t_quantile(probability: float, freedom: Number) -> Number:
    """The quantile of Student's t with `freedom` degrees of freedom; fewer than 1 count as 1."""
    return special.stdtrit(np.maximum(freedom, 1), probability)


def beta_lower(hits: Number, rows: Number, alpha: Number) -> Number:
    """The lower bound of a proportion: the `alpha` quantile of Beta(hits, rows − hits + 1), 0 where there are no hits.

    Clopper & Pearson, Biometrika 26 (1934) 404–413. `hits` and `rows` are counts and may be fractional; the upper bound
    is 1 − beta_lower(rows − hits, rows, alpha).
    """
    hits, misses = np.asarray(hits, float), np.maximum(np.asarray(rows, float) - hits, 0)
    some = hits > 0
    return np.where(some, special.betaincinv(np.where(some, hits, 1.0), misses + 1, alpha), 0.0)


def bisect_root(falling: Callable[[Floats], Number], low: Number, high: Number) -> Number:
    """Where `falling` stops being positive between `low` and `high`, elementwise, to an error of (high − low)/2⁴⁷."""
    low, high = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = falling(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2
