"""A promotion's gates are those of the base's KPIs, re-derive from the recorded numbers, and pass.

A record that merely said "passed" would make every gate worthless. It derives the outcome of each gate again, from
the recorded numbers, which must be able to be true together, and the KPIs of the base, whatever KPIs the change itself
brings; and the baseline must still be what its environment runs. Every gate must be there, and must have passed, or
only warn (`on_fail: warn`) and have been measured, or be inconclusive and accepted by a decision its KPI provides for.
A model without any gate is not promoted.

When the baseline has moved, run the promotion again. When a gate is missed, fix the model, or agree on another
threshold in a pull request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.document import Route
from mlops_gitops.gates.consistency import inconsistency
from mlops_gitops.gates.result import Outcome
from mlops_gitops.gates.serialize import gate_to_data, judge_recorded
from mlops_gitops.measurement.results import Measured, Slice
from mlops_gitops.metrics.lookup import better_direction, kpi_metric
from mlops_gitops.policy.examples import PRODUCTION_RECORD, PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.decisions import accept_decision, lists_decision
from mlops_gitops.promotion.preconditions import ungated
from mlops_gitops.records.gate import Change
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context

_MEASURED = ("value", "n", "interval", "method", "few", "refutes", "baseline", "paired", "gap", "ratio", "accepted")


_LONGEST, _CLIPPED = 480, 120  # characters of a message, and of each value in it


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each gate that is missing, does not re-derive, has the wrong baseline, or did not pass."""
    for record in context.promotions():
        kpis = context.policy.kpis(record.model)
        if not record.is_gated or kpis is None:
            continue
        recorded = list(record.predicate["gates"])
        wanted = [kpi for kpi in kpis.kpis if kpi.gate]
        if (refusal := ungated(kpis)) is not None:
            yield context.head.document(record.path).problem(
                RULE.id, refusal.message, ("predicate", "gates"), help=refusal.help
            )
        if [gate["id"] for gate in recorded] != [kpi.id for kpi in wanted]:
            message = (
                f"the gates on record are not those of the base's KPIs: {', '.join(kpi.id for kpi in wanted) or 'none'}"
            )
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "gates"))
            continue
        for n, (kpi, gate) in enumerate(zip(wanted, recorded, strict=True)):
            for route, message in gate_faults(context, record, kpi, gate):
                yield context.head.document(record.path).problem(
                    RULE.id, clipped(message, _LONGEST), ("predicate", "gates", n, *route)
                )


def gate_faults(context: Context, record: Promotion, kpi: Kpi, gate: Mapping[str, Any]) -> Iterator[tuple[Route, str]]:
    """What a recorded gate says that its numbers, its KPI and the rest of the repository do not bear out."""
    if wrong := inconsistency(kpi, kpi_metric(kpi), gate):
        yield (), f"{kpi.id}: {wrong}"
        return
    again = judge_recorded(kpi, better_direction(kpi), gate)
    if differing := next(_differing(gate, gate_to_data(again)), None):
        route, what, recorded, derived = differing
        parts = (clipped(str(part), _CLIPPED) for part in (what, recorded, derived))
        yield route, "{}: {} is recorded as {}, and its numbers and KPI give {}".format(kpi.id, *parts)
        return
    change = kpi.gate.change if kpi.gate else None
    if change and (fault := _baseline(context, record, change, gate.get("baseline"))):
        yield ("baseline",), f"{kpi.id}: {fault}"
    if again.accepted and again.accepted != accept_decision(
        context, kpi, record.model, record.release, record.environment
    ):
        yield ("accepted",), f"{kpi.id}: {again.accepted} does not accept this gate"
    elif again.accepted and not lists_decision(record, again.accepted):
        yield ("accepted",), f"{kpi.id}: {again.accepted} is not among the record's decisions"
    elif again.effective is not Outcome.PASSED:
        yield ("outcome",), f"{kpi.id} is {again.outcome.value.replace('_', ' ')}: {again.reason}"


def _differing(gate: Mapping[str, Any], derived: Mapping[str, Any]) -> Iterator[tuple[Route, str, Any, Any]]:
    """Where the record is not what its numbers and the KPI give: the place, what it is, and both.

    Words are not compared: another version may say the same in others.
    """
    for name in _differing_names(gate, derived, {*_MEASURED, "groups"}):
        yield (name,) if name in gate else (), name, gate.get(name), derived.get(name)
    if "reason" in gate and "reason" not in derived:
        yield ("reason",), "reason", gate["reason"], None
    parts = gate.get("groups", ()), derived.get("groups", ())
    if len(parts[0]) != len(parts[1]):
        yield ("groups",), "the number of groups", len(parts[0]), len(parts[1])
    for n, (recorded, again) in enumerate(zip(*parts, strict=False)):
        for name in _differing_names(recorded, again, set()):
            what = f"{name} of {Slice(recorded['values'], Measured(None)).name}"
            yield ("groups", n, *([name] if name in recorded else [])), what, recorded.get(name), again.get(name)


def _differing_names(recorded: Mapping[str, Any], derived: Mapping[str, Any], apart: set[str]) -> list[str]:
    names = sorted((recorded.keys() | derived.keys()) - apart - {"reason"})
    return [name for name in names if recorded.get(name) != derived.get(name)]


def _baseline(context: Context, record: Promotion, change: Change, recorded: Mapping[str, Any] | None) -> str | None:
    current = context.ledger.current(change.baseline, record.model) if context.ledger else None
    digest = current.digest if current else None
    if recorded and recorded.get("same_artifact") and not _is_same_artifact(context, record, recorded["release"]):
        return f"it is recorded as the same artifact as {recorded['release']}, and the manifests say otherwise"
    named = recorded["record"] if recorded else None
    if digest == named:
        runs = current.record.release if current and isinstance(current.record, Promotion) else None
        stated = (recorded["environment"], recorded["release"]) if recorded else (change.baseline, None)
        matches = stated == (change.baseline, runs)
        return None if matches else f"the baseline is {change.baseline}'s {runs}, not {stated}"
    if digest is None:
        return f"it is compared with {named}, and {change.baseline} has no record"
    return f"the baseline has moved: {change.baseline} now runs what {digest} put there"


def _is_same_artifact(context: Context, record: Promotion, baseline: str | None) -> bool:
    """Whether the promoted release and the baseline's pin the same artifacts."""
    promoted = context.head.release(record.model, record.release)
    runs = context.policy.release(record.model, baseline) if baseline else None
    return promoted is not None and runs is not None and promoted.has_artifacts_of(runs)


RULE = Rule(
    "promotion-gates",
    __doc__,
    check,
    Scope.BASE,
    bad=(
        (
            PROMOTED_TO_PRODUCTION,
            Edit(PRODUCTION_RECORD, '"value": 0.9,', '"value": 0.1,'),
        ),
    ),
)
