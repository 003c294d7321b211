"""The card states a risk class and why it is that one.

Whether the class is right is for people to say.
"""

from __future__ import annotations

from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, present
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.text import clipped
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    card = subject.card()
    why = str(card.block["risk"]["rationale"])
    if placeholder(why) or says_nothing(why):
        place = Place(subject.card_path, ("mlops", "risk", "rationale"))
        return failed(f"nothing says why the risk class is {card.risk}", place, "write the rationale")
    return present(f"class {card.risk}: {clipped(' '.join(why.split()), 60)}")


CHECK = Check(
    "risk-class",
    __doc__,
    _look,
    Status.PRESENT,
    bad=((Edit(CARD, "rationale: Ranks accounts for a call.", "rationale: 'To be written: why'"),),),
)
