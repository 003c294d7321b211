"""The receipts that a branch owes: of changes of its policy, and of its records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from mlops_gitops.core.errors import Error
from mlops_gitops.forges.forge import JobGone
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration import merges
from mlops_gitops.orchestration.monitoring.records_branch import newest_digest
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.merge import (
    Merge,
    entries_without_receipt,
    receipt_for_change,
    receipt_for_entry,
    receipt_times,
    with_monitoring,
)
from mlops_gitops.promotion.policy_history import PolicyChange, PolicyHistory
from mlops_gitops.records.decision import RUN, Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import DECISION_TAG, Receipt
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import isolated, one_line

_PullOf: TypeAlias = Callable[[str], PullRequest | None]
FIRST = "the policy's own receipts come first, and none of them could be written"


@dataclass
class ReceiptWriter:
    """Makes the receipts that are missing, and writes them.

    `ledger` is what the branch holds, with the receipts made or written so far, and `policy` the history of its policy.
    `refused` says by tag why a receipt could not be written; it holds up no other, except the first of a repository.
    """

    workspace: Workspace
    ledger: Ledger
    only_show: bool
    made: list[Receipt] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.policy = PolicyHistory(self.ledger, self.workspace.at)

    def write_missing(self) -> None:
        """Writes every receipt that the branch owes.

        Those of the policy come first. A repository that had none, and has others, would look older than they are.
        """
        self._policy_receipts()
        policy = self.policy
        if (
            policy.changes
            and not policy.predates_receipts
            and not policy.baseline
            and not any(map(policy.receipt, policy.changes))
        ):
            self.refused |= {entry.tag: FIRST for entry in entries_without_receipt(self.ledger)}
            return
        self._entry_receipts()
        decided = bool(self.refused) and any(receipt.tag.startswith(DECISION_TAG) for receipt in self.made)
        if decided:
            self._entry_receipts()  # a decision that was just proven can be about an older record
        self._policy_receipts(again=decided)  # the baseline can be among the new receipts

    def _policy_receipts(self, *, again: bool = False) -> None:
        policy = self.policy
        owed = [change for change in policy.changes_without_receipt() if again or change.tag not in self.refused]
        pull_of = merges.pull_request_lookup(self.workspace, [change.commit.sha for change in owed])
        found: list[Receipt] = []
        for change in owed:
            made = isolated(partial(self._change_receipt, policy, pull_of, change))
            self._keep(change.tag, made, found)
        self._write(found)

    def _change_receipt(self, policy: PolicyHistory, pull_of: _PullOf, change: PolicyChange) -> Receipt:
        merge = self._merge_of_change(policy, pull_of(change.commit.sha), change)
        digest = digest_of(self.workspace.at(change.commit.sha))
        return receipt_for_change(change, digest, merge, self._forge, declared=self._declared)

    def _merge_of_change(self, policy: PolicyHistory, pull: PullRequest | None, change: PolicyChange) -> Merge:
        try:
            return merges.merge_of_change(self.workspace, policy, pull, change)
        except JobGone:
            if not self._goes_without_runs(policy, pull):
                raise
            return merges.merge_with_run_gone(pull)

    def _entry_receipts(self) -> None:
        """One after another: what a decision about the policy needs depends on the receipts before it."""
        times = receipt_times(self.ledger)
        owed = entries_without_receipt(self.ledger)
        pull_of = merges.pull_request_lookup(self.workspace, [entry.commit.sha for entry in owed])
        found: list[Receipt] = []
        for entry in owed:
            policy = PolicyHistory(self.ledger.with_receipts(found), self.workspace.at)
            made = isolated(partial(self._entry_receipt, policy, pull_of, entry, times[entry.position]))
            self._keep(entry.tag, made, found)
        self._write(found)

    def _entry_receipt(self, policy: PolicyHistory, pull_of: _PullOf, entry: Entry, time: int) -> Receipt:
        merge = self._merge(policy, pull_of(entry.commit.sha), entry)
        receipt = receipt_for_entry(self.ledger, entry, merge, self._forge, time, declared=self._declared)
        record = entry.record
        if not isinstance(record, Promotion):
            return receipt
        return with_monitoring(receipt, newest_digest(self.workspace, record.environment, record.model))

    def _merge(self, policy: PolicyHistory, pull: PullRequest | None, entry: Entry) -> Merge:
        try:
            return merges.merge_of_entry(self.workspace, policy, pull, entry)
        except JobGone:
            record = entry.record
            known = isinstance(record, Promotion) and _goes_without_run(policy.ledger, record)
            if not (known or self._goes_without_runs(policy, pull)):
                raise
            return merges.merge_with_run_gone(pull)

    def _goes_without_runs(self, policy: PolicyHistory, pull: PullRequest | None) -> bool:
        """Whether overrides in force cover every promotion of a pull request of which nobody knows who asked for it.

        What came with such a promotion, a change of the policy too, has no proven approvals either.
        """
        gone = merges.promotions_with_run_gone(self.workspace, policy, pull) if pull else []
        return bool(gone) and all(_goes_without_run(policy.ledger, record) for record in gone)

    def _keep(self, tag: str, made: Receipt | Error, found: list[Receipt]) -> None:
        if isinstance(made, Error):
            self.refused[tag] = one_line(made)
        else:
            self.refused.pop(tag, None)
            found.append(made)

    def _write(self, receipts: list[Receipt]) -> None:
        blocked = {} if self.only_show or not receipts else self.workspace.forge.write_receipts(receipts)
        hint = "if a tag that is not a receipt is in its way: git push origin :refs/tags/"
        self.refused |= {tag: f"{reason}; {hint}{tag}" for tag, reason in blocked.items()}
        written = [receipt for receipt in receipts if receipt.tag not in blocked]
        if written:
            self.made += written
            self.ledger = self.ledger.with_receipts(written)
            self.policy = PolicyHistory(self.ledger, self.workspace.at)

    @property
    def _forge(self) -> str:
        return self.workspace.forge.name

    @property
    def _declared(self) -> bool:
        return self.workspace.forge.self_declared


def _goes_without_run(ledger: Ledger, record: Promotion) -> bool:
    """Whether an approved override in force lets the receipt be written though the run that asked is gone."""
    standing = [decided.record for decided in ledger.decisions(clock.today())]
    overrides = [decision for decision in standing if isinstance(decision, Decision) and decision.skip == RUN]
    return any(override.covers(record.model, record.release, record.environment) for override in overrides)
