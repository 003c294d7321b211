"""A release whose intended use or limits differ from those of the one before it comes with a notice.

The notice is evidence of type notice on the card. Whether it was delivered is for people to say.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Status, passed, unavailable
from mlops_gitops.compliance.shared_looks import CARD, pinned_evidence
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.card import Card
from mlops_gitops.records.release import Release

KEYS = ("intended_use", "out_of_scope", "limitations")


def _look(subject: Subject) -> Finding:
    before = subject.predecessor()
    if before is None:
        return passed("it is the first release")
    old, new = _card(subject, before), subject.card()
    if old is None:
        return unavailable(f"the card that {before.path} pins is not at hand here")
    changed = [key for key in KEYS if old.block[key] != new.block[key]]
    if not changed:
        return passed(f"use and limits are as in {before.version}")
    return pinned_evidence(("notice",), subject)


def _card(subject: Subject, release: Release) -> Card | None:
    """The card as the tree has it that introduced a release."""
    tree = subject.context.introduced(release)
    return tree.card(release.model) if tree else None


CHECK = Check(
    "update-notice",
    __doc__,
    _look,
    Status.PRESENT,
    rests_on="history",
    bad=(
        (
            Edit(CARD, "limitations: One country.", "limitations: One country, and no firms."),
            Edit(CARD, "type: notice", "type: privacy"),
        ),
    ),
)
