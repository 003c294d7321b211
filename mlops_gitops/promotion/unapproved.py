"""What is on the branch without the approvals it needed."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.promotion.policy_history import PolicyChange, PolicyHistory
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, UNPROVEN, Receipt
from mlops_gitops.repository.ledger import Entry, Ledger


def unapproved_entries(ledger: Ledger, written: Mapping[str, Receipt]) -> list[tuple[Entry, str]]:
    """The entries in force without the approvals they needed, and whether those are unmet or unproven.

    A promotion that a later one replaced is in force no more; the waves of a rollout that runs all count. `written` are
    new receipts by tag.
    """
    found = []
    for entry in ledger.entries:
        receipt = written.get(entry.tag) or ledger.receipt(entry)
        approved = receipt.approved if receipt else UNPROVEN
        if approved != MET and (not isinstance(entry.record, Promotion) or _is_current(ledger, entry, entry.record)):
            found.append((entry, approved))
    return found


def _is_current(ledger: Ledger, entry: Entry, record: Promotion) -> bool:
    current = ledger.current(record.environment, record.model)
    in_force = [*([current] if current else []), *ledger.rolling(record.environment, record.model)]
    return any(found.position == entry.position for found in in_force)


def unapproved_changes(policy: PolicyHistory) -> list[tuple[PolicyChange, str]]:
    """The changes that leave the policy unproven now, and whether they are unmet or unproven; none once it is restated.

    Cheap where every receipt says that its approvals were met, as most do.
    """
    changes = [change for change in policy.changes if not policy.precedes_baseline(change.commit)]
    receipts = [(change, policy.receipt(change)) for change in changes]
    unapproved = [
        (change, receipt.approved if receipt else UNPROVEN)
        for change, receipt in receipts
        if receipt is None or receipt.approved != MET
    ]
    if policy.predates_receipts or not unapproved or (since := policy.tip_state().unproven_since) is None:
        return []
    return [pair for pair in unapproved if policy.state(pair[0].commit.sha).unproven_since == since]
