"""A file is not the one that the release in force was made with, such as the training data that DVC tracks."""

from __future__ import annotations

from mlops_gitops.records.retraining import Changed
from mlops_gitops.retraining.evidence.facts import Facts
from mlops_gitops.retraining.evidence.unknown import not_released
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer, TriggerKind

NOTHING = "none"  # in the place of the digest of a file that was not there


def answer(check: Changed, facts: Facts) -> Answer:
    """Met where the digests differ; the new one is part of the cause."""
    if facts.released is None:
        return not_released(facts)
    change = facts.changes.get(check.path, f"{check.path} was not looked at")
    if isinstance(change, str):
        return Answer(Verdict.NOT_AVAILABLE, change)
    before, version = change.before or NOTHING, facts.released.version
    differs = before != change.now
    new = f"is new since {version}" if change.before is None else f"is not the one that {version} was made with"
    message = f"{check.path} {new if differs else f'is the one that {version} was made with'}"
    evidence = {"path": check.path, "release": version, "before": before, "now": change.now}
    verdict = Verdict.MET if differs else Verdict.NOT_MET
    return Answer(verdict, message, change.now, before, evidence, {"digest": change.now} if differs else {})


TRIGGER = TriggerKind("changed", __doc__, "digest", answer)
