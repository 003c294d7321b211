"""The promotion on record says why, where the release follows another.

What it says is for people to judge.
"""

from __future__ import annotations

from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed, present
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.text import clipped
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    if subject.predecessor() is None:
        return passed("it is the first release")
    record = subject.promotion()
    why = " ".join(str(record.predicate["why"]).split())
    if placeholder(why) or says_nothing(why):
        return failed(f"{record.path} does not say what changed", Place(record.path), f"{record.command()} --why TEXT")
    return present(f"{record.path}: {clipped(why, 60)}")


CHECK = Check(
    "change-summary",
    __doc__,
    _look,
    Status.PRESENT,
    rests_on="record",
    bad=((Edit("promotions/staging/churn/0002.json", '"why": "Better data."', '"why": ""'),),),
)
