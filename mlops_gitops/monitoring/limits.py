"""From a number and its limits to an outcome: the value decides, or its bounds where it is a statistical test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.results import Bounds, Measured
from mlops_gitops.monitoring.history.live_windows import evidence_of
from mlops_gitops.monitoring.outcome import Comparison, Outcome, judged

AT_LEAST, AT_MOST = "at_least", "at_most"

Limits: TypeAlias = Mapping[str, float]  # at_least, at_most or both


@frozen
class Bounded:
    """A value with its bounds, each wrong at most as often as `level`.

    `few` is what the method of the bounds has too little of, and is empty where it has enough. `evidence` is what the
    record holds beside them.
    """

    value: float
    lower: float
    upper: float
    level: float
    few: str = ""
    evidence: Mapping[str, Any] = {}


def stated(at_least: float | None = None, at_most: float | None = None) -> Limits:
    """The limits that are there."""
    limits = {AT_LEAST: at_least, AT_MOST: at_most}
    return {name: limit for name, limit in limits.items() if limit is not None}


def bounded(measured: Measured, name: str, level: float) -> Bounded | str:
    """A measured value that can be tested; or why it cannot."""
    if measured.value is None:
        return measured.reason or f"{name} was not measured"
    if measured.bounds is None:
        return f"{name} has no bounds, and a test needs them"
    return with_bounds(measured.value, measured.bounds, level, evidence_of(measured))


def with_bounds(value: float, bounds: Bounds, level: float, evidence: Mapping[str, Any]) -> Bounded:
    """A value and its bounds at `level`, with `evidence` for the record."""
    more = {"method": bounds.method} | ({"few": bounds.few} if bounds.few else {})
    return Bounded(value, bounds.lower, bounds.upper, level, bounds.few, {**evidence, **more})


def limited(about: str, statistic: str, value: float, limits: Limits, title: str) -> Comparison:
    """A number without statistics beside its limits; `title` names it in the reason."""
    broken = [name for name, limit in limits.items() if judged(value, {name: limit}) is Outcome.ALARM]
    reason = "; ".join(f"{title} is {value:.6g}, and {_rule(name, limits[name])}" for name in broken)
    return Comparison(about, statistic, value, limits, judged(value, limits), reason)


def tested(about: str, statistic: str, found: Bounded, limits: Limits, title: str) -> Comparison:
    """A value with bounds beside its limits; inconclusive where the method of its bounds has too few rows."""
    outcome = Outcome.INCONCLUSIVE if found.few else judged(found.value, limits, found.lower, found.upper)
    reason = f"{title}: {found.few}" if found.few else _describe(outcome, title, found, limits)
    numbers = (found.lower, found.upper, found.level, found.evidence)
    return Comparison(about, statistic, found.value, limits, outcome, reason, *numbers)


def unavailable(
    about: str, statistic: str, limits: Limits, reason: str, evidence: Mapping[str, Any] | None = None
) -> Comparison:
    """A number that is not there, with what is known for the record."""
    return Comparison(about, statistic, None, limits, Outcome.NOT_AVAILABLE, reason, evidence=evidence or {})


def _describe(outcome: Outcome, title: str, found: Bounded, limits: Limits) -> str:
    if outcome is Outcome.FINE:
        return ""
    rules = " and ".join(_rule(name, limit) for name, limit in limits.items())
    between = f"between {found.lower:.6g} and {found.upper:.6g} at the level of {found.level:.2g}"
    return f"{title} is {found.value:.6g}, {between}, and {rules}"


def _rule(name: str, limit: float) -> str:
    return f"at least {limit:g} is required" if name == AT_LEAST else f"at most {limit:g} is allowed"
