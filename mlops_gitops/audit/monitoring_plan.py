"""A finding on record, held to the monitoring.yaml that judged: its watch, its level and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.core.canonical import rounded
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.limits import AT_LEAST, AT_MOST
from mlops_gitops.monitoring.outcome import Comparison, Finding
from mlops_gitops.records.monitoring import (
    DataDrift,
    Fairness,
    KpiDecay,
    Monitoring,
    NumberLimit,
    PredictionDrift,
    Quality,
    Watch,
)

_HOUR = 3600


def plan_faults(finding: Finding, plan: Monitoring) -> Iterator[str]:
    """A sentence for each thing that a finding has and its plan has not.

    The limits of a KPI by its gate or its promotion are not in the plan, and are not compared.
    """
    watch = next((watch for watch in plan.watches if watch.id == finding.watch), None)
    if watch is None:
        yield f"says what the watch {finding.watch} found, and its monitoring.yaml has none"
        return
    for name in ("kind", "action", "runbook"):
        has, wanted = getattr(finding, name), getattr(watch, name)
        if has != wanted:
            says = f"and its monitoring.yaml says {wanted or 'none'}"
            yield f"says that the {name} of {watch.id} is {has or 'none'}, {says}"
    yield from _level_fault(finding, watch, plan)
    for comparison in finding.comparisons:
        if not _is_planned(comparison, watch):
            limits = ", ".join(f"{name} {limit:g}" for name, limit in comparison.limits.items())
            name = " ".join(filter(None, (comparison.about, comparison.statistic)))
            yield f"holds {name} of {watch.id} to {limits}, which its monitoring.yaml does not say"


def _level_fault(finding: Finding, watch: Watch, plan: Monitoring) -> Iterator[str]:
    levels = rounded(finding.level), rounded((budget.level(plan) or 0.0) if watch.tested else None)
    if levels[0] != levels[1]:
        has, should = ("none" if level is None else f"{level:g}" for level in levels)
        yield f"gives {watch.id} the level {has}, and the budget of its monitoring.yaml gives {should}"


def _is_planned(comparison: Comparison, watch: Watch) -> bool:
    """Whether the watch has such limits; without limits nothing can be fine, nor alarm."""
    allowed = _limits(watch, comparison.about)
    return allowed is None or not comparison.limits or comparison.limits in allowed


def _limits(watch: Watch, about: str) -> Sequence[Mapping[str, float | None]] | None:
    """The limits that a watch may hold a number to; None where they are not in the plan."""
    check = watch.check
    if isinstance(check, DataDrift | PredictionDrift):
        return [_pair(None, check.limit)]
    if isinstance(check, Fairness):
        return [_pair(None, check.max_gap)]
    if isinstance(check, NumberLimit):
        return [_pair(check.at_least, check.at_most)]
    if isinstance(check, Quality):
        return _quality_limits(check, about)
    return _change_limits(check)


def _quality_limits(check: Quality, about: str) -> list[Mapping[str, float | None]]:
    """Those of the rows and the age, or of a column: of its empty values, and of rows that break another limit."""
    if about:
        column = check.columns.get(about)
        return [_pair(None, 0), *([_pair(None, column.nulls)] if column else [])]
    late = check.fresh.total_seconds() / _HOUR if check.fresh else None
    return [_pair(check.rows_at_least, check.rows_at_most), _pair(None, late)]


def _change_limits(check: KpiDecay) -> list[Mapping[str, float | None]] | None:
    return [_pair(-check.by, None), _pair(None, check.by)] if check.live and check.by is not None else None


def _pair(at_least: float | None, at_most: float | None) -> Mapping[str, float | None]:
    limits = {AT_LEAST: at_least, AT_MOST: at_most}
    return {name: rounded(limit) for name, limit in limits.items() if limit is not None}
