"""A gate bounds how much a release may change against what runs, and the promotion on record kept to it.

The first release of a model changes nothing.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    if subject.predecessor() is None:
        return passed("it is the first release")
    kpis = subject.kpis()
    if not any(kpi.gate and kpi.gate.change for kpi in kpis.kpis):
        help = "add no_worse_than: {baseline: ENVIRONMENT, by: …} to a gate"
        return failed("no gate bounds the change", Place(kpis.path, ("kpis",)), help)
    record = subject.promotion()
    bounded = [gate for gate in record.predicate["gates"] if "no_worse_than" in gate or "better_than" in gate]
    if not bounded or any(gate["outcome"] != "passed" for gate in bounded):
        return failed(f"no gate of {record.path} shows that the change kept to its bounds", Place(record.path))
    return passed(f"within the bounds of {', '.join(gate['id'] for gate in bounded)}, {record.path}")


CHECK = Check(
    "change-bounded",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="kpis",
    bad=((Edit("models/churn/kpis.yaml", ", no_worse_than: {baseline: production, by: 0.01}", ""),),),
)
