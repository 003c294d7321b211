"""From what was measured to a gate's outcome."""

from __future__ import annotations

from mlops_gitops.gates.conditions import Finding, Requirement, decide, incomparable_reason
from mlops_gitops.gates.result import Baseline, GateResult, Outcome, SliceResult
from mlops_gitops.gates.slices import combine_groups, judge_gaps, judge_groups
from mlops_gitops.measurement.results import Measurement
from mlops_gitops.records.kpis import Conditions, Gate, Kpi

_WEIGHT = list(Outcome)


def judge(
    kpi: Kpi, better: str | None, measured: Measurement, baseline: Baseline | None, accepted: str | None = None
) -> GateResult:
    """Judges one KPI by its own gate; a KPI without one only shows its value.

    `baseline` is None where the baseline environment has no promotion record: the change condition is then skipped, and
    a gate that has no other is inconclusive. `accepted` is the accept decision that would let it pass.
    """
    gate, name = kpi.gate, kpi.metric_name()
    asked = Requirement(name, gate.whole if gate else Conditions(), gate.confidence if gate else None, better)
    found = decide(asked, measured.whole, measured.compared, baseline)
    groups: list[SliceResult] = []
    if gate and measured.whole.value is not None:
        groups, said = _groups(gate, asked, measured, baseline)
        found += said
        if not found and gate.change:
            found.append((Outcome.INCONCLUSIVE, f"{gate.change.baseline} runs nothing yet to compare {name} with"))
    outcome, reason = max(found, key=lambda pair: _WEIGHT.index(pair[0]), default=(Outcome.PASSED, ""))
    taken = accepted if outcome is Outcome.INCONCLUSIVE else None
    return GateResult(kpi.id, name, gate, better, measured, baseline, outcome, reason, taken, tuple(groups))


def _groups(
    gate: Gate, asked: Requirement, measured: Measurement, baseline: Baseline | None
) -> tuple[list[SliceResult], list[Finding]]:
    if gate.slices is None:
        return [], []
    asks = Requirement(asked.name, gate.grouped, gate.confidence, asked.better)
    groups = judge_groups(gate, asks, measured, baseline)
    found = list(judge_gaps(gate, measured, groups, asked.name))
    if gate.grouped.change and baseline and (fault := incomparable_reason(asks, measured.compared, baseline)):
        found.append((Outcome.NOT_AVAILABLE, fault))
    judged = gate.grouped if baseline else Conditions(gate.grouped.at_least, gate.grouped.at_most)
    if judged.any or any(its.outcome not in (None, Outcome.PASSED) for its in groups):
        together = combine_groups(gate.slices, groups, asked.better, gate.grouped.at_most is not None)
        found += [together] if together else []
    return groups, found
