"""The ledger of a history that ends before the branch does: what came later has receipts, and they are not its own."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.receipt import POLICY_TAG
from mlops_gitops.repository.ledger import Commit, Ledger
from mlops_gitops.repository.snapshot import Snapshot


def past_ledger(workspace: Workspace, commits: list[Commit], tip: Snapshot) -> Ledger:
    """The ledger of commits, without receipts of what the branch added after them. Raises Error, Undecided.

    Of a line that the branch does not hold every receipt counts.
    """
    ledger = workspace.ledger_of(commits, tip)
    if not workspace.has_base() or not commits or commits[-1].sha == workspace.base():
        return ledger
    known, whole = {commit.sha for commit in commits}, workspace.ledger(workspace.base())
    if commits[-1].sha not in {commit.sha for commit in whole.commits}:
        return ledger
    later = {entry.tag for entry in whole.entries if entry.commit.sha not in known}
    later |= {f"{POLICY_TAG}{commit.sha}" for commit in whole.commits if commit.sha not in known}
    return replace(ledger, receipts={tag: found for tag, found in ledger.receipts.items() if tag not in later})
