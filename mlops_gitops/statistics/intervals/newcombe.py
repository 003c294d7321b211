"""The interval of one AUC that needs its two class counts only: it holds for any scores, and is wide."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number, beta_lower


def lower_bound(auc: Number, positives: Number, negatives: Number, alpha: float) -> Number:
    """The lower bound, elementwise; the upper one is 1 − lower_bound(1 − auc, …)."""
    rarer = np.minimum(positives, negatives)
    return beta_lower(auc * rarer, rarer, alpha)


def newcombe_interval(auc: float, positives: int, negatives: int) -> Estimate:
    """The estimate of an AUC in [0, 1], ties counted half, from how many rows are positive and negative.

    As in Newcombe, a test is inverted with the variance at the bound, not with one from the sample. His method 5
    takes that variance from exponential scores, (θ(1 − θ)/mn) · (1 + N(1 − θ)/(2 − θ) + Nθ/(1 + θ)), N the mean class
    count less one. Where the classes' spreads differ it is too small at any number of rows, and false passes are two
    to three times as many as agreed. So the largest variance is taken that any scores can have, θ(1 − θ)/min(m, n)
    (Birnbaum & Klose 1957), which is that of a proportion among min(m, n) rows: the bounds are the exact ones of that
    proportion. `few` says that a class has no rows.
    """
    return Estimate(
        value=auc,
        lower=lambda alpha: float(lower_bound(auc, positives, negatives, alpha)),
        upper=lambda alpha: 1.0 - float(lower_bound(1 - auc, positives, negatives, alpha)),
        method="newcombe",
        counts={"positives": (positives, 1), "negatives": (negatives, 1)},
    )


INTERVAL = Interval(
    id="newcombe",
    summary=__doc__,
    source="Newcombe, Confidence intervals for an effect size measure based on the Mann–Whitney statistic, part 2, "
    "Statistics in Medicine 25 (2006) 559–573; the variance: Birnbaum & Klose, Bounds for the variance of the "
    "Mann–Whitney statistic, Annals of Mathematical Statistics 28 (1957) 933–945",
    range="any number of independent positives and negatives",
    estimate=newcombe_interval,
)
