"""The card says what kind of model it is, by the Hub's pipeline_tag."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, present
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    tag = subject.card().data.get("pipeline_tag")
    if not isinstance(tag, str) or not tag.strip():
        says = "the card has no pipeline_tag, so nothing says whether the model is a generative one"
        return failed(says, Place(subject.card_path, ("pipeline_tag",)), "add pipeline_tag: tabular-classification")
    return present(f"pipeline_tag: {tag}")


CHECK = Check(
    "kind-of-model",
    __doc__,
    _look,
    Status.PRESENT,
    bad=((Edit(CARD, "pipeline_tag: tabular-classification\n", ""),),),
)
