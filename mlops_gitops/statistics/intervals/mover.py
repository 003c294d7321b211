"""The interval of a difference, a ratio or an average of independent estimates, from the bounds of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlops_gitops.statistics.estimate import Counts, Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import Number


def difference_lower(first: Number, first_lower: Number, second: Number, second_upper: Number) -> Number:
    """The lower bound of first − second, elementwise: first − second − √((first − l)² + (u − second)²).

    l is the lower bound of the first, u the upper bound of the second (Zou & Donner 2008).
    """
    return first - second - np.hypot(first - first_lower, second_upper - second)


def ratio_lower(first: Number, first_lower: Number, second: Number, second_upper: Number) -> Number:
    """The lower bound R of first/second, elementwise: where the lower bound of first − R·second is 0.

    That is the smaller root of a quadratic equation (Donner & Zou 2012), here in the form that loses no digits; 0 where
    the first may be 0.
    """
    least, product = first_lower * (2 * first - first_lower), first * second
    root = np.sqrt(np.maximum(product**2 - least * second_upper * (2 * second - second_upper), 0))
    known = (least > 0) & (product > 0)
    return np.where(known, least / np.where(known, product + root, 1.0), 0.0)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """The estimate of first − second, of independent groups and in their unit.

    With l and u the bounds of each, the lower one is first − second − √((first − l)² + (u′ − second)²), and the upper
    one likewise. `few` is that of either.
    """
    return Estimate(
        value=first.value - second.value,
        lower=lambda a: float(difference_lower(first.value, first.lower(a), second.value, second.upper(a))),
        upper=lambda a: -float(difference_lower(second.value, second.lower(a), first.value, first.upper(a))),
        method="mover",
        counts=scarcest(first, second),
        lacking=_lacking(first, second),
    )


def ratio(first: Estimate, second: Estimate) -> Estimate:
    """The estimate of first/second, of independent groups and of values that are never below 0; it has no unit.

    Its bounds are those R at which the difference first − R·second has 0 for a bound. Nothing is above 0 for certain
    where `second` may be 0: the upper bound is then infinite, and so is the value of a ratio to 0, which `few` says.
    """
    zero = "" if second.value > 0 else "0 is the value to divide by, and mover needs more"
    return Estimate(
        value=first.value / second.value if second.value > 0 else float("inf"),
        lower=lambda alpha: _ratio_below(first, second, alpha),
        upper=lambda alpha: _inverse(_ratio_below(second, first, alpha)),
        method="mover",
        counts=scarcest(first, second),
        lacking="; ".join(filter(None, (zero, _lacking(first, second)))),
    )


def average(estimates: Sequence[Estimate]) -> Estimate:
    """The estimate of the mean of independent estimates, at least one: balanced accuracy is the mean of two recalls."""
    value = float(np.mean([estimate.value for estimate in estimates]))
    share = 1 / len(estimates)

    def below(alpha: float) -> float:
        return float(np.linalg.norm([estimate.value - estimate.lower(alpha) for estimate in estimates]))

    def above(alpha: float) -> float:
        return float(np.linalg.norm([estimate.upper(alpha) - estimate.value for estimate in estimates]))

    return Estimate(
        value=value,
        lower=lambda alpha: value - share * below(alpha),
        upper=lambda alpha: value + share * above(alpha),
        method="mover",
        counts=scarcest(*estimates),
        lacking=_lacking(*estimates),
    )


def _ratio_below(first: Estimate, second: Estimate, alpha: float) -> float:
    return float(ratio_lower(first.value, max(first.lower(alpha), 0.0), second.value, second.upper(alpha)))


def _inverse(value: float) -> float:
    return 1 / value if value > 0 else float("inf")


def scarcest(*estimates: Estimate) -> Counts:
    """Of each count that of the estimate which has the smallest share of what it needs; where 0 will do, the least."""
    found: dict[str, tuple[float, float]] = {}
    for name, (count, least) in (item for estimate in estimates for item in estimate.counts.items()):
        before = found.get(name)
        if before is None or (count * before[1], count) < (before[0] * least, before[0]):
            found[name] = (count, least)
    return found


def _lacking(*estimates: Estimate) -> str:
    return "; ".join(dict.fromkeys(estimate.lacking for estimate in estimates if estimate.lacking))


INTERVAL = Interval(
    id="mover",
    summary=__doc__,
    source="Zou & Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27 (2008) "
    "1693–1702; ratios: Donner & Zou, Closed-form confidence intervals for functions of the normal mean and standard "
    "deviation, Statistical Methods in Medical Research 21 (2012) 347–359",
    range="that of the methods it combines",
    estimate=difference,
)
