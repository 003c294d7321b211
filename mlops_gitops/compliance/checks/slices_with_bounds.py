"""A gate judges groups of rows too, and by confidence bounds."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    kpis = subject.kpis()
    found = [kpi for kpi in kpis.kpis if kpi.gate and kpi.gate.slices and kpi.gate.confidence]
    if not found:
        help = "add confidence: and slices: {by: […]} to a gate"
        return failed("no gate judges slices by confidence bounds", Place(kpis.path, ("kpis",)), help)
    listed = (f"{kpi.id} by {', '.join(kpi.gate.slices.by)}" for kpi in found if kpi.gate and kpi.gate.slices)
    return passed(f"gates on slices: {'; '.join(listed)}")


CHECK = Check(
    "slices-with-bounds",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="kpis",
    bad=((Edit("models/churn/kpis.yaml", "confidence: 0.95, ", ""),),),
)
