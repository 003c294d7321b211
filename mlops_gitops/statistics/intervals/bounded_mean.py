"""The interval of a mean of losses that have a bound, and of what follows from such means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from mlops_gitops.core.frozen import replace
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number

# A share of rows from 0 to 1 → how far the statistic moves if they have the largest loss there can be; not below 0.
Move: TypeAlias = Callable[[float], float]


def unseen_share(units: Number, alpha: float) -> Number:
    """The share of rows with a loss above the largest of `units` independent rows is below this: 1 − α^(1/units).

    It is larger in at most a share `alpha` of samples, about 3/units at α = 0.05: the rule of three (Hanley &
    Lippman-Hand, JAMA 249 (1983) 1743–1745).
    """
    return 1 - alpha ** (1 / np.maximum(units, 1))


def widened(half_width: Number, unseen: Number) -> Number:
    """Half the width of an interval with the part of what no row showed, elementwise: √(half² + unseen²).

    Both parts come from different rows: those up to the largest loss drawn, and those above (MOVER: Zou & Donner 2008).
    """
    return np.hypot(np.maximum(half_width, 0), unseen)


def bounded_mean_interval(
    estimate: Estimate, units: float, rise: Move, fall: Move, span: tuple[float, float]
) -> Estimate:
    """The estimate of a statistic of losses with a bound, by the moments (`estimate`) and by what they cannot show.

    `units` counts independent rows or effective clusters. Of the rows with a loss above the largest drawn, which are
    less than `unseen_share`, each may have the largest loss there can be: `rise` and `fall` say how far the statistic
    then moves, up and down, in its unit. Bounds stay inside `span`, its range. `counts` are those of `estimate`.
    """

    def lower(alpha: float) -> float:
        half = widened(estimate.value - estimate.lower(alpha), fall(float(unseen_share(units, alpha))))
        return max(float(estimate.value - half), span[0])

    def upper(alpha: float) -> float:
        half = widened(estimate.upper(alpha) - estimate.value, rise(float(unseen_share(units, alpha))))
        return min(float(estimate.value + half), span[1])

    return replace(estimate, lower=lower, upper=upper, method="bounded_mean")


INTERVAL = Interval(
    id="bounded_mean",
    summary=__doc__,
    source="Hanley & Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249 (1983) 1743–1745; "
    "Zou & Donner, Statistics in Medicine 27 (2008) 1693–1702",
    range="that of mean, and of delta for clusters, r2 and changes of a root; with a declared loss_bound or cap",
    estimate=bounded_mean_interval,
)
