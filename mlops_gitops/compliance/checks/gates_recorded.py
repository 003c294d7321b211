"""A promotion of the release is on record with its gates, each with its numbers, and the day.

Before its first promotion a release meets this by the record that the promotion adds.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    record = subject.promotion()
    gates = record.predicate["gates"]
    open_gates = [gate["id"] for gate in gates if gate["outcome"] != "passed" and gate["on_fail"] == "block"]
    if not gates:
        return failed(f"{record.path} has no gates", Place(record.path), "give a KPI a gate, and promote it")
    if open_gates:
        listed = ", ".join(open_gates)
        return passed(f"{record.path} has {len(gates)} gates, {listed} accepted by a decision")
    day = str(record.predicate["created"])[:10]
    return passed(f"{record.path} of {day}: {len(gates)} gate{'' if len(gates) == 1 else 's'} passed")


CHECK = Check(
    "gates-recorded",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="record",
    bad=((Edit("promotions/staging/churn/0002.json", None, None),),),
)
