"""What the audit finds about records of retrainings that do not agree with the files and the history they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import past
import sample
from cases import cases
from messages import lacking
from past import COMMIT, Ran
from retraining.decided import RESTING, chained, decided, run

from mlops_gitops.audit.retraining_findings import Deciders, retraining_findings
from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.monitoring.history.faults import Fault
from mlops_gitops.policy.examples import retrained, watched
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.chain import RetrainingChain, RetrainingChains
from mlops_gitops.retraining.outcome import Decision, TriggerFinding, Verdict
from mlops_gitops.retraining.record import RetrainingRecord, RunOutcome

DRIFTED = (
    '- {id: decayed, alarm: auc}',
    '- {id: decayed, alarm: auc}\n  - {id: drifted, drift: {watch: inputs, importance: 0.3}}',
)  # fmt: skip
INPUTS = ("  - id: auc\n", "  - {id: inputs, kind: drift, level: 0.01, psi: 0.1}\n  - id: auc\n")


def _base(*edits: str) -> Snapshot:
    """The tree that decided: the sample in production, with a retraining.yaml that is edited so."""
    return Snapshot(Overlay(sample.edited(retrained(*edits))))


def _found(id: str, kind: str, limit: float | None, **evidence: Any) -> TriggerFinding:
    return TriggerFinding(id, kind, Verdict.NOT_MET, 0.0, limit, "", "as it should be", evidence)


FINDINGS = (
    _found("decayed", "alarm", 1.0), replace(_found("stale", "age", 180.0), verdict=Verdict.MET, value=200.0),
    _found("labels", "new_labels", 10_000.0), _found("data", "changed", None), _found("by-hand", "by_hand", None),
)  # fmt: skip


def _decision(base: Snapshot, *findings: TriggerFinding, **changes: Any) -> Decision:
    """One that agrees with the tree, but for the changes."""
    policy, plan = base.retraining("churn"), base.monitoring("churn")
    assert policy and plan
    agrees = {"policy": digest(policy.source), "monitoring": digest(plan.source), "commit": COMMIT.sha}
    decision = decided(*(changes.pop("findings", findings) or FINDINGS), **agrees | changes)
    assert decision.cause
    return replace(decision, cause=replace(decision.cause, release=decision.release, environment=decision.environment))


def _messages(base: Snapshot, records: Iterable[RetrainingRecord], known: Iterable[str] = ()) -> list[str]:
    ledger = replace(past.ledger(Ran("production", "1.0.0", past.time(6))), commits=(COMMIT,))
    chains = RetrainingChains({"churn": RetrainingChain("churn", tuple(records))}, ())
    return [found.message for found in retraining_findings(chains, set(known), Deciders(ledger, lambda _: base))]


def _edited(id: str, **changes: Any) -> tuple[TriggerFinding, ...]:
    return tuple(replace(found, **changes) if found.id == id else found for found in FINDINGS)


def test_records_that_agree_with_their_commit_are_no_fault() -> None:
    base = _base()
    first = (_decision(base), run())
    held = (_decision(base, blockers=(RESTING,)), None)
    again = (_decision(base, why="new price list", by="alice"), run(started="2026-03-02T00:00:00Z"))
    assert _messages(base, chained(first, held, again)) == []


@cases("changes, facts", [
    ({"commit": "7" * 40}, ("commit 7777777777", "none of the branch")),
    ({"policy": f"sha256:{'8' * 64}"}, ("sha256:8888888888", "retraining.yaml of its commit")),
    ({"monitoring": f"sha256:{'9' * 64}"}, ("sha256:9999999999", "monitoring.yaml of its commit")),
    ({"monitoring": None}, ("None", "monitoring.yaml of its commit")),
    ({"release": "0.9.0"}, ("0.9.0 was in force, and 1.0.0 was",)),
    ({"release": ""}, ("no release was in force, and 1.0.0 was",)),
    ({"environment": "staging"}, ("1.0.0 was in force, and none was",)),
    ({"findings": FINDINGS[:-1]}, ("triggers are not those",)),
    ({"findings": _edited("stale", kind="alarm")}, ("triggers are not those",)),
    ({"findings": _edited("decayed", limit=2.0)}, ("holds decayed to 2.0", "say 1")),
    ({"findings": _edited("stale", limit=181.0)}, ("holds stale to 181.0", "say 180")),
    ({"findings": _edited("labels", limit=9_999.0)}, ("holds labels to 9999.0", "say 10000")),
])  # fmt: skip
def test_one_that_does_not_agree_is_one_fault_at_its_path(changes: dict[str, Any], facts: tuple[str, ...]) -> None:
    base = _base()
    (message,) = _messages(base, chained((_decision(base, **changes), run())))
    assert not lacking(message, *facts), message


def test_the_importance_of_drift_is_held_to_the_files() -> None:
    edits = watched(*INPUTS)
    base = Snapshot(Overlay(sample.edited(retrained(*DRIFTED, watching=edits))))
    drifted = _found("drifted", "drift", 0.3)
    findings = (FINDINGS[0], drifted, *FINDINGS[1:])
    assert _messages(base, chained((_decision(base, *findings), run()))) == []
    findings = (FINDINGS[0], replace(drifted, limit=0.5), *FINDINGS[1:])
    (message,) = _messages(base, chained((_decision(base, *findings), run())))
    assert not lacking(message, "holds drifted to 0.5", "say 0.3"), message


def test_the_records_of_monitoring_that_a_trigger_rests_on_are_on_their_branch() -> None:
    base, window = _base(), f"sha256:{'6' * 64}"
    findings = _edited("decayed", evidence={"windows": [{"record": window}, {"record": None}]})
    records = chained((_decision(base, *findings), run()))
    assert _messages(base, records, known=[window]) == []
    (message,) = _messages(base, records)
    assert not lacking(message, "decayed", window[:17]), message


def test_runs_that_the_policy_holds_up() -> None:
    base = _base("runs: 4 per month", "runs: 2 per month")
    first, soon = (_decision(base), run()), (_decision(base), run(started="2026-03-02T00:00:00Z"))
    (cooling,) = _messages(base, chained(first, soon))
    assert "2026-03-15T00:00:00Z" in cooling
    by_hand = _decision(base, why="new price list", by="alice")
    later = [(by_hand, run(started=f"2026-03-{day:02d}T00:00:00Z")) for day in (2, 3)]
    (spent,) = _messages(base, chained(first, *later))
    assert "2 of 2 runs of 2026-03" in spent
    issue = (_decision(base), run(RunOutcome.ISSUE, "2026-03-02T00:00:00Z"))  # an issue is no run of a pipeline
    assert _messages(base, chained(first, issue)) == []
    assert _messages(base, chained(issue, (_decision(base), run(started="2026-03-03T00:00:00Z")))) == []


def test_a_start_by_hand_needs_a_trigger_for_it() -> None:
    base = _base("  - {id: by-hand}\n", "")
    decision = _decision(base, *FINDINGS[:-1], why="new price list", by="alice")
    (message,) = _messages(base, chained((decision, run())))
    assert "by hand" in message


def test_where_the_ledger_is_older_only_the_chain_and_its_evidence_are_judged() -> None:
    records = tuple(chained((_decision(_base(), commit="7" * 40), run())))
    chains = RetrainingChains({"churn": RetrainingChain("churn", records)}, (Fault("retraining/x", "is no record"),))
    (found,) = retraining_findings(chains, (), None)
    assert (found.span.path, found.message) == ("retraining/x", "mlops-gitops/monitoring: is no record")
