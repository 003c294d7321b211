"""Write the receipts of what was merged: annotated tags that say what, by which pull request, and who approved."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlops_gitops.cli.command import Command
from mlops_gitops.core import markdown
from mlops_gitops.core.errors import PASSED, UNDECIDED
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.orchestration.write_receipts import ReceiptWriter
from mlops_gitops.promotion.merge import receipts_to_report, unapproved_changes, unapproved_entries
from mlops_gitops.promotion.policy_history import how_to_state
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, POLICY_TAG, Receipt
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="print the receipts and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Brings the receipts up to what the branch holds, whatever events were lost."""
    workspace = open_workspace(args.repo)
    its = ReceiptWriter(workspace, workspace.ledger(workspace.sync()), only_show=args.dry_run)
    its.all()
    if args.dry_run:
        return _report(its, "would be written")
    workspace.mirror_tags()
    return _report(its, "written", _announce(workspace, its))


def _announce(workspace: Workspace, recorder: ReceiptWriter) -> list[str]:
    """Tells the forge of new promotions and of what stands unapproved; what could not be told, in sentences."""
    known = {its.tag: its for its in recorder.made}
    stands = [(e.record.path, approved, e.commit) for e, approved in unapproved_entries(recorder.ledger, known)]
    changed = unapproved_changes(recorder.line)
    stands += [(", ".join(change.files), approved, change.commit) for change, approved in changed]
    faults = [f"- `{markdown.text(path)}`: approvals {approved}, merged as {its.sha}" for path, approved, its in stands]
    remedy = ["", _POLICY_REMEDY] if changed else []
    lines = ["These were merged, or pushed, without the approvals they needed or can prove:", "", *faults, "", _REMEDY]
    told = "\n".join([*lines, *remedy]) if faults else ""
    return workspace.forge.announce(receipts_to_report(recorder.ledger, known), told)


_REMEDY = (
    "They satisfy no order. Promote or roll back again with the approvals, or fill in a receipt that is missing: "
    "`mlops-gitops record`. `mlops-gitops audit` lists them as well."
)
_POLICY_REMEDY = "A policy that is unproven stays so until a decision of type `policy` restates it, with its approvals."


def _report(its: ReceiptWriter, done: str, untold: Sequence[str] = ()) -> Report:
    receipts = [one for one in its.made if not one.tag.startswith(POLICY_TAG)]
    policy = [one for one in its.made if one.tag.startswith(POLICY_TAG)]
    rows = tuple((one.tag, one.approved, _approvers(one), _pull(one)) for one in receipts)
    tables = (Table("", ("receipt", "approvals", "approved by", "pull request"), rows),) if rows else ()
    written = f"{len(its.made)} receipt{'' if len(its.made) == 1 else 's'} {done}"
    lines = [written if its.made or its.refused else "nothing to record"]
    lines += [f"error: the receipt {tag} could not be written: {reason}" for tag, reason in its.refused.items()]
    newest = [e for e in its.ledger.entries if isinstance(e.record, Promotion)][-1:]
    lines += [f"newest record, to keep elsewhere as an anchor: {e.digest} {e.record.path}" for e in newest]
    wanting = [one for one in receipts if one.approved != MET]
    lines += [f"{one.path} was merged with approvals {one.approved}: it satisfies no order" for one in wanting]
    unproven = _unproven(its)
    data = {
        "version": 1,
        "receipts": [_data(one) for one in receipts],
        "policy_receipts": [_data(one) for one in policy],
        "unproven_policy": unproven,
        "anchor": {"digest": newest[0].digest, "path": newest[0].record.path} if newest else None,
    }
    lines += [unproven] if unproven else []
    lines += [f"error: {sentence}" for sentence in untold]
    data |= {"refused": dict(its.refused), "untold": list(untold)}
    code = UNDECIDED if its.refused or untold else PASSED
    return Report(data, (), (*tables, *_policy_table(policy)), tuple(lines), code)


def _unproven(its: ReceiptWriter) -> str:
    """What to do about a policy that is not proven, in one line; "" where it is."""
    line = its.line
    if line.predates_receipts:
        old = "no change of the policy has a receipt, since this repository is older than those are"
        return f"{old}: {how_to_state(line)}"
    since = line.tip_state().unproven_since if unapproved_changes(line) else None
    return f"the policy is unproven since commit {since.sha[:10]}: {how_to_state(line)}" if since else ""


def _policy_table(receipts: Sequence[Receipt]) -> tuple[Table, ...]:
    columns = ("commit", "files", "approvals", "approved by", "pull request")
    rows = tuple(
        (its.commit[:10], ", ".join(its.facts["files"]), its.approved, _approvers(its), _pull(its)) for its in receipts
    )
    return (Table("receipts of the policy", columns, rows),) if rows else ()


def _data(its: Receipt) -> dict[str, object]:
    return {"tag": its.tag, "path": its.path, "digest": its.digest, "approved": its.approved, **its.facts}


def _approvers(its: Receipt) -> str:
    if not its.facts["required"]:
        return "none needed"
    return ", ".join(f"{a['by']} ({a['role']})" for a in its.facts["approvals"]) or "nobody"


def _pull(its: Receipt) -> str:
    number = its.facts["pull_request"]
    return f"#{number}" if number else "none: pushed directly"


COMMAND = Command("record", __doc__.strip(), add_arguments, run)
