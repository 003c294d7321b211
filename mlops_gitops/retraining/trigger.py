"""What a trigger is: one file in triggers/, which compares what is known of a model with its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.retraining import Trigger
from mlops_gitops.retraining.evidence.facts import Facts
from mlops_gitops.retraining.outcome import TriggerFinding, Verdict

PACKAGE = "retraining.triggers"


@frozen
class Answer:
    """What a trigger answers: as in TriggerFinding, which names the trigger as well."""

    verdict: Verdict
    message: str
    value: float | str | None = None
    limit: float | str | None = None
    evidence: Mapping[str, Any] = {}
    about: Mapping[str, str] = {}


@frozen
class TriggerKind:
    """One kind of trigger; `id` is its key in retraining.yaml, and `unit` what its value and limit count.

    `answer` takes the check of the trigger, of its own type, and what is known.
    """

    id: str
    doc: str | None
    unit: str
    answer: Callable[[Any, Facts], Answer]


@cache
def trigger_kind(name: str) -> TriggerKind:
    """The kind of trigger of that key of retraining.yaml. Raises LookupError for another."""
    found: TriggerKind = plugins.load(PACKAGE, name, "TRIGGER")
    return found


def find(trigger: Trigger, facts: Facts) -> TriggerFinding:
    """What a trigger finds."""
    kind = trigger_kind(trigger.kind)
    found = kind.answer(trigger.check, facts)
    return TriggerFinding(
        id=trigger.id,
        kind=trigger.kind,
        verdict=found.verdict,
        value=found.value,
        limit=found.limit,
        unit=kind.unit,
        message=found.message,
        evidence=found.evidence,
        about=found.about,
    )
