"""A recorded gate under other KPIs: judged by the numbers on record, as far as these say enough.

A threshold is compared with the value and the bounds on record. Bounds at another confidence, of other rows or of
another number are not on record, and nothing is made up for them: a sentence then says what must be measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.audit.what_if.answer import Objection
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.gates.result import GateResult, Outcome
from mlops_gitops.gates.serialize import judge_recorded
from mlops_gitops.metrics.lookup import better_direction
from mlops_gitops.records.gate import Gate
from mlops_gitops.records.kpis import Kpi, Kpis

_NOT_READING = {"max_releases": None, "slices": ()}  # of a data set: what changes neither rows nor columns


@frozen
class GateThen:
    """A gate as it was on the day: its KPI, the KPIs around it, and what was recorded; None where there was none."""

    kpi: Kpi | None
    kpis: Kpis | None
    recorded: Mapping[str, Any] | None


def gate_objection(kpi: Kpi, kpis: Kpis, then: GateThen, accepted: str | None) -> Objection | None:
    """What keeps a promotion out by one KPI of other `kpis`, or why that is unknown; None where nothing does.

    `accepted` is the path of the accept decision of that time that the other KPI would let count.
    """
    if kpi.gate is None:
        return None
    if reason := next(_needs_data(kpi, kpi.gate, kpis, then), ""):
        return Objection(kpi.id, reason, unknown=True)
    recorded = dict(then.recorded or {}) | {"accepted": accepted}
    evidence_is_other = _evidence_is_other(kpi, then.kpi)
    found = judge_recorded(kpi, better_direction(kpi), _without_evidence(recorded) if evidence_is_other else recorded)
    if evidence_is_other and found.accepted:
        return Objection(kpi.id, "whether a group fails or is inconclusive is not on record", unknown=True)
    return result_objection(found)


def result_objection(found: GateResult) -> Objection | None:
    """What a judged gate says against a promotion; None where it lets it pass."""
    if found.effective is Outcome.PASSED:
        return None
    return Objection(found.id, f"{found.outcome.value.replace('_', ' ')}: {found.reason}")


def _needs_data(kpi: Kpi, gate: Gate, kpis: Kpis, then: GateThen) -> Iterator[str]:
    """Why the numbers on record do not say how a gate would have ended, the plainest reason first."""
    was, recorded = then.kpi, then.recorded
    if was is None or was.gate is None or recorded is None:
        yield "no gate of this id is on record"
        return
    if (was.metric, was.cap) != (kpi.metric, kpi.cap):
        yield f"{was.metric_name()} is on record, and {kpi.metric_name()} is asked"
    if was.loss_bound != kpi.loss_bound:
        yield "the bounds on record depend on another loss_bound"
    if _read(kpi, kpis) != _read(was, then.kpis):
        yield "it reads other rows or columns than those on record"
    if better_direction(kpi) != better_direction(was):
        yield "which direction is better is another than on record"
    if gate.confidence is not None and gate.confidence != was.gate.confidence:
        before = f"bounds at {was.gate.confidence:g}" if was.gate.confidence is not None else "no bounds"
        yield f"{before} are on record, and a confidence of {gate.confidence:g} is asked"
    yield from _needs_pairs(gate, was.gate, recorded)
    yield from _needs_bounds(gate, recorded)
    yield from _needs_groups(gate, was.gate, recorded)


def _read(kpi: Kpi, kpis: Kpis | None) -> object:
    """The data set that a KPI reads, as far as that decides which rows and columns; None for a metrics file."""
    data = kpis.data.get(kpi.data or "") if kpis else None
    return replace(data, name="", **_NOT_READING) if data else None


def _needs_pairs(gate: Gate, was: Gate, recorded: Mapping[str, Any]) -> Iterator[str]:
    if gate.change is None:
        return
    if was.change is None:
        yield "no comparison with a baseline is on record"
    elif was.change.baseline != gate.change.baseline:
        yield f"the comparison on record is with {was.change.baseline}, and {gate.change.baseline} is asked"
    elif gate.confidence is not None and "paired" in recorded and "interval" not in recorded["paired"]:
        yield "the comparison on record has no bounds"


def _needs_bounds(gate: Gate, recorded: Mapping[str, Any]) -> Iterator[str]:
    asked = gate.at_least is not None or gate.at_most is not None or gate.slices is not None
    if asked and gate.confidence is not None and "interval" not in recorded:
        yield "the value on record has no bounds"


def _needs_groups(gate: Gate, was: Gate, recorded: Mapping[str, Any]) -> Iterator[str]:
    slices, before = gate.slices, was.slices
    if slices is None:
        return
    if before is None or before.by != slices.by:
        yield f"no groups by {', '.join(slices.by)} are on record"
        return
    between = slices.max_gap is not None, slices.min_ratio is not None
    known = "gap" in recorded or before.max_gap is not None, "ratio" in recorded or before.min_ratio is not None
    if any(asked and not there for asked, there in zip(between, known, strict=True)):
        yield "no gap between groups is on record"
    if any(between) and slices.min_samples != before.min_samples:
        yield f"the gap on record is between groups of at least {before.min_samples} rows"
    if slices.require == "not_refuted" and gate.confidence is not None and _limits(gate) != _limits(was):
        yield "the evidence on record against a group is for another limit"


def _limits(gate: Gate) -> object:
    return gate.grouped.to_data()


def _evidence_is_other(kpi: Kpi, was: Kpi | None) -> bool:
    """Whether the p values on record are of other limits of groups, so that they say nothing."""
    asked = kpi.gate is not None and kpi.gate.slices is not None and kpi.gate.confidence is not None
    return asked and was is not None and was.gate is not None and _limits(kpi.gate or Gate()) != _limits(was.gate)


def _without_evidence(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded gate without p values: a group is then proven or inconclusive, and either is sure by its bounds."""

    def stripped(part: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in part.items() if name != "refutes"}

    groups = [
        stripped(group) | ({"paired": stripped(group["paired"])} if "paired" in group else {})
        for group in recorded.get("groups", ())
    ]
    return dict(recorded) | {"groups": groups}
