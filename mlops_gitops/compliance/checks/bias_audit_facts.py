"""The bias audit says who made it, from which data, collected when; applicants and unknown ones are counted.

It compares the words with nothing.
"""

from __future__ import annotations

from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.compliance.bias_audit import audited_rates, newest_audit
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, present
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    audit = newest_audit(subject)
    for key in ("auditor", "source"):
        written = audit.data[key]
        if placeholder(written) or says_nothing(written):
            return failed(f"{audit.path} does not say its {key}", Place(audit.path, (key,)), f"write {key}")
    found, collected = audited_rates(subject, audit), audit.data["collected"]
    counted = f"{found.applicants} applicants, {found.unknown} of an unknown category"
    return present(f"by {audit.data['auditor']}, data of {collected['from']} to {collected['to']}: {counted}")


CHECK = Check(
    "bias-audit-facts",
    __doc__,
    _look,
    Status.PRESENT,
    rests_on="bytes",
    bad=((Edit("reports/audit.yaml", "auditor: ", "auditor: TBD # "),),),
)
