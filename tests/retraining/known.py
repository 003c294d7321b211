"""What is known of a model, for tests of triggers and of decisions: churn 1.0.0 in production, on a day of November."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.monitoring.outcome import Comparison, Finding, Outcome
from mlops_gitops.records import retraining
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.retraining.evidence.facts import Facts, Look, Looks, NewRows, Released, WindowRows

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MADE = datetime(2026, 6, 3, 12, tzinfo=UTC)
DIGEST, RECORD = (f"sha256:{digit * 64}" for digit in "78")
RELEASED = Released("1.0.0", DIGEST, MADE)
POLICY = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {data-science: 1}
triggers: [{id: stale, age: 180d}, {id: by-hand}]
cooldown: 14d
budget: {runs: 2 per month, minutes: 60}
pipeline: {stages: [train]}
evaluate: holdout
then: pull_request
"""


def policy(*edits: str) -> Retraining:
    """The policy, with edits: old text, new text, and so on."""
    text = POLICY
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new, 1)
    return retraining.read(parse("models/churn/retraining.yaml", text.encode()))


def facts(**changes: Any) -> Facts:
    """A release of 180 days, and whatever else is named."""
    return replace(Facts(NOW, "churn", "production", RELEASED), **changes)


def look(outcome: Outcome = Outcome.ALARM, number: int = 1, **changes: Any) -> Look:
    """What a watch of a KPI found in the `number`th week of November."""
    days = [f"2026-11-{1 + 7 * (number + more):02d}T00:00:00Z" for more in (-1, 0)]
    comparison = Comparison("", "roc_auc", 0.7, {"at_least": 0.8}, outcome, "")
    finding = Finding("auc", "kpi", "issue", outcome, f"roc_auc is {outcome}", (comparison,))
    muted = changes.pop("muted", None)
    return replace(Look("/".join(days), DIGEST, replace(finding, muted=muted), RECORD), **changes)


def looks(*found: Look, wanted: int = 1) -> Looks:
    """What was found, the newest first."""
    return Looks(found, wanted, NOW + timedelta(days=7))


def drift_look(outcomes: Mapping[str, Outcome], **changes: Any) -> Look:
    """How far each column drifted in a week."""
    comparisons = tuple(Comparison(name, "psi", 0.1, {"at_most": 0.1}, how, "") for name, how in outcomes.items())
    found = look(max(outcomes.values(), key=lambda how: how.weight, default=Outcome.NOT_AVAILABLE), **changes)
    return replace(found, finding=replace(found.finding, watch="drift", kind="data_drift", comparisons=comparisons))


def rows(*counts: int | None, labelled: bool = True, waiting: int = 0) -> NewRows:
    """The rows of each window; None for one that could not be counted."""
    windows = (
        WindowRows(f"week {n}", count, "" if count is not None else "the file is gone")
        for n, count in enumerate(counts)
    )
    return NewRows(tuple(windows), labelled, waiting)
