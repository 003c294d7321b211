"""Conditions on a change where candidate and baseline are one artifact: no measurement need decide."""

from __future__ import annotations

from mlops_gitops.gates.conditions import Finding
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.measurement.results import Measurement
from mlops_gitops.records.gate import Gate


def same_artifact_findings(
    gate: Gate | None, name: str, measured: Measurement, baseline: Baseline | None
) -> list[Finding]:
    """One finding for each condition on the change of the number `name`; none where the artifacts differ.

    A model is never worse than itself, and never better. Where predictions show a change all the same, something beside
    the artifacts differs, such as the code that prepares their input, and what was measured decides.
    """
    if gate is None or baseline is None or not baseline.same_artifact or _shows_change(measured):
        return []
    conditions = dict.fromkeys(route[-1] for route, _ in gate.changes())
    same = f"the candidate is {baseline.environment}'s {baseline.release}, artifact for artifact and byte for byte"
    findings = {
        "no_worse_than": (Outcome.PASSED, f"{same}, so its {name} is no worse"),
        "better_than": (Outcome.FAILED, f"{same}, so its {name} is no better"),
    }
    return [findings[condition] for condition in conditions]


def _shows_change(measured: Measurement) -> bool:
    comparisons = (measured.compared, *(part.compared for part in measured.slices))
    return any(compared.change for compared in comparisons if compared)


def needs_rows(gate: Gate) -> bool:
    """Whether anything but a change is asked of the candidate's rows."""
    if gate.at_least is not None or gate.at_most is not None:
        return True
    if gate.slices is None:
        return False
    own = gate.slices.conditions
    between = gate.slices.max_gap is not None or gate.slices.min_ratio is not None
    return between or own.at_least is not None or own.at_most is not None
