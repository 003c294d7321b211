"""Variance and skewness of a statistic, from the influences of its independent units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_gitops.core.frozen import frozen
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.quantiles import Floats, Number

# Influences this small beside the statistic are rounding errors.
ROUNDING = 1e-10


@frozen
class Moments:
    """Moments of the sampling distribution of a statistic; each is a float, or an array of one element a replicate.

    `variance`, in the squared unit of the statistic, and `skewness`, without a unit, are those of the statistic itself,
    not of a row. `units` counts the independent units: rows, or clusters of rows. `effective` is the number of units of
    equal influence u that would carry the variance as unevenly, (Σu²)²/Σu⁴: small where few units carry nearly all of
    it, 0 where no unit has any influence.
    """

    variance: Number
    skewness: Number
    units: Number
    effective: Number


def unit_moments(influence: Floats, units: NDArray[Any]) -> Moments:
    """The moments from independent units; the last axis of both arrays is summed, leading axes are replicates.

    `influence`, in the unit of the statistic, is what the statistic loses when one of the `units` that share it is left
    out: the influence of its rows divided by the number of rows that are left. The variance is therefore that of the
    delete-one jackknife, which also holds for clusters of unequal size (CR3: Bell & McCaffrey, Survey Methodology 28
    (2002) 169–181). For units of equal size it has the usual divisor n − 1.
    """
    square = influence * influence
    weighted = units * square
    second, third, fourth = weighted.sum(-1), (weighted * influence).sum(-1), (weighted * square).sum(-1)
    total = units.sum(-1)
    some = (second > 0) & (fourth > 0)
    safe = np.where(some, second, 1.0)
    return Moments(
        variance=second * (1 - 1 / np.maximum(total, 1)),
        skewness=np.where(some, third / safe**1.5, 0.0),
        units=total,
        effective=np.where(some, safe**2 / np.where(some, fourth, 1.0), 0.0),
    )


def influence_moments(influences: Influences) -> Moments:
    """The moments of a statistic whose units are its rows or, where they are clustered, the sums over each cluster."""
    per_row, weight = influences.per_row, influences.rows
    total = weight.sum(-1, keepdims=True)
    if influences.cluster is None:
        return unit_moments(per_row / np.maximum(total - 1, 1), weight)
    _, number = np.unique(influences.cluster, return_inverse=True)
    sums, sizes = (np.bincount(number, values) for values in (weight * per_row, weight))
    left = np.where(total > sizes, total - sizes, np.inf)
    return unit_moments(sums / left, np.ones_like(sums))


def drop_rounding(moments: Moments, scale: Number) -> Moments:
    """The moments, or no variance at all where it is only rounding error beside `scale`.

    `scale` has the unit of the statistic: the width of its range or, where that is infinite, its absolute value.
    """
    rounding = moments.variance * np.maximum(moments.units, 1) <= (ROUNDING * scale) ** 2
    return Moments(
        variance=np.where(rounding, 0.0, moments.variance),
        skewness=np.where(rounding, 0.0, moments.skewness),
        units=moments.units,
        effective=np.where(rounding, 0.0, moments.effective),
    )


def negate(moments: Moments) -> Moments:
    """The moments of minus the statistic."""
    return Moments(moments.variance, -moments.skewness, moments.units, moments.effective)
