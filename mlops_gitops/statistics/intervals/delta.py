"""The interval of any smooth statistic from how each row changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mlops_gitops.statistics.estimate import Counts, Estimate
from mlops_gitops.statistics.influence_moments import Moments, drop_rounding, influence_moments, negate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number
from mlops_gitops.statistics.smooth_bounds import smooth_lower

MIN_CLUSTERS = 30
MIN_EFFECTIVE_ROWS = 8
MIN_EFFECTIVE_CLUSTERS = 12
MIN_GROUP_ROWS = 5
NORMAL_KURTOSIS = 3  # of n units whose influences are normal, n/3 are effective


def lower_bound(value: Number, moments: Moments, alpha: float, span: tuple[float, float]) -> Number:
    """The lower bound, elementwise; the upper one is −lower_bound(−value, negated moments, alpha, (−high, −low))."""
    freedom = np.minimum(moments.units, NORMAL_KURTOSIS * moments.effective) - 1
    return smooth_lower(value, moments, freedom, alpha, span)


def delta_interval(
    value: float,
    influences: Influences,
    span: tuple[float, float] = (float("-inf"), float("inf")),
    groups: Mapping[str, int] = {},
    sides: Sequence[Influences] = (),
) -> Estimate:
    """The estimate of a statistic that is a smooth function of counts and sums: an F score, MCC, R², a change of RMSE.

    `span` is the range of the statistic; where that is (0, 1), the logit scale is used as well. The lower bound is the
    lowest of value − t·se, the same corrected for skewness (Hall 1992), and the one on the logit scale. se² is the
    jackknife's, Σu²(n − 1)/n with u = ψ/(n − 1) of n rows with influences ψ; Student's t has three times the
    effective rows or clusters less one degrees of freedom, at most as many as all less one: a variance is the less
    certain the fewer units carry it. Half the jump of an effective row is added.

    `groups` counts rows, by name, for each part that the statistic depends on. Where parts are averaged, as in balanced
    accuracy or macro F1, count the *errors* in each class: a class of few rows without any hides all of its own
    variance behind that of the others, whatever its size. Of a difference, `sides` are the influences on either value:
    where few rows carry one of them, their differences from the other may still look even. `few` names groups,
    clusters or effective units of which there are too few.
    """
    width = span[1] - span[0]
    moments = drop_rounding(influence_moments(influences), width if np.isfinite(width) else np.abs(value))
    effective = min(float(part.effective) for part in (moments, *map(influence_moments, sides)))
    return Estimate(
        value=value,
        lower=lambda alpha: float(lower_bound(value, moments, alpha, span)),
        upper=lambda alpha: -float(lower_bound(-value, negate(moments), alpha, (-span[1], -span[0]))),
        method="delta",
        counts=_counts(moments, effective, groups, clustered=influences.cluster is not None),
    )


def _counts(moments: Moments, effective: float, groups: Mapping[str, int], *, clustered: bool) -> Counts:
    counts = {name: (float(count), float(MIN_GROUP_ROWS)) for name, count in groups.items()}
    if not clustered:
        return counts | {"effective rows": (effective, MIN_EFFECTIVE_ROWS)}
    return counts | {
        "clusters": (float(moments.units), MIN_CLUSTERS),
        "effective clusters": (effective, MIN_EFFECTIVE_CLUSTERS),
    }


INTERVAL = Interval(
    id="delta",
    summary=__doc__,
    source="Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 21; skewness: Hall, J. R. Stat. Soc. "
    "B 54 (1992) 221–228; clusters: Bell & McCaffrey, Survey Methodology 28 (2002) 169–181",
    range=f"{MIN_EFFECTIVE_ROWS} effective rows, {MIN_GROUP_ROWS} of each group; with clusters {MIN_CLUSTERS} of them "
    f"and {MIN_EFFECTIVE_CLUSTERS} effective ones",
    estimate=delta_interval,
)
