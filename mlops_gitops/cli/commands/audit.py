"""Replay the history and prove, or disprove, that every guarded change is explained by a record that holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from typing import Any

from mlops_gitops.audit import adoptions, replay
from mlops_gitops.audit.decisions import decision_table, decisions_to_json
from mlops_gitops.audit.monitoring_findings import MonitoringBranch
from mlops_gitops.audit.monitoring_table import monitoring_notes, monitoring_tables, monitoring_to_json
from mlops_gitops.audit.policy_findings import NONE_REQUIRED, approval_status, requires_nobody
from mlops_gitops.cli import audit_anchor, audit_export
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, exit_code, plain
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.git.history.line_trees import LineTrees
from mlops_gitops.git.typed_revisions import commit_typed
from mlops_gitops.orchestration.first_merge import require_fetched
from mlops_gitops.orchestration.governance.past_ledger import past_ledger
from mlops_gitops.orchestration.governance.record_branches import audit_record_branches
from mlops_gitops.orchestration.governance.remeasure_record import remeasure_record
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion.policy_history import PolicyHistory, how_to_state
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Commit, Ledger, known_records
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.retraining.tables.history_table import retraining_notes
from mlops_gitops.runtime.isolated import isolated, one_line

_TEAMS = "who was in a team is what the receipts say: no history holds it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--data", action="store_true", help="measure every gate again, where the data can still be had")
    parser.add_argument(
        "--anchor", metavar="FILE", help="what was kept elsewhere: a file of audit anchor, or digests one a line"
    )
    parser.add_argument(
        "--rev", metavar="REV", help="audit the history of this revision (default: the remote's branch)"
    )
    parser.set_defaults(do=_audit)
    verbs = parser.add_subparsers(title="what to do with it", metavar="anchor|export|verify")
    audit_anchor.add_verb(verbs)
    audit_export.add_verbs(verbs)


def run(args: argparse.Namespace) -> Report:
    """Audits the first-parent history, or does what a verb says."""
    report: Report = args.do(args)
    return report


def _audit(args: argparse.Namespace) -> Report:
    anchor = audit_anchor.open_anchor(args.anchor) if args.anchor is not None else None
    workspace = open_workspace(args.repo)
    if not args.rev:
        require_fetched(workspace)
    tip = commit_typed(workspace.git, args.rev) if args.rev else workspace.base()
    commits = workspace.history(tip)
    snapshot = workspace.at(tip)
    ledger = past_ledger(workspace, commits, snapshot) if args.rev else workspace.ledger_of(commits, snapshot)
    trees = LineTrees(workspace.git.objects, workspace.at, known_records(ledger, snapshot.folders))
    policy = PolicyHistory(ledger, trees)
    diagnostics, before = replay.audit(
        commits, policy, snapshot.folders, workspace.lightweight_tags(), follow=trees.follow
    )
    records = audit_record_branches(workspace, policy, whole=not args.rev)
    known = {*(entry.digest for entry in ledger.entries), *records.digests}
    diagnostics += records.findings
    lacking, uncompared = audit_anchor.compare_anchor(workspace, anchor, ledger, known) if anchor else ([], [])
    diagnostics += lacking
    remeasured, unmeasured = _remeasure(workspace, ledger) if args.data else ([], [])
    diagnostics += remeasured
    notes = _notes(args, ledger, [*uncompared, *unmeasured])
    notes += [_TEAMS] if snapshot.project and snapshot.project.teams else []
    notes += replay.tracked_settings_notes(commits)
    notes += monitoring_notes(records.monitoring, len(records.monitoring_findings))
    notes += retraining_notes(records.retrainings, len(records.retraining_findings))
    found, listed = (list(map(plain, some)) for some in (diagnostics, before))
    return _report(_Audit(policy, commits, tuple(found), listed, records.monitoring), notes)


def _remeasure(workspace: Workspace, ledger: Ledger) -> tuple[list[Diagnostic], list[str]]:
    """The faults that measuring again shows, and what cannot be measured, which does not stop the others."""
    faults: list[Diagnostic] = []
    unmeasured: list[str] = []
    for entry, record in replay.promotion_entries(ledger):
        result = isolated(partial(remeasure_record, workspace, ledger, entry, record))
        if isinstance(result, Error):
            message = f"commit {entry.commit.sha[:10]}: its gates could not be measured again: {one_line(result)}"
            faults.append(Diagnostic("remeasured", Severity.ERROR, message, Span(record.path), undecided=True))
        else:
            faults, unmeasured = faults + result[0], unmeasured + result[1]
    return faults, unmeasured


def _notes(args: argparse.Namespace, ledger: Ledger, unmeasured: list[str]) -> list[str]:
    lines = [] if args.anchor is not None else ["unanchored: without --anchor a rewritten history looks whole"]
    lines += ["approvals of the local forge are self-declared"] if any(_self_declared(ledger)) else []
    return lines + _none_required(ledger) + unmeasured


def _none_required(ledger: Ledger) -> list[str]:
    """How many promotions needed no approval: nobody but who asked for them has seen those."""
    receipts = [ledger.receipt(entry) for entry, _ in replay.promotion_entries(ledger)]
    alone = sum(1 for receipt in receipts if receipt and requires_nobody(receipt))
    return [f"approvals: {NONE_REQUIRED} for {alone} of {quantity(len(receipts), 'promotion')}"] if alone else []


def _self_declared(ledger: Ledger) -> Iterator[bool]:
    return (bool(receipt.facts.get("self_declared")) for receipt in ledger.receipts.values())


@frozen
class _Audit:
    """What an audit found: `before` are adoptions before the baseline of the policy, which are not errors.

    `monitoring` is the branch of monitoring records, None where this clone has none.
    """

    policy: PolicyHistory
    commits: list[Commit]
    diagnostics: tuple[Diagnostic, ...]
    before: list[Diagnostic]
    monitoring: MonitoringBranch | None

    @property
    def records(self) -> int:
        return sum(1 for entry in self.policy.ledger.entries if isinstance(entry.record, Promotion))

    def policy_changes(self) -> list[tuple[Commit, str, str]]:
        """The commit, the path and the approvals of each changed file of the policy."""
        changes = [(change, path) for change in self.policy.changes for path in change.files]
        return [(change.commit, path, approval_status(self.policy, change)) for change, path in changes]


def _report(audit: _Audit, notes: list[str]) -> Report:
    notes = notes + _policy_remedy(audit.policy)
    code = exit_code(audit.diagnostics)
    data = _data(audit) | {"notes": notes, "outcome": {0: "passed", 1: "failed", 3: "undecided"}[code]}
    return Report(data, audit.diagnostics, _tables(audit), (*notes, _verdict(audit, code)), code)


def _tables(audit: _Audit) -> tuple[Table, ...]:
    tables = (*decision_table(audit.policy.ledger), *adoptions.adoption_table(audit.policy.ledger))
    changes = tuple(
        (commit.day.isoformat(), commit.sha[:10], path, approved) for commit, path, approved in audit.policy_changes()
    )
    tables += (Table("policy changes", ("day", "commit", "file", "approvals"), changes),) if changes else ()
    tables += monitoring_tables(audit.monitoring)
    rows = tuple((d.span.path, d.message) for d in audit.before)
    return tables + ((Table("adoptions before the baseline of the policy", ("record", "what"), rows),) if rows else ())


def _verdict(audit: _Audit, code: int) -> str:
    scope = f"{quantity(len(audit.commits), 'commit')}, {quantity(audit.records, 'record')}"
    errors = sum(d.severity is Severity.ERROR for d in audit.diagnostics)
    return {0: f"passed: {scope}: every guarded change is explained and proven",
            1: f"failed: {scope}: {quantity(errors, 'fault')}",
            3: f"could not decide: {scope}: {quantity(errors, 'thing')} unproven"}[code]  # fmt: skip


def _data(audit: _Audit) -> dict[str, Any]:
    ledger = audit.policy.ledger
    changes = audit.policy_changes()
    return {
        "version": 1, "commits": len(audit.commits), "records": audit.records,
        "diagnostics": [d.to_json() for d in audit.diagnostics],
        "decisions": decisions_to_json(ledger),
        "adoptions": adoptions.adoptions_to_json(ledger),
        "policy_changes": [{"commit": c.sha, "path": path, "approvals": approved} for c, path, approved in changes],
        "policy": _policy(audit.policy), "adoptions_before_baseline": [d.to_json() for d in audit.before],
        "monitoring": monitoring_to_json(audit.monitoring),
    }  # fmt: skip


def _policy_remedy(policy: PolicyHistory) -> list[str]:
    since = None if policy.predates_receipts else policy.tip_state().unproven_since
    if since is None:
        return []
    record = "mlops-gitops record writes the receipts that are absent"
    remedy = record if policy.changes_without_receipt() else how_to_state(policy)
    return [f"the policy is unproven since commit {since.sha[:10]}: {remedy}"]


def _policy(policy: PolicyHistory) -> dict[str, Any] | None:
    """How far the policy of the tip is proven, and the digest that a decision states it by."""
    if not policy.changes:
        return None
    since = policy.tip_state().unproven_since
    return {
        "digest": digest_of(policy.at(policy.ledger.commits[-1].sha)), "proven": since is None,
        "unproven_since": since.sha if since else None,
        "baseline": policy.baseline.record.path if policy.baseline else None,
    }  # fmt: skip


COMMAND = Command("audit", __doc__.strip(), add_arguments, run)
