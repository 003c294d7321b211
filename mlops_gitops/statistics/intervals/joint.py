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
from mlops_gitops.statistics.quantiles import Floats, bisect_root


@frozen
class ClusteredValue:
    """The value of a statistic in one group of rows, and its influences, which have clusters."""

    value: float
    influences: Influences


def share_clusters(first: NDArray[Any] | None, second: NDArray[Any] | None) -> bool:
    """Whether any cluster, by its number, has rows in both groups; None where rows are independent."""
    return first is not None and second is not None and bool(np.isin(first, second).any())


def joint_difference(first: ClusteredValue, second: ClusteredValue, times: float = 1.0) -> Estimate:
    """The estimate of first − times·second, with the bounds and the range of `delta`, of both groups together.

    A cluster that has rows in both moves both, so that its two parts add up before they are squared: this is the
    variance of the difference whether the groups go up and down together or one against the other (Bell & McCaffrey,
    Survey Methodology 28 (2002) 169–181).
    """
    parts = [_by_cluster(group, scale) for group, scale in ((first, 1.0), (second, -times))]
    total = sum(group.influences.rows.sum() for group in (first, second))
    per_row = np.concatenate([part.per_row * total / part.rows.sum() for part in parts])
    rows, cluster = (
        np.concatenate(columns) for columns in zip(*((part.rows, part.cluster) for part in parts), strict=True)
    )
    estimate = delta_interval(first.value - times * second.value, Influences(per_row, rows, cluster))
    return replace(estimate, method="joint")


def _by_cluster(group: ClusteredValue, scale: float) -> Influences:
    """One cell for each cluster, with the mean influence of its rows times `scale`."""
    influences = group.influences
    clusters, number = np.unique(np.asarray(influences.cluster), return_inverse=True)
    rows = np.bincount(number, influences.rows)
    sums = np.bincount(number, influences.rows * influences.per_row)
    return Influences(scale * sums / np.maximum(rows, 1), rows, clusters)


def joint_ratio(first: ClusteredValue, second: ClusteredValue) -> Estimate:
    """The estimate of first/second, of values that are never below 0; it has no unit.

    Its bounds are the ratios R at which a bound of first − R·second is 0 (Fieller, J. R. Stat. Soc. B 16 (1954)
    175–185). The upper one, and the value of a ratio to 0, may be infinite.
    """
    value = first.value / second.value if second.value > 0 else float("inf")
    zero = "" if second.value > 0 else "0 is the value to divide by, and joint needs more"
    difference = joint_difference(first, second, value if np.isfinite(value) else 1.0)
    return replace(
        difference,
        value=value,
        lower=lambda alpha: _ratio_below(first, second, alpha),
        upper=lambda alpha: _inverse(_ratio_below(second, first, alpha)),
        lacking=zero or difference.lacking,
    )


def _ratio_below(first: ClusteredValue, second: ClusteredValue, alpha: float) -> float:
    if not (first.value > 0 and second.value > 0):
        return 0.0

    def evidence(ratio: Floats) -> float:
        return joint_difference(first, second, float(ratio)).lower(alpha)

    return float(bisect_root(evidence, 0.0, first.value / second.value))


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
