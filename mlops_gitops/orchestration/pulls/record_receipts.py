"""Writes the receipts that a branch owes, announces them at the forge, and reports both."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core import markdown
from mlops_gitops.core.errors import PASSED, UNDECIDED
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.orchestration.write_receipts import ReceiptWriter
from mlops_gitops.promotion.deployments import receipts_to_report
from mlops_gitops.promotion.policy_history import how_to_state
from mlops_gitops.promotion.unapproved import unapproved_changes, unapproved_entries
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, POLICY_TAG, Receipt, is_release_tag
from mlops_gitops.reporting.report import Report


def record_receipts(workspace: Workspace, *, only_show: bool = False) -> Report:
    """Writes the receipts that are missing for what the branch has, whichever events were lost. Raises Error."""
    writer = ReceiptWriter(workspace, workspace.ledger(workspace.sync()), only_show=only_show)
    writer.write_missing()
    if only_show:
        return _report(writer, "would be written")
    workspace.fetch_receipts(receipt.tag for receipt in writer.made)
    return _report(writer, "written", _announce(workspace, writer))


def _announce(workspace: Workspace, writer: ReceiptWriter) -> list[str]:
    """Announces new promotions and unapproved changes at the forge; the errors of what it could not announce."""
    known = {receipt.tag: receipt for receipt in writer.made}
    unapproved = [(e.record.path, approved, e.commit) for e, approved in unapproved_entries(writer.ledger, known)]
    changed = unapproved_changes(writer.policy)
    unapproved += [(", ".join(change.files), approved, change.commit) for change, approved in changed]
    faults = [
        f"- `{markdown.text(path)}`: approvals {approved}, merged as {commit.sha}"
        for path, approved, commit in unapproved
    ]
    remedy = ["", _POLICY_REMEDY] if changed else []
    lines = ["These were merged, or pushed, without the approvals they needed or can prove:", "", *faults, "", _REMEDY]
    message = "\n".join([*lines, *remedy]) if faults else ""
    return workspace.forge.announce(receipts_to_report(writer.ledger, known), message)


_REMEDY = (
    "They satisfy no order. Promote, roll back or retrain again with the approvals, or fill in a receipt that is "
    "missing: `mlops-gitops record`. `mlops-gitops audit` lists them as well."
)
_POLICY_REMEDY = "A policy that is unproven stays so until a decision of type `policy` restates it, with its approvals."


def _report(writer: ReceiptWriter, done: str, errors: Sequence[str] = ()) -> Report:
    policy = [receipt for receipt in writer.made if receipt.tag.startswith(POLICY_TAG)]
    receipts = [receipt for receipt in writer.made if not receipt.tag.startswith(POLICY_TAG)]
    rows = tuple((receipt.tag, receipt.approved, _approvers(receipt), _pull(receipt)) for receipt in receipts)
    tables = (Table("", ("receipt", "approvals", "approved by", "pull request"), rows),) if rows else ()
    written = f"{len(writer.made)} receipt{'' if len(writer.made) == 1 else 's'} {done}"
    lines = [written if writer.made or writer.refused else "nothing to record"]
    lines += [f"error: the receipt {tag} could not be written: {reason}" for tag, reason in writer.refused.items()]
    newest = [e for e in writer.ledger.entries if isinstance(e.record, Promotion)][-1:]
    lines += [f"newest record, to keep elsewhere as an anchor: {e.digest} {e.record.path}" for e in newest]
    for receipt in (receipt for receipt in receipts if receipt.approved != MET):
        lines.append(f"{receipt.path} was merged with approvals {receipt.approved}: {_consequence(receipt)}")
    unproven = _unproven(writer)
    data = {
        "version": 1,
        "receipts": [_data(receipt) for receipt in receipts],
        "policy_receipts": [_data(receipt) for receipt in policy],
        "unproven_policy": unproven,
        "anchor": {"digest": newest[0].digest, "path": newest[0].record.path} if newest else None,
    }
    lines += [unproven] if unproven else []
    lines += [f"error: {sentence}" for sentence in errors]
    data |= {"refused": dict(writer.refused), "undecided": list(errors)}
    code = UNDECIDED if writer.refused or errors else PASSED
    return Report(data, (), (*tables, *_policy_table(policy)), tuple(lines), code)


def _consequence(receipt: Receipt) -> str:
    """What follows from approvals that are not met."""
    return "those who decide on its retraining did not" if is_release_tag(receipt.tag) else "it satisfies no order"


def _unproven(writer: ReceiptWriter) -> str:
    """What to do about a policy that is not proven, in one line; "" where it is."""
    policy = writer.policy
    if policy.predates_receipts:
        old = "no change of the policy has a receipt, since this repository is older than those are"
        return f"{old}: {how_to_state(policy)}"
    since = policy.tip_state().unproven_since if unapproved_changes(policy) else None
    return f"the policy is unproven since commit {since.sha[:10]}: {how_to_state(policy)}" if since else ""


def _policy_table(receipts: Sequence[Receipt]) -> tuple[Table, ...]:
    columns = ("commit", "files", "approvals", "approved by", "pull request")
    rows = tuple(
        (receipt.commit[:10], ", ".join(receipt.facts["files"]), receipt.approved, _approvers(receipt), _pull(receipt))
        for receipt in receipts
    )
    return (Table("receipts of the policy", columns, rows),) if rows else ()


def _data(receipt: Receipt) -> dict[str, object]:
    return {
        "tag": receipt.tag,
        "path": receipt.path,
        "digest": receipt.digest,
        "approved": receipt.approved,
        **receipt.facts,
    }


def _approvers(receipt: Receipt) -> str:
    if not receipt.facts["required"]:
        return "none needed"
    return ", ".join(f"{a['by']} ({a['role']})" for a in receipt.facts["approvals"]) or "nobody"


def _pull(receipt: Receipt) -> str:
    number = receipt.facts["pull_request"]
    return f"#{number}" if number else "none: pushed directly"
