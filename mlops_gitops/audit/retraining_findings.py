"""What an audit finds about the records of retrainings: a chain that breaks, a policy that was not there or not kept.

It proves that no record was changed or left out, and that each decision agrees with the files of the commit that it
names and with the records before it. It measures nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any

from mlops_gitops.core.canonical import digest, rounded
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.retraining import Age, Alarm, ImportantDrift, NewLabels, Retraining, Trigger
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.chain import RetrainingChain, RetrainingChains
from mlops_gitops.retraining.decide import policy_holds
from mlops_gitops.retraining.outcome import Decision
from mlops_gitops.retraining.record import RetrainingRecord, started

RULE = "retraining-record"
_DAY = 86_400  # seconds


@frozen
class Deciders:
    """What decided: the history of the branch where merging promotes, and its tree at each commit."""

    ledger: Ledger
    at: Callable[[str], Snapshot]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {commit.sha: place for place, commit in enumerate(self.ledger.commits)}

    def snapshot(self, commit: str) -> Snapshot | None:
        """The tree of a commit of the branch; None for another commit."""
        return self.at(commit) if commit in self._places else None

    def release(self, decision: Decision) -> str:
        """The release in force where and when something was decided; empty where none was."""
        place = self._places.get(decision.commit, -1)
        chain = self.ledger.settled(decision.environment, decision.model)
        merged = [entry.record for entry in chain if self._places.get(entry.commit.sha, place + 1) <= place]
        return merged[-1].release if merged and isinstance(merged[-1], Promotion) else ""


def retraining_findings(
    chains: RetrainingChains, known: Collection[str], history: Deciders | None
) -> Iterator[Diagnostic]:
    """Every fault of the records; `known` are the digests of the records of monitoring.

    `history` is None where the ledger is older than the records, and so lacks what they depend on.
    """
    for fault in chains.faults:
        yield _error(fault.path, fault.message)
    for chain in chains.by_model.values():
        for found in chain.records:
            for message in _evidence_faults(found, known):
                yield _error(found.path, message)
            for message in _policy_faults(chain, found, history) if history else ():
                yield _error(found.path, message)


def _evidence_faults(found: RetrainingRecord, known: Collection[str]) -> Iterator[str]:
    for finding in found.decision.findings:
        for window in finding.evidence.get("windows", ()):
            named = window.get("record")
            if named is not None and named not in known:
                yield f"{finding.id} names the monitoring record {str(named)[:17]}…, and {BRANCH} lacks it"


def _policy_faults(chain: RetrainingChain, found: RetrainingRecord, history: Deciders) -> Iterator[str]:
    decision = found.decision
    snapshot = history.snapshot(decision.commit)
    if snapshot is None:
        yield f"was decided by commit {decision.commit[:10]}, which is none of the branch where merging promotes"
        return
    policy, plan = snapshot.retraining(decision.model), snapshot.monitoring(decision.model)
    if policy is None or digest(policy.source) != decision.policy:
        yield f"was decided by {decision.policy[:17]}…, which is not the retraining.yaml of its commit"
        return
    if decision.monitoring != (digest(plan.source) if plan else None):
        yield f"was judged by {str(decision.monitoring)[:17]}…, which is not the monitoring.yaml of its commit"
    if (then := history.release(decision)) != decision.release:
        yield f"says that {decision.release or 'no release'} was in force, and {then or 'none'} was"
    yield from _trigger_faults(policy, plan, decision)
    yield from _run_faults(chain, found, policy)


def _trigger_faults(policy: Retraining, plan: Monitoring | None, decision: Decision) -> Iterator[str]:
    if [(found.id, found.kind) for found in decision.findings] != [(each.id, each.kind) for each in policy.triggers]:
        yield "its triggers are not those of the retraining.yaml that decided"
        return
    for trigger, found in zip(policy.triggers, decision.findings, strict=True):
        limit = _limit(trigger, plan)
        if limit is not None and found.limit is not None and found.limit != limit:
            yield f"holds {found.id} to {found.limit}, and the files that decided say {limit:g}"


def _limit(trigger: Trigger, plan: Monitoring | None) -> float | None:
    """The limit that the files give a trigger; None where they give none."""
    check: Any = trigger.check
    if isinstance(check, Alarm):
        watches = plan.watches if plan else ()
        return next((float(watch.consecutive) for watch in watches if watch.id == check.watch), None)
    if isinstance(check, Age):
        return rounded(check.limit.total_seconds() / _DAY)
    if isinstance(check, ImportantDrift):
        return rounded(check.importance)
    return float(check.rows) if isinstance(check, NewLabels) else None


def _run_faults(chain: RetrainingChain, found: RetrainingRecord, policy: Retraining) -> Iterator[str]:
    """What should have held up a run, by the runs on record before it."""
    if found.run is None or not found.run.counts:
        return
    if found.decision.why and not policy.by_hand:
        yield "was started by hand, which the retraining.yaml that decided does not allow"
    for blocker in policy_holds(policy, chain.runs_before(found), started(found.run), by_hand=bool(found.decision.why)):
        yield f"started a run that was held up: {blocker.message}"


def _error(path: str, message: str) -> Diagnostic:
    return Diagnostic(RULE, Severity.ERROR, f"{BRANCH}: {message}", Span(path))
