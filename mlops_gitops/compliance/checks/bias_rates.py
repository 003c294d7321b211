"""Selection or scoring rates and impact ratios follow from the rows that the bias audit pins.

It computes them by sex, by race or ethnicity, and by both. It compares no ratio with a threshold: the law has none.
"""

from __future__ import annotations

from mlops_gitops.compliance.bias_audit import audited_rates, newest_audit
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.selection_rates import Rate, label
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    audit = newest_audit(subject)
    found = audited_rates(subject, audit)
    parts = {"sex": found.sex, "race or ethnicity": found.race, "both": found.both}
    for name, rates in parts.items():
        if not any(rate.ratio is not None for rate in rates):
            says = f"{audit.pin.path} gives no impact ratio by {name}: no category has a hit"
            return failed(says, Place(audit.path), "audit rows in which somebody is selected")
    lowest = "; ".join(f"{name} {_lowest(rates)}" for name, rates in parts.items())
    return passed(f"computed from {found.applicants} applicants; lowest impact ratio by {lowest}")


def _lowest(rates: tuple[Rate, ...]) -> str:
    ratio, category = min((rate.ratio, label(rate.category)) for rate in rates if rate.ratio is not None)
    return f"{ratio:.2f} ({category})"


CHECK = Check(
    "bias-rates",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="bytes",
    bad=((Edit("reports/audit.yaml", "audited: ", "audit: "),),),
)
