"""The interval of a change from the rows on which two models differ, however few they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlops_gitops.core.frozen import frozen
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number, beta_lower


@frozen
class Moved:
    """What discordant units did to a metric in one direction, and the most that more of them could do.

    A unit is a row or, where rows are clustered, a cluster. `along` and `against` are what the discordant units of the
    sample moved the metric in this direction and in the other one, counted in units that move it as far as a unit can:
    two rows that each do half of that count as one. `farthest(units)` is how far the metric moves in this direction,
    in its own unit, where that many units (a float, at least 0) more move it as far as they can; it increases.
    """

    along: float
    against: float
    farthest: Callable[[float], float]


def unseen_units(along: Number, against: Number, units: Number, alpha: float) -> Number:
    """How many of as many `units` as the sample has may truly move a metric in one direction beyond those seen.

    Elementwise. With u the exact upper bound of a share of `along` among `units` and l the lower one of `against`
    (Clopper & Pearson, Biometrika 26 (1934) 404–413), it is √((u·units − along)² + (against − l·units)²): the method
    of variance estimates recovery (Zou & Donner, Statistics in Medicine 27 (2008) 1693–1702). Without a discordant unit
    it is units·(1 − alpha^(1/units)), about 3 at an alpha of 0.05.
    """
    along, against = np.minimum(along, units), np.minimum(against, units)
    more = units * (1 - beta_lower(units - along, units, alpha)) - along
    return np.hypot(more, against - units * beta_lower(against, units, alpha))


def discordant_interval(
    value: float, units: int, down: Moved, up: Moved, span: tuple[float, float] = (float("-inf"), float("inf"))
) -> Estimate:
    """The estimate of a change of a metric on the same rows, from those on which candidate and baseline differ.

    A model that differs from its baseline in few rows or none shows too little of how it differs. What is known then
    is how many rows differ: `unseen_units` says how many more could, and the bound is the change if all of these moved
    the metric as far as a row can, `down` for the lower bound and `up` for the upper one. Rows that move it less count
    for less, which can only widen the bounds. `units` are independent rows, or clusters of rows. `span` is the range of
    the change.
    """

    def distance(moved: Moved, alpha: float) -> float:
        return moved.farthest(float(unseen_units(moved.along, moved.against, units, alpha)))

    return Estimate(
        value=value,
        lower=lambda alpha: max(value - distance(down, alpha), span[0]),
        upper=lambda alpha: min(value + distance(up, alpha), span[1]),
        method="discordant",
        counts={"rows": (float(units), 1.0)},
    )


INTERVAL = Interval(
    id="discordant",
    summary=__doc__,
    source="Clopper & Pearson, Biometrika 26 (1934) 404–413, of the discordant rows; joined by Zou & Donner, "
    "Statistics in Medicine 27 (2008) 1693–1702; none: Hanley & Lippman-Hand, JAMA 249 (1983) 1743–1745",
    range="any number of independent rows or clusters, few of them discordant; a loss that has a bound",
    estimate=discordant_interval,
)
