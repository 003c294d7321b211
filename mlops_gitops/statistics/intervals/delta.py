"""The interval of any smooth statistic from how each row changes it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import (
    Floats,
    Moments,
    Number,
    below,
    lacking,
    negated,
    of_cells,
    settled,
)
from mlops_gitops.statistics.interval import Interval

CLUSTERS = 30
EFFECTIVE = 30
EFFECTIVE_CLUSTERS = 20
GROUP = 10


def scatter(
    value: Number, psi: Floats, weight: Floats, cluster: np.ndarray | None, span: tuple[float, float]
) -> Moments:
    """The moments of the statistic, rounding apart."""
    width = span[1] - span[0]
    return settled(of_cells(psi, weight, cluster), width if np.isfinite(width) else np.abs(value))


def lower(value: Number, moments: Moments, alpha: float, span: tuple[float, float]) -> Number:
    """The lower bound; the upper one is −lower(−value, negated moments, alpha, (−high, −low))."""
    return below(value, moments, moments.units - 1, alpha, span)


def of(
    value: float,
    psi: Floats,
    weight: Floats,
    cluster: np.ndarray | None = None,
    span: tuple[float, float] = (float("-inf"), float("inf")),
    groups: Mapping[str, int] = {},
) -> Estimate:
    """The estimate of a statistic that counts and sums determine smoothly: an F score, MCC, R², a difference of RMSEs.

    `psi[i]` is the influence of one of the `weight[i]` rows of cell i, in units of the value: what the statistic gains
    by one more such row, times n; its mean over rows is 0. `cluster[i]` names the cluster of cell i: clusters are then
    what is independent. `span` is the range of the statistic; where that is (0, 1), the logit scale is asked as well.

    The lower bound is the lowest of value − t·se, the same corrected for skewness (Hall 1992), and the one on the logit
    scale. se² is the jackknife's, Σu²(n − 1)/n with u = psi/(n − 1), Student's t has the rows or clusters less one
    degrees of freedom, and half the jump of an effective row is added.

    `groups` counts, by name, what each part of the statistic rests on. Where parts are averaged, as in balanced
    accuracy or macro F1, count the *errors* in each class: a class of few rows without any hides all of its own scatter
    behind that of the others, whatever its size.
    """
    its = scatter(value, psi, weight, cluster, span)
    units, least = ("rows", EFFECTIVE) if cluster is None else ("clusters", EFFECTIVE_CLUSTERS)
    needs = {name: (float(count), float(GROUP)) for name, count in groups.items()}
    if cluster is not None:
        needs["clusters"] = (float(its.units), CLUSTERS)
    needs[f"effective {units}"] = (float(its.effective), least)
    return Estimate(
        value=value,
        lower=lambda alpha: float(lower(value, its, alpha, span)),
        upper=lambda alpha: -float(lower(-value, negated(its), alpha, (-span[1], -span[0]))),
        method="delta",
        few=lacking("delta", needs),
    )


INTERVAL = Interval(
    id="delta",
    summary=__doc__,
    source="Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 21; skewness: Hall, J. R. Stat. Soc. "
    "B 54 (1992) 221–228; clusters: Bell & McCaffrey, Survey Methodology 28 (2002) 169–181",
    range=f"{EFFECTIVE} effective rows, {GROUP} of each group; with clusters {CLUSTERS} of them and "
    f"{EFFECTIVE_CLUSTERS} effective ones",
    estimate=of,
)
