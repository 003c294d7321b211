"""A finding on record, held to the monitoring.yaml that judged: its watch, its level and its limits."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.canonical import rounded
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.judge import watch_kind
from mlops_gitops.monitoring.outcome import Comparison, Finding
from mlops_gitops.monitoring.watch_kind import Stated
from mlops_gitops.records.monitoring import Monitoring, Watch

_STATED = "its monitoring.yaml, the gates of kpis.yaml and the promotion in force"


def plan_faults(finding: Finding, plan: Monitoring, known: Stated, formula: int) -> Iterator[str]:
    """A sentence for each thing that a finding has and its plan has not, by what else states limits.

    `formula` is the version of the budget's formula that the record names.
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
    yield from _level_fault(finding, watch, plan, formula)
    for comparison in finding.comparisons:
        if not _is_planned(comparison, watch, known):
            limits = ", ".join(f"{name} {limit:g}" for name, limit in comparison.limits.items())
            name = " ".join(filter(None, (comparison.about, comparison.statistic)))
            yield f"holds {name} of {watch.id} to {limits}, which {_STATED} do not say"


def _level_fault(finding: Finding, watch: Watch, plan: Monitoring, formula: int) -> Iterator[str]:
    if formula not in budget.FORMULAS:
        yield f"has the level of {watch.id} by formula {formula} of the budget, which this version does not know"
        return
    levels = rounded(finding.level), rounded((budget.level(plan, formula) or 0.0) if watch.tested else None)
    if levels[0] != levels[1]:
        has, should = ("none" if level is None else f"{level:g}" for level in levels)
        yield f"gives {watch.id} the level {has}, and the budget of its monitoring.yaml gives {should}"


def _is_planned(comparison: Comparison, watch: Watch, known: Stated) -> bool:
    """Whether the watch has such limits; without limits nothing can be fine, nor alarm."""
    allowed = watch_kind(watch.kind).allowed(watch.check, comparison.about, known)
    held = [{name: rounded(limit) for name, limit in limits.items()} for limits in allowed]
    return not comparison.limits or comparison.limits in held
