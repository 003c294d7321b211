"""The interval of a difference or a ratio between two groups of rows that have clusters in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.intervals.delta import delta_interval
from mlops_gitops.statistics.quantiles import Floats


@frozen
class ClusteredValue:
    """The value of a statistic in one group of rows, and its influences, which have clusters."""

    value: float
    influences: Influences


def share_clusters(first: NDArray[Any] | None, second: NDArray[Any] | None) -> bool:
    """Whether any cluster, by its number, has rows in both groups; None where rows are independent."""
    return first is not None and second is not None and bool(np.isin(first, second).any())


def joint_difference(first: ClusteredValue, second: ClusteredValue) -> Estimate:
    """The estimate of first − second, with the bounds and the range of `delta`, of both groups together.

    A cluster that has rows in both moves both, so that its two parts add up before they are squared: this is the
    variance of the difference whether the groups go up and down together or one against the other (Bell & McCaffrey,
    Survey Methodology 28 (2002) 169–181).
    """
    return _joined(first, second).difference(1.0)


def joint_ratio(first: ClusteredValue, second: ClusteredValue) -> Estimate:
    """The estimate of first/second, of values that are never below 0; it has no unit.

    Its bounds are the ratios R at which a bound of first − R·second is 0 (Fieller, J. R. Stat. Soc. B 16 (1954)
    175–185). The upper one, and the value of a ratio to 0, may be infinite.
    """
    value = first.value / second.value if second.value > 0 else float("inf")
    zero = "" if second.value > 0 else "0 is the value to divide by, and joint needs more"
    forward, backward = _joined(first, second), _joined(second, first)
    return replace(
        forward.difference(value if np.isfinite(value) else 1.0),
        value=value,
        lower=forward.ratio_lower,
        upper=lambda alpha: _inverse(backward.ratio_lower(alpha)),
        lacking=zero,
    )


@frozen
class _Joined:
    """Two values with the influences of their rows, in cells of which each is one cluster: arrays of shape (clusters,).

    `first` and `second` are the mean influence of a cluster's rows, those of both groups, and `rows` counts these.
    """

    values: tuple[float, float]
    first: Floats
    second: Floats
    rows: Floats

    def difference(self, times: float) -> Estimate:
        """The estimate of first − times·second."""
        influences = Influences(self.first - times * self.second, self.rows, np.arange(len(self.rows)))
        return replace(delta_interval(self.values[0] - times * self.values[1], influences), method="joint")

    def ratio_lower(self, alpha: float) -> float:
        """The lower bound of first/second: 0 where the first may be 0."""
        from scipy.optimize import brentq

        if min(self.values) <= 0 or self.difference(0.0).lower(alpha) <= 0:
            return 0.0
        value = self.values[0] / self.values[1]
        if self.difference(value).lower(alpha) >= 0:  # neither varies
            return value
        return float(brentq(lambda ratio: self.difference(ratio).lower(alpha), 0.0, value, xtol=1e-12))


def _joined(first: ClusteredValue, second: ClusteredValue) -> _Joined:
    groups = (first, second)
    clusters = [np.asarray(group.influences.cluster) for group in groups]
    every, number = np.unique(np.concatenate(clusters), return_inverse=True)
    places = np.split(number, [len(clusters[0])])
    counts = [group.influences.rows for group in groups]
    rows: Floats = np.bincount(number, np.concatenate(counts), len(every)).astype(float)
    sums = [
        np.bincount(place, count * group.influences.per_row, len(every)) * (rows.sum() / count.sum())
        for place, count, group in zip(places, counts, groups, strict=True)
    ]
    return _Joined((first.value, second.value), sums[0] / rows, sums[1] / rows, rows)


def _inverse(value: float) -> float:
    return 1 / value if value > 0 else float("inf")


INTERVAL = Interval(
    id="joint",
    summary=__doc__,
    source="Bell & McCaffrey, Survey Methodology 28 (2002) 169–181; ratios: Fieller, J. R. Stat. Soc. B 16 (1954) "
    "175–185",
    range="that of delta for clusters",
    estimate=joint_difference,
)
