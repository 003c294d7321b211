"""Decisions for tests of retraining: one trigger that is met, of a model in production."""

from __future__ import annotations

from typing import Any

from mlops_gitops.core.frozen import replace
from mlops_gitops.retraining.outcome import Blocker, Cause, Decision, Hold, Outcome, TriggerFinding, Verdict
from mlops_gitops.retraining.record import RetrainingRecord, Run, RunOutcome, statement

TOOL, CREATED = "mlops-gitops 0.0.0", "2026-03-01T00:00:00Z"
POLICY, MONITORING = (f"sha256:{digit * 64}" for digit in "34")
COMMIT = "5" * 40
STALE = TriggerFinding("stale", "age", Verdict.MET, 181.0, 180.0, "days", "1.0.0 is 181 days old")
RESTING = Blocker(Hold.COOLDOWN, "the last one started on 2026-02-27", "2026-03-13T00:00:00Z")


def decided(*findings: TriggerFinding, **changes: Any) -> Decision:
    """A decision to retrain, or one that is blocked where `blockers` are given."""
    own = findings or (STALE,)
    met = tuple(finding.id for finding in own if finding.verdict is Verdict.MET)
    cause = Cause("churn", "production", "1.0.0", met) if met else None
    outcome = Outcome.BLOCKED if changes.get("blockers") else Outcome.RETRAIN
    found = Decision(
        "churn", "production", "1.0.0", outcome, own, (), cause, POLICY, MONITORING, COMMIT, CREATED, CREATED
    )  # fmt: skip
    return replace(found, **changes)


def run(outcome: RunOutcome = RunOutcome.PROPOSED, started: str = CREATED, **more: Any) -> Run:
    """A run of ten minutes."""
    return Run(outcome, started, 10.0, "as measured", **more)


def chained(*steps: tuple[Decision, Run | None]) -> list[RetrainingRecord]:
    """The records of decisions, one after the other."""
    records: list[RetrainingRecord] = []
    for decision, followed in steps:
        records.append(statement(decision, followed, records[-1] if records else None, TOOL, CREATED))
    return records
