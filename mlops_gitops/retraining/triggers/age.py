"""The release in force was made long ago: what counts is when its manifest was merged."""

from __future__ import annotations

from datetime import timedelta

from mlops_gitops.records.retraining import Age
from mlops_gitops.retraining.evidence.facts import Facts
from mlops_gitops.retraining.evidence.unknown import not_released
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer, TriggerKind
from mlops_gitops.retraining.windows import moment_text

_DAY = timedelta(days=1)


def answer(check: Age, facts: Facts) -> Answer:
    """Met from the limit on."""
    released = facts.released
    if released is None:
        return not_released(facts)
    age = facts.now - released.made
    verdict = Verdict.MET if age >= check.limit else Verdict.NOT_MET
    message = f"{released.version} was made on {released.made:%Y-%m-%d}"
    if verdict is Verdict.NOT_MET:
        message += f", and is too old on {released.made + check.limit:%Y-%m-%d}"
    evidence = {"release": released.version, "manifest": released.digest, "made": moment_text(released.made)}
    return Answer(verdict, message, age / _DAY, check.limit / _DAY, evidence)


TRIGGER = TriggerKind("age", __doc__, "days", answer)
