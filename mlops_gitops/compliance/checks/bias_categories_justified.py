"""Only categories of less than 2 % of the applicants are left out of the impact ratios, each with a justification."""

from __future__ import annotations

from mlops_gitops.compliance.bias_audit import audited_rates, newest_audit
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.selection_rates import label, unjustified
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    audit = newest_audit(subject)
    wrong = unjustified(audited_rates(subject, audit), audit.left_out)
    if wrong:
        says = f"{label(wrong[0])} is left out, and is no category of less than 2 % of the applicants"
        return failed(says, Place(audit.path, ("left_out",)), "leave it in, or correct its name")
    if not audit.left_out:
        return passed("no category is left out")
    return passed(f"left out with a justification: {'; '.join(map(label, audit.left_out))}")


CHECK = Check(
    "bias-categories-justified",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="bytes",
    bad=((Edit("reports/audit.yaml", "unknown: [unknown]", "left_out: [{sex: Male, justification: Why not.}]"),),),
)
