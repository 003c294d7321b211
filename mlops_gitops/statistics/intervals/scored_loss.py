"""The interval of a mean of losses that scores fix for either label: its moments, and labels too rare to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number, beta_lower

MOST_SEEN = 5  # rows of a label in a stratum, from which on moments show what the label adds
USUAL_ALPHA = 0.05  # at which it is decided whether moments alone show enough


@frozen
class Unseen:
    """Rows of a stratum, whose label moves the loss of a row by at most `distance`.

    `share` is theirs of all rows; `units` counts them, and `seen` those that have the label in question. Where rows are
    clustered both count clusters.
    """

    share: float
    units: float
    seen: float
    distance: float


def unseen_part(share: Number, units: Number, seen: Number, distance: Number, alpha: float) -> Number:
    """How much more, or less, a mean of losses may truly be by one stratum: elementwise, in the unit of a loss.

    It is share · (u − seen/units) · distance, with u the exact upper bound of the share of the label (Clopper &
    Pearson), and 0 from `MOST_SEEN` seen units on. Without one seen, u is about 3/units at an alpha of 0.05.
    """
    upper = 1 - beta_lower(units - seen, units, alpha)
    part = share * (upper - seen / np.maximum(units, 1)) * distance
    return np.where((seen < MOST_SEEN) & (units > 0), part, 0.0)


def scored_loss_interval(
    smooth: Estimate,
    more: Sequence[Unseen],
    less: Sequence[Unseen],
    span: tuple[float, float] = (float("-inf"), float("inf")),
) -> Estimate:
    """The estimate of a mean loss, or of its change, that its moments give (`smooth`), and what these cannot show.

    A row that is confidently wrong once in 300 is not in most samples of 200 rows, and no moment of these shows it; yet
    the score of each row says what its loss would be under another label. With `more` the strata whose label would add
    to the loss, the upper bound is value + √(half² + Σu²), half the distance of the smooth bound and u the unseen part
    of each stratum (MOVER: Zou & Donner 2008); the lower bound likewise with `less`. Where moments show more than the
    unseen part at an alpha of 0.05, they alone decide. `counts` are those of `smooth`, `span` the range of the mean.
    """

    def half(alpha: float, sign: int) -> float:
        return smooth.upper(alpha) - smooth.value if sign > 0 else smooth.value - smooth.lower(alpha)

    def unseen(alpha: float, sign: int) -> float:
        strata = more if sign > 0 else less
        parts = [unseen_part(part.share, part.units, part.seen, part.distance, alpha) for part in strata]
        return float(np.linalg.norm(parts)) if parts else 0.0

    joined = [sign for sign in (1, -1) if unseen(USUAL_ALPHA, sign) > half(USUAL_ALPHA, sign)]
    if not joined:
        return smooth

    def upper(alpha: float) -> float:
        distance = float(np.hypot(half(alpha, 1), unseen(alpha, 1)))
        return min(smooth.value + distance, span[1]) if 1 in joined else smooth.upper(alpha)

    def lower(alpha: float) -> float:
        distance = float(np.hypot(half(alpha, -1), unseen(alpha, -1)))
        return max(smooth.value - distance, span[0]) if -1 in joined else smooth.lower(alpha)

    return replace(smooth, lower=lower, upper=upper, method="scored_loss")


INTERVAL = Interval(
    id="scored_loss",
    summary=__doc__,
    source="Zou & Donner, Statistics in Medicine 27 (2008) 1693–1702; the unseen part: Clopper & Pearson, "
    "Biometrika 26 (1934) 404–413; Hanley & Lippman-Hand, JAMA 249 (1983) 1743–1745",
    range="that of mean, and of delta for clusters",
    estimate=scored_loss_interval,
)
