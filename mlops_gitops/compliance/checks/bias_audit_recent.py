"""The bias audit that the card pins is at most one year old on the day that is judged."""

from __future__ import annotations

from mlops_gitops.compliance.attestations import add_age
from mlops_gitops.compliance.bias_audit import newest_audit
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit

_AGE = "12 months"


def _look(subject: Subject) -> Finding:
    audit, today = newest_audit(subject), subject.context.today
    place = Place(audit.path, ("audited",))
    if audit.audited > today:
        return failed(f"{audit.path} is of {audit.audited}, which is still to come", place, "correct the day")
    if add_age(audit.audited, _AGE) < today:
        return failed(f"{audit.path} is of {audit.audited}, more than one year before {today}", place, "audit it again")
    return passed(f"{audit.path} is of {audit.audited}")


CHECK = Check(
    "bias-audit-recent",
    __doc__,
    _look,
    Status.PASSED,
    bad=((Edit("reports/audit.yaml", "audited: 2027-10-01", "audited: 2026-10-01"),),),
)
