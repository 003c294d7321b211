"""What an audit finds about records: receipts that are absent, moved, of other content, or of impossible approvals."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.promotion.policy_history import Fault, PolicyHistory
from mlops_gitops.records import receipt
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import POLICY_TAG
from mlops_gitops.repository.approvals import observers, requesters, unmet_by_names
from mlops_gitops.repository.ledger import Entry, Ledger

RULE = "receipt"


def record_findings(
    policy: PolicyHistory, commits: frozenset[str], lightweight: frozenset[str]
) -> Iterator[Diagnostic]:
    """What is wrong with the receipts: absent, moved, of other content, or of unmet or unproven approvals."""
    for entry in policy.ledger.entries:
        yield from entry_findings(policy, entry, commits, lightweight)
    yield from stray_receipts(policy.ledger)


def entry_findings(
    policy: PolicyHistory, entry: Entry, commits: frozenset[str], lightweight: frozenset[str]
) -> Iterator[Diagnostic]:
    """What is wrong with the receipt of one entry; `commits` are those of the line."""
    fault = _receipt_fault(policy.ledger, entry, commits, lightweight) or _claim_fault(policy, entry)
    if fault:
        message, undecided = fault
        where = f"commit {entry.commit.sha[:10]}: {message}"
        yield Diagnostic(RULE, Severity.ERROR, where, Span(entry.record.path), undecided=undecided)


def stray_receipts(ledger: Ledger) -> Iterator[Diagnostic]:
    """The receipts of what the history does not add."""
    owed = {entry.tag for entry in ledger.entries}
    for tag, found in sorted(ledger.receipts.items()):
        if tag not in owed and found.path and not tag.startswith(POLICY_TAG):
            message = f"the receipt {tag} is of {found.path}, which this history does not add"
            yield Diagnostic(RULE, Severity.ERROR, message, Span(found.path))


def _receipt_fault(ledger: Ledger, entry: Entry, commits: frozenset[str], lightweight: frozenset[str]) -> Fault | None:
    found = ledger.receipts.get(entry.tag)
    if found is None:
        if entry.tag in lightweight:
            return f"the tag {entry.tag} is not a receipt: it is lightweight, and says nothing", False
        return f"no receipt {entry.tag}: its approvals are unproven", True
    if found.path and found.target not in commits:
        cause = "the branch was merged into another one and that was pushed, which changes the first-parent line"
        return (
            f"the receipt {entry.tag} is on {found.target[:10]}, which the first-parent line does not hold: {cause}",
            False,
        )
    if found.target != ledger.target(entry):
        return (
            f"the receipt {entry.tag} was moved: it is on {found.target[:10]}, not {ledger.target(entry)[:10]}",
            False,
        )
    if (found.path, found.digest) != (entry.record.path, entry.digest):
        return f"the receipt {entry.tag} is of other content: it says {found.digest or 'nothing'}", False
    if found.approved == receipt.MET:
        foreign = f"the receipt {entry.tag} is of the {found.forge} forge, and counts only there"
        return (foreign, True) if found.forge != ledger.forge else None
    reason = (
        "without the approvals it needed" if found.approved == receipt.UNMET else "with approvals that are unproven"
    )
    return f"{entry.record.path} was merged {reason}", found.approved == receipt.UNPROVEN


def _claim_fault(policy: PolicyHistory, entry: Entry) -> Fault | None:
    """A receipt that says its approvals were met names people who, by the base's roles, could meet them."""
    found = policy.ledger.receipts[entry.tag]
    wanted = policy.record_demands(entry.record, entry.commit.parent) if entry.commit.parent else None
    if wanted is None:
        return f"nothing on the base says which approvals {entry.record.path} needs", False
    records = [entry.record] if isinstance(entry.record, Promotion) else []
    asked = requesters(records) | observers(records, policy.ledger).keys()
    excluded = asked | policy.ledger.writers(entry.commit)
    unmet = unmet_by_names(wanted, found.facts.get("approvals", []), excluded)
    return (f"the receipt {entry.tag} says approvals were met, but {unmet}", False) if unmet else None
