"""A decision and its parts as JSON, as records and `retrain --check --format json` have them, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import rounded_data
from mlops_gitops.core.names import MODEL
from mlops_gitops.documents import foreign_json
from mlops_gitops.retraining.outcome import Blocker, Cause, Decision, Hold, Outcome, TriggerFinding, Verdict

_COMMIT = "[0-9a-f]{40}([0-9a-f]{24})?"
_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"


def decision_data(decision: Decision) -> dict[str, Any]:
    """The JSON of a decision."""
    return {
        "model": decision.model,
        "environment": decision.environment or None,
        "release": decision.release or None,
        "commit": decision.commit,
        "policy": decision.policy,
        "monitoring": decision.monitoring,
        "outcome": decision.outcome.value,
        "cause": _cause(decision.cause) if decision.cause else None,
        "decided": decision.now,
        "window_end": decision.window_end,
        "earliest": decision.earliest,
        "why": decision.why,
        "by": decision.by,
        "findings": [_finding(finding) for finding in decision.findings],
        "blockers": [_blocker(blocker) for blocker in decision.blockers],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    about = {name: dict(values) for name, values in cause.about.items()}
    return {"digest": cause.digest, "triggers": list(cause.triggers), "about": about}


def _finding(finding: TriggerFinding) -> dict[str, Any]:
    names = ("id", "kind", "value", "limit", "unit", "message")
    data = {name: rounded_data(getattr(finding, name)) for name in names} | {"verdict": finding.verdict.value}
    optional = {"evidence": rounded_data(finding.evidence), "about": dict(finding.about)}
    return data | {name: value for name, value in optional.items() if value}


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {
        "hold": blocker.hold.value,
        "message": blocker.message,
        "until": blocker.until,
        "undecided": blocker.undecided,
    }


def decisions_in(text: bytes) -> list[Decision]:
    """The decisions that `retrain --check --format json` printed. Raises ValueError for another text."""
    data = foreign_json.parse(text)
    try:
        found = [read_decision(decision) for decision in data["decisions"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("it holds no list of whole decisions") from error
    for decision in found:
        _require_runnable(decision)
    return found


def _require_runnable(decision: Decision) -> None:
    """Raises ValueError unless what a run takes from a decision has the form that `--check` writes."""
    forms = [(decision.model, MODEL), (decision.commit, _COMMIT), (decision.now, _MOMENT)]
    if decision.window_end is not None:
        forms.append((decision.window_end, _MOMENT))
    for value, form in forms:
        if not isinstance(value, str) or not re.fullmatch(form, value):
            raise ValueError(f"{foreign_json.quoted(value)} is not what a decision has there")
    foreign_json.require_text(decision.why)


def read_decision(data: Mapping[str, Any]) -> Decision:
    """The decision of a JSON that the schema of records accepts; keys that are not of a decision are passed over."""
    environment, release = data["environment"] or "", data["release"] or ""
    cause = data["cause"]
    return Decision(
        model=data["model"],
        environment=environment,
        release=release,
        outcome=Outcome(data["outcome"]),
        findings=tuple(map(_read_finding, data["findings"])),
        blockers=tuple(map(_read_blocker, data["blockers"])),
        cause=Cause(data["model"], environment, release, tuple(cause["triggers"]), cause["about"]) if cause else None,
        policy=data["policy"],
        monitoring=data["monitoring"],
        commit=data["commit"],
        now=data["decided"],
        earliest=data["earliest"],
        window_end=data["window_end"],
        why=data["why"],
        by=data["by"],
    )


def _read_finding(data: Mapping[str, Any]) -> TriggerFinding:
    return TriggerFinding(**{**data, "verdict": Verdict(data["verdict"])})


def _read_blocker(data: Mapping[str, Any]) -> Blocker:
    return Blocker(**{**data, "hold": Hold(data["hold"])})
