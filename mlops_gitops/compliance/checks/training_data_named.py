"""The card names the data sets that the model was trained on."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, present
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.text import clipped
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    named = subject.card().data.get("datasets")
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    if not any(str(name).strip() for name in names):
        place = Place(subject.card_path, ("datasets",))
        return failed("the card names no data sets", place, "list them under datasets:")
    return present(f"datasets: {clipped(', '.join(map(str, names)), 60)}")


CHECK = Check(
    "training-data-named",
    __doc__,
    _look,
    Status.PRESENT,
    bad=((Edit(CARD, "datasets: [example/accounts-2025]\n", ""),),),
)
