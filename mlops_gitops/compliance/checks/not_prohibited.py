"""The risk class is not prohibited."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    if subject.risk() == "prohibited":
        place = Place(subject.card_path, ("mlops", "risk", "class"))
        return failed("a model of class prohibited is not released", place, "take it out of use")
    return passed(f"class {subject.risk()}")


CHECK = Check("not-prohibited", __doc__, _look, Status.PASSED, bad=((Edit(CARD, "class: high", "class: prohibited"),),))
