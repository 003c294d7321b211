"""Every record, manifest and decision that the history added is still there, byte for byte.

That they will be kept for years to come is not looked at.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.repository.snapshot import Snapshot


def _look(subject: Subject) -> Finding:
    ledger, head = subject.require_ledger(), subject.context.head
    gone = next((entry.record.path for entry in ledger.entries if _digest(head, entry) != entry.digest), "")
    if gone:
        help = "bring it back as it was: git log --diff-filter=A shows the commit that added it"
        return failed(f"{gone}, which the history added, is gone or was changed", Place(gone), help)
    return passed(f"all {len(ledger.entries)} files that the history added as records are there")


def _digest(head: Snapshot, entry: Entry) -> str:
    path = entry.record.path
    if isinstance(entry.record, Promotion):
        return digest(head.document(path).data) if head.tree.exists(path) else ""
    data = stored_if_possible(head.tree, path)
    return "" if data is None else f"sha256:{sha256(data)}"


CHECK = Check(
    "records-kept",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="history",
    bad=((Edit("releases/churn/1.0.0.yaml", None, None),),),
)
