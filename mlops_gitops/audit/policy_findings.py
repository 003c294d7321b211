"""What an audit finds about the policy: changes that are not proven, what they judged, receipts that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Set

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.promotion.policy_history import PolicyChange, PolicyHistory, how_to_state
from mlops_gitops.records import project
from mlops_gitops.records.receipt import MET, POLICY_TAG, Receipt
from mlops_gitops.repository.ledger import Commit

RULE = "policy-receipt"
NONE_REQUIRED = "none required"


def requires_nobody(receipt: Receipt) -> bool:
    """Whether what a receipt is of needed no approval, by the policy that judged it."""
    return receipt.approved == MET and receipt.facts.get("required") == {}


def policy_findings(policy: PolicyHistory, lightweight: Set[str]) -> Iterator[Diagnostic]:
    """One error for each change that is not proven, and each record that such a policy judged; one alone without any.

    `lightweight` are the names of tags that are not annotated.
    """
    if policy.predates_receipts:
        old = "no change of the policy has a receipt, since this repository is older than those are"
        yield _error(None, f"{old}: {how_to_state(policy)}", _project_path(policy), undecided=True)
    for change in () if policy.predates_receipts else policy.changes:
        fault = None if policy.precedes_baseline(change.commit) else policy.approval_fault(change)
        if fault and change.tag in lightweight and policy.receipt(change) is None:
            fault = f"the tag {change.tag} is not a receipt: it is lightweight, and says nothing", False
        if fault and not (fault[1] and policy.is_resolved(change)):
            yield _error(change.commit, fault[0], change.path, undecided=fault[1])
    for entry, since in policy.judged_unproven:
        message = f"{entry.record.path} was judged by a policy that is unproven since commit {since.sha[:10]}"
        yield _error(entry.commit, message, entry.record.path, undecided=True)
    yield from _foreign_receipts(policy)


def _foreign_receipts(policy: PolicyHistory) -> Iterator[Diagnostic]:
    """Receipts of the policy that are of no change on this line."""
    known = {change.tag for change in policy.changes}
    for tag, receipt in sorted(policy.ledger.receipts.items()):
        if tag.startswith(POLICY_TAG) and tag not in known:
            message = f"the receipt {tag} is of a commit that changes no policy on the first-parent line"
            yield _error(None, message, receipt.path or _project_path(policy), undecided=False)


def _project_path(policy: PolicyHistory) -> str:
    commits = policy.ledger.commits
    return policy.at(commits[-1].sha).project_path if commits else project.PATH


def _error(commit: Commit | None, message: str, path: str, *, undecided: bool) -> Diagnostic:
    where = f"commit {commit.sha[:10]}: {message}" if commit else message
    return Diagnostic(RULE, Severity.ERROR, where, Span(path), undecided=undecided)


def approval_status(policy: PolicyHistory, change: PolicyChange) -> str:
    """What is known of a change's approvals, in a word or two, as the audit lists it."""
    if policy.predates_receipts:
        return "unproven"
    if policy.baseline is not None and policy.precedes_baseline(change.commit):
        return f"before the baseline {policy.baseline.record.path}"
    fault, receipt = policy.approval_fault(change), policy.receipt(change)
    if fault is None:
        return NONE_REQUIRED if receipt and requires_nobody(receipt) else MET
    over = ", judged nothing" if fault[1] and policy.is_resolved(change) else ""
    return (receipt.approved if receipt and fault[1] else "no receipt" if fault[1] else "not approved") + over
