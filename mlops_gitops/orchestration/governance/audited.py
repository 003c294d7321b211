"""A line of commits, audited: what was found, and what a report says beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from mlops_gitops.audit import replay
from mlops_gitops.audit.findings import NOTHING_KNOWN, Findings, Known
from mlops_gitops.audit.policy_findings import approval_status, requires_nobody
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.checkpoint import Checkpoint
from mlops_gitops.git.history.line_trees import LineTrees
from mlops_gitops.orchestration.governance.record_branches import RecordBranches, audit_record_branches
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.policy_history import PolicyHistory, how_to_state
from mlops_gitops.repository.ledger import Commit, Entry, Ledger, known_records
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Line:
    """A line of commits with its ledger. `tip` is the tree of the last one."""

    workspace: Workspace
    commits: Sequence[Commit]
    ledger: Ledger
    tip: Snapshot

    @cached_property
    def _trees(self) -> LineTrees:
        read = known_records(self.ledger, self.tip.folders)
        at = lru_cache(maxsize=8)(lambda commit: Snapshot(self.workspace.at(commit).tree, known=read))
        return LineTrees(self.workspace.git.objects, at, read)

    @cached_property
    def policy(self) -> PolicyHistory:
        """The changes of the policy along it."""
        return PolicyHistory(self.ledger, self._trees)

    def findings(self, known: Known = NOTHING_KNOWN) -> Findings:
        """What an audit of it finds."""
        follow = iter if known.checkpoint else self._trees.follow
        tags = self.workspace.lightweight_tags()
        return replay.audit(self.commits, self.policy, self.tip.folders, tags, follow=follow, known=known)

    def branches(self, *, whole: bool) -> RecordBranches:
        """What it finds on the branches of records."""
        return audit_record_branches(self.workspace, self.policy, self.ledger.entries, whole=whole)


@frozen
class Facts:
    """What a report says of a line beside findings.

    `promotions` are how many records there are; `unapproved` of them needed no approval. `entries` have the adoptions
    among them. `changes` are those of the policy: commit, day, file, approvals; `policy` says how far it is proven.
    """

    commits: int
    promotions: int
    unapproved: int
    self_declared: bool
    entries: Sequence[Entry]
    changes: tuple[tuple[str, ...], ...]
    policy: Mapping[str, Any] | None
    remarks: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()


@frozen
class Audit:
    """What an audit found up to a commit, whose tree is `tip`, and on the branches of records.

    `untrue` are errors of a checkpoint. `near` is the one that makes another one superfluous.
    """

    policy: PolicyHistory
    tip: Snapshot
    found: Findings
    records: RecordBranches
    facts: Facts
    untrue: tuple[Diagnostic, ...] = ()
    near: Checkpoint | None = None


def facts_of(policy: PolicyHistory) -> Facts:
    """The facts of a line that was read as a whole."""
    ledger = policy.ledger
    receipts = [ledger.receipt(entry) for entry, _ in replay.promotion_entries(ledger)]
    return Facts(
        len(ledger.commits),
        len(receipts),
        sum(1 for receipt in receipts if receipt and requires_nobody(receipt)),
        any(bool(receipt.facts.get("self_declared")) for receipt in ledger.receipts.values()),
        ledger.entries,
        policy_changes(policy),
        _policy(policy),
        tuple(replay.tracked_settings_notes(ledger.commits)),
        tuple(_policy_remedy(policy)),
    )


def policy_changes(policy: PolicyHistory) -> tuple[tuple[str, ...], ...]:
    """The commit, its day, the path and the approvals of each changed file of the policy."""
    found = ((change, path, approval_status(policy, change)) for change in policy.changes for path in change.files)
    return tuple((change.commit.sha, change.commit.day.isoformat(), path, status) for change, path, status in found)


def proven_policy(digest: str) -> dict[str, Any]:
    """How far the policy of the tip is proven, where it is, by its digest."""
    return {"digest": digest, "proven": True, "unproven_since": None, "baseline": None}


def _policy(policy: PolicyHistory) -> dict[str, Any] | None:
    """How far the policy of the tip is proven, and the digest that a decision states it by."""
    if not policy.changes:
        return None
    since = policy.tip_state().unproven_since
    return proven_policy(digest_of(policy.at(policy.ledger.commits[-1].sha))) | {
        "proven": since is None, "unproven_since": since.sha if since else None,
        "baseline": policy.baseline.record.path if policy.baseline else None,
    }  # fmt: skip


def _policy_remedy(policy: PolicyHistory) -> list[str]:
    since = None if policy.predates_receipts else policy.tip_state().unproven_since
    if since is None:
        return []
    record = "mlops-gitops record writes the receipts that are absent"
    remedy = record if policy.changes_without_receipt() else how_to_state(policy)
    return [f"the policy is unproven since commit {since.sha[:10]}: {remedy}"]
