"""The card names an owner of a role that mlops.yaml has, and how to reach them."""

from __future__ import annotations

from mlops_gitops.cards.placeholders import placeholder
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, present
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.text import join_names
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    owners = subject.card().block["owners"]
    project = subject.context.project
    named = [
        f"{owner['name']} ({owner['role']})"
        for owner in owners
        if not placeholder(f"{owner['name']} {owner['contact']}") and (not project or owner["role"] in project.roles)
    ]
    if not named:
        place = Place(subject.card_path, ("mlops", "owners"))
        return failed("the card names no owner of a role that mlops.yaml has", place, "name a person and their role")
    return present(f"owned by {join_names(named, 3)}")


CHECK = Check(
    "owner-named",
    __doc__,
    _look,
    Status.PRESENT,
    bad=((Edit(CARD, "role: data-science}", "role: marketing}"),),),
)
