"""How often one look may alarm falsely, so that the false alarms of a year are what the budget says.

The expectation of a sum is the sum of the expectations, however looks, columns, watches and environments depend on one
another. So each look has the same level all year, and the levels of all looks add up to the budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlops_gitops.monitoring.calendar import looks_a_year
from mlops_gitops.records.monitoring import Monitoring

HIGHEST = 0.2  # with more, every fifth look of a model that is well would alarm
LOWEST = 1e-5  # the bounds of drift are studied down to this level


def tests(plan: Monitoring) -> int:
    """How many tests share the budget: the tested watches, once for each environment."""
    return sum(watch.tested for watch in plan.watches) * len(plan.environments)


def level(plan: Monitoring, formula: int | None = None) -> float | None:
    """The probability of a false alarm in one look of a tested watch; None where nothing is tested.

    `formula` is the version that a record names; without it the newest counts. Raises KeyError for an unknown one.
    """
    return FORMULAS[formula or NEWEST](plan)


def _equal_shares(plan: Monitoring) -> float | None:
    """An equal share of the budget over tested watches and environments, divided by the looks of a year.

    What a watch pools, or how many alarms in a row it waits for, does not change it: two in a row at the square root of
    the level is no such rate when both looks share a noisy reference.
    """
    shared = tests(plan)
    return plan.false_alarms / shared / looks_a_year(plan) if shared else None


# A record is judged by the formula of its time: a new one gets the next number, and the old ones stay.
FORMULAS: Mapping[int, Callable[[Monitoring], float | None]] = {1: _equal_shares}
NEWEST = max(FORMULAS)
