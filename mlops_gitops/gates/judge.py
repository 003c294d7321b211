"""From what was measured to a gate's outcome."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.gates.assumption import assumption
from mlops_gitops.gates.conditions import Finding, Requirement, incomparable_reason, judge_conditions
from mlops_gitops.gates.perfect import perfect_reason
from mlops_gitops.gates.result import Baseline, GateResult, Outcome, SliceResult
from mlops_gitops.gates.same_artifact import needs_rows, same_artifact_findings
from mlops_gitops.gates.slices import combine_slices, judge_gaps, judge_slices
from mlops_gitops.measurement.results import Measurement
from mlops_gitops.records.gate import Conditions, Gate
from mlops_gitops.records.kpis import Kpi


def judge(
    kpi: Kpi, better: str | None, measured: Measurement, baseline: Baseline | None, accepted: str | None = None
) -> GateResult:
    """Judges one KPI by its own gate; a KPI without one only shows its value.

    `better` is `higher` or `lower`; None where nothing says which. `baseline` is None where the baseline environment
    has no promotion record: the condition on the change is then skipped, and a gate that has no other is inconclusive.
    `accepted` is the path of the accept decision that would let it pass.
    """
    gate, name = kpi.gate, kpi.metric_name()
    requirement = Requirement(name, gate.whole if gate else Conditions(), gate.confidence if gate else None, better)
    findings = same_artifact_findings(gate, name, measured, baseline)
    against = None if findings else baseline
    if not findings or (gate and needs_rows(gate)):
        findings += judge_conditions(requirement, measured.whole, measured.compared, against)
    slices: list[SliceResult] = []
    if gate and measured.whole.value is not None:
        slices, more = _judge_slices(gate, requirement, measured, against)
        findings += more
        if not findings and gate.change:
            findings.append((Outcome.INCONCLUSIVE, f"{gate.change.baseline} runs nothing yet to compare {name} with"))
    outcome, reason = max(findings, key=lambda finding: finding[0].weight, default=(Outcome.PASSED, ""))
    decision = accepted if outcome is Outcome.INCONCLUSIVE else None
    return GateResult(
        kpi.id, name, gate, better, measured, baseline, outcome, reason, decision, tuple(slices),
        perfect_reason(kpi, measured), assumption(gate, measured, compares=against is not None),
    )  # fmt: skip


def _judge_slices(
    gate: Gate, whole: Requirement, measured: Measurement, baseline: Baseline | None
) -> tuple[list[SliceResult], list[Finding]]:
    """Each slice judged, and the findings of all of them together and of the gaps between them."""
    if gate.slices is None:
        return [], []
    requirement = replace(whole, conditions=gate.grouped)
    slices = judge_slices(gate, requirement, measured, baseline)
    findings = list(judge_gaps(gate, measured, requirement.name))
    if gate.grouped.change and baseline:
        reason = incomparable_reason(requirement, measured.compared, baseline)
        findings += [(Outcome.NOT_AVAILABLE, reason)] if reason else []
    in_force = gate.grouped if baseline else Conditions(gate.grouped.at_least, gate.grouped.at_most)
    if in_force.any or any(result.outcome not in (None, Outcome.PASSED) for result in slices):
        findings.append(combine_slices(gate.slices, slices, requirement))
    return slices, findings
