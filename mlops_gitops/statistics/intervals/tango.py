"""The interval of a difference of two proportions on the same rows: gained less lost."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number, bisect_root, normal_quantile

MOST_SKEWED = 1.0


def _evidence(gained: Number, lost: Number, n: Number, delta: Number, z: float) -> Number:
    """By how many rows the count speaks for more than `delta`, beyond what chance alone allows at the quantile `z`."""
    a, b = 2 * n, (2 * n - gained + lost) * delta - gained - lost
    loss = (np.sqrt(np.maximum(b * b + 4 * a * lost * delta * (1 - delta), 0)) - b) / (2 * a)
    square = np.clip(2 * loss + delta, 0, 1)  # E X² of a row's gain X in {−1, 0, 1}; its mean is delta
    variance = np.maximum(square - delta * delta, 0)
    third = delta - 3 * delta * square + 2 * delta**3
    error = np.sqrt(n * variance)
    skewness = np.divide(third, variance * error, out=np.zeros_like(error), where=error > 0)
    bend = np.clip(skewness, -MOST_SKEWED, MOST_SKEWED) / 6 * (z * z - 1)
    if z < 1:  # Where a normal quantile is too near already, the correction may only lead away.
        bend = np.maximum(bend, 0)
    return gained - lost - n * delta - 0.5 - (z + bend) * error


def lower_bound(gained: Number, lost: Number, n: Number, alpha: float) -> Number:
    """The lower bound of (gained − lost)/n, elementwise; the upper one is −lower_bound(lost, gained, n, alpha)."""
    gained, lost, n = (np.asarray(count, float) for count in (gained, lost, n))
    z = -float(normal_quantile(alpha))
    return bisect_root(lambda delta: _evidence(gained, lost, n, delta, z), -1.0, (gained - lost) / n)


def tango_interval(gained: int, lost: int, n: int) -> Estimate:
    """The estimate of (gained − lost)/n, in [−1, 1]; 0 where there are no rows.

    All three count rows: of n, the candidate alone has `gained` right, the baseline alone `lost`. Tango's score is
    inverted: the bound is the difference d for which (gained − lost − nd − ½)/√(n·v(d)) is z + (z² − 1)·g/6. v is the
    variance of a row's gain at d, with the other parameter at its maximum likelihood; g, held to [−1, 1], is the
    skewness of the score, and ½ the correction for continuity. Without both, small counts pass falsely 1.3 to 2 times
    as often as agreed. The bounds hold without a single discordant row: they then depend on none of n being lost. `few`
    says that there are no rows.
    """
    return Estimate(
        value=(gained - lost) / n if n else 0.0,
        lower=lambda alpha: float(lower_bound(gained, lost, n, alpha)) if n else -1.0,
        upper=lambda alpha: -float(lower_bound(lost, gained, n, alpha)) if n else 1.0,
        method="tango",
        counts={"rows": (n, 1)},
    )


INTERVAL = Interval(
    id="tango",
    summary=__doc__,
    source="Tango, Equivalence test and confidence interval for the difference in proportions for the paired-sample "
    "design, Statistics in Medicine 17 (1998) 891–908; skewness and continuity: Laud, Equal-tailed confidence "
    "intervals for comparison of rates, Pharmaceutical Statistics 16 (2017) 334–348",
    range="any number of independent rows, any number of them discordant",
    estimate=tango_interval,
)
