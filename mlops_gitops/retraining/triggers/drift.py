"""The columns that drifted hold a share of the importance in the explanation of the release in force.

Drift of a column that the model hardly uses changes little; the explanation in the model card says how much it counts.
"""

from __future__ import annotations

from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.records.retraining import ImportantDrift
from mlops_gitops.retraining.evidence.facts import Facts, Importance, Look
from mlops_gitops.retraining.evidence.unknown import not_released, not_yet
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer, TriggerKind


def answer(check: ImportantDrift, facts: Facts) -> Answer:
    """Met where the columns that surely drifted hold the share; not met where all that may have hold less."""
    if facts.released is None:
        return not_released(facts)
    looks = facts.looks.get(check.watch, f"monitoring.yaml has no watch {check.watch}")
    if isinstance(looks, str) or isinstance(facts.importance, str):
        return Answer(Verdict.NOT_AVAILABLE, looks if isinstance(looks, str) else str(facts.importance))
    if not looks.found:
        return not_yet(facts.released, looks, check.importance, {"watch": check.watch})
    look = looks.found[0]
    evidence = {"watch": check.watch, "windows": [look.evidence()]} | _explanation(facts.importance)
    if look.fault or not look.finding.comparisons:
        reason = look.fault or look.finding.reason
        return Answer(Verdict.NOT_AVAILABLE, f"{check.watch}: {reason}", None, check.importance, evidence)
    if look.finding.muted:
        message = f"{check.watch} is muted by {look.finding.muted}"
        return Answer(Verdict.NOT_MET, message, 0.0, check.importance, evidence)
    return _judged(check, look, facts.importance, evidence)


def _judged(check: ImportantDrift, look: Look, importance: Importance, evidence: dict[str, object]) -> Answer:
    columns = {outcome: _columns(look.finding, outcome) for outcome in Outcome}
    drifted = columns[Outcome.ALARM]
    unclear = columns[Outcome.INCONCLUSIVE] + columns[Outcome.NOT_AVAILABLE]
    unexplained = [name for name in drifted + unclear if name not in importance.features]
    share, most = _share(importance, drifted), _share(importance, drifted + unclear)
    shares = {name: _share(importance, [name]) for name in drifted if name in importance.features}
    evidence |= {"drifted": shares, "unclear": unclear, "unexplained": unexplained}
    names = f" ({', '.join(drifted)})" if drifted else ""
    message = f"columns that drifted{names} hold {share:.1%} of the importance"
    if share >= check.importance:
        verdict = Verdict.MET
    elif unexplained:
        verdict = Verdict.NOT_AVAILABLE
        message += f"; the explanation has no feature {', '.join(unexplained)}"
    elif most < check.importance:
        verdict = Verdict.NOT_MET
    else:
        verdict = Verdict.NOT_AVAILABLE if columns[Outcome.NOT_AVAILABLE] else Verdict.INCONCLUSIVE
        reason = look.finding.reason
        message += f", and {most:.1%} with those that are unclear ({', '.join(unclear)}): {reason}"
    return Answer(verdict, message, share, check.importance, evidence)


def _columns(finding: Finding, outcome: Outcome) -> list[str]:
    return list(dict.fromkeys(found.about for found in finding.comparisons if found.outcome is outcome))


def _share(importance: Importance, names: list[str]) -> float:
    """The share of the importance that these features hold, from 0 to 1."""
    held = sum(importance.features.get(name, 0.0) for name in names)
    return held / sum(importance.features.values())


def _explanation(importance: Importance) -> dict[str, object]:
    return {"explain": {"path": importance.path, "digest": importance.digest}}


TRIGGER = TriggerKind("drift", __doc__, "of the importance", answer)
