"""The interval of a difference, a ratio or an average of independent estimates, from the bounds of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import Number
from mlops_gitops.statistics.interval import Interval


def difference_lower(one: Number, one_lower: Number, other: Number, other_upper: Number) -> Number:
    """The lower bound of one − other."""
    return one - other - np.hypot(one - one_lower, other_upper - other)


def ratio_lower(one: Number, one_lower: Number, other: Number, other_upper: Number) -> Number:
    """The lower bound of one / other; 0 where nothing is known."""
    least, product = one_lower * (2 * one - one_lower), one * other
    root = np.sqrt(np.maximum(product**2 - least * other_upper * (2 * other - other_upper), 0))
    known = (least > 0) & (product > 0)
    return np.where(known, least / np.where(known, product + root, 1.0), 0.0)


def difference(one: Estimate, other: Estimate) -> Estimate:
    """The estimate of one − other, of independent groups.

    With l and u the bounds of each, the lower one is one − other − √((one − l)² + (u′ − other)²), and the upper
    one likewise.
    """
    return Estimate(
        value=one.value - other.value,
        lower=lambda a: float(difference_lower(one.value, one.lower(a), other.value, other.upper(a))),
        upper=lambda a: -float(difference_lower(other.value, other.lower(a), one.value, one.upper(a))),
        method="mover",
        few=_few(one, other),
    )


def ratio(one: Estimate, other: Estimate) -> Estimate:
    """The estimate of one / other, of independent groups and of values that are never below 0.

    Its bounds are those R at which the difference one − R·other has 0 for a bound. Nothing is above 0 for certain
    where `other` may be 0: the upper bound is then infinite, and so is the value of a ratio to 0, which `few` says.
    """
    zero = "" if other.value > 0 else "0 is the value to divide by, and mover needs more"
    return Estimate(
        value=one.value / other.value if other.value > 0 else float("inf"),
        lower=lambda a: _ratio_below(one, other, a),
        upper=lambda a: _inverse(_ratio_below(other, one, a)),
        method="mover",
        few="; ".join(filter(None, (zero, _few(one, other)))),
    )


def average(estimates: Sequence[Estimate]) -> Estimate:
    """The estimate of the mean of independent estimates, as balanced accuracy is one of two recalls."""
    value = float(np.mean([its.value for its in estimates]))
    share = 1 / len(estimates)
    return Estimate(
        value=value,
        lower=lambda a: value - share * float(np.linalg.norm([its.value - its.lower(a) for its in estimates])),
        upper=lambda a: value + share * float(np.linalg.norm([its.upper(a) - its.value for its in estimates])),
        method="mover",
        few=_few(*estimates),
    )


def _ratio_below(one: Estimate, other: Estimate, alpha: float) -> float:
    return float(ratio_lower(one.value, max(one.lower(alpha), 0.0), other.value, other.upper(alpha)))


def _inverse(value: float) -> float:
    return 1 / value if value > 0 else float("inf")


def _few(*estimates: Estimate) -> str:
    return "; ".join(dict.fromkeys(its.few for its in estimates if its.few))


INTERVAL = Interval(
    id="mover",
    summary=__doc__,
    source="Zou & Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27 (2008) "
    "1693–1702; ratios: Donner & Zou, Closed-form confidence intervals for functions of the normal mean and standard "
    "deviation, Statistical Methods in Medical Research 21 (2012) 347–359",
    range="that of the methods it combines",
    estimate=difference,
)
