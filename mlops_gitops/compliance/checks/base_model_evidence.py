"""A base model that the card names has evidence of its own, pinned on the card."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Status, passed
from mlops_gitops.compliance.shared_looks import CARD, pinned_evidence
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    if not subject.card().data.get("base_model"):
        return passed("the card names no base model")
    return pinned_evidence(("risk-assessment", "evaluation"), subject)


CHECK = Check(
    "base-model-evidence",
    __doc__,
    _look,
    Status.PRESENT,
    bad=(
        (
            Edit(CARD, "license: apache-2.0", "license: apache-2.0\nbase_model: example/base"),
            Edit(CARD, "type: risk-assessment", "type: privacy"),
        ),
    ),
)
