"""People start it, with a reason (--why), which goes on record."""

from __future__ import annotations

from mlops_gitops.records.retraining import ByHand
from mlops_gitops.retraining.evidence.facts import Facts
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer, TriggerKind


def answer(check: ByHand, facts: Facts) -> Answer:
    """Met with a reason; the reason is part of the cause."""
    if not facts.why:
        return Answer(Verdict.NOT_MET, "not started: --why TEXT starts it")
    return Answer(Verdict.MET, facts.why, about={"why": facts.why})


TRIGGER = TriggerKind("by_hand", __doc__, "", answer)
