"""Replay the history and prove, or disprove, that every guarded change is explained by a record that holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import Any

from mlops_gitops.audit import adoptions, replay
from mlops_gitops.audit.decisions import decision_table, decisions_to_json
from mlops_gitops.audit.findings import Findings, Known, untrue_checkpoint
from mlops_gitops.audit.monitoring_findings import MonitoringBranch
from mlops_gitops.audit.monitoring_table import monitoring_notes, monitoring_tables, monitoring_to_json
from mlops_gitops.audit.policy_findings import NONE_REQUIRED, approval_status, requires_nobody
from mlops_gitops.cli import audit_anchor, audit_export
from mlops_gitops.cli.arguments import add_common_arguments
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, exit_code, plain
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.table import Table
from mlops_gitops.forges.checkpoint import Checkpoint
from mlops_gitops.git.history.line_trees import LineTrees
from mlops_gitops.git.typed_revisions import commit_typed
from mlops_gitops.orchestration.first_merge import no_remote_notes, require_fetched
from mlops_gitops.orchestration.governance.checkpoints import (
    Chosen,
    choose_checkpoint,
    composed_checkpoint,
    write_checkpoint,
)
from mlops_gitops.orchestration.governance.past_ledger import past_ledger
from mlops_gitops.orchestration.governance.record_branches import RecordBranches, audit_record_branches
from mlops_gitops.orchestration.governance.remeasure_record import remeasure_record
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion.policy_history import PolicyHistory, how_to_state
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Commit, Ledger, known_records
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.tables.history_table import retraining_notes
from mlops_gitops.runtime.isolated import isolated, one_line

_CHECKPOINT = "judge every commit, and keep what that found in a tag, for audit --since-checkpoint to go on from"
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
    parser.add_argument(
        "--since-checkpoint", action="store_true",
        help="go on from the newest checkpoint that fits, where there is one; without it everything is judged again",
    )  # fmt: skip
    parser.set_defaults(do=_audit)
    verbs = parser.add_subparsers(title="what to do with it", metavar="anchor|checkpoint|export|verify")
    audit_anchor.add_verb(verbs)
    _add_checkpoint(verbs)
    audit_export.add_verbs(verbs)


def _add_checkpoint(verbs: Any) -> None:
    verb = verbs.add_parser("checkpoint", help=_CHECKPOINT, description=_CHECKPOINT)
    verb.add_argument("--dry-run", action="store_true", help="audit, and write nothing")
    verb.set_defaults(do=_checkpoint)
    add_common_arguments(verb, nested=True)


def run(args: argparse.Namespace) -> Report:
    """Audits the first-parent history, or does what a verb says."""
    report: Report = args.do(args)
    return report


def _audit(args: argparse.Namespace) -> Report:
    anchor = audit_anchor.open_anchor(args.anchor) if args.anchor is not None else None
    if args.rev and args.since_checkpoint:
        raise Error("--since-checkpoint is about the branch as it is", help="leave out --rev, or --since-checkpoint")
    workspace = open_workspace(args.repo)
    if not args.rev:
        require_fetched(workspace)
    tip = commit_typed(workspace.git, args.rev) if args.rev else workspace.base()
    audit = _audited(workspace, tip, whole=not args.rev, since_checkpoint=args.since_checkpoint)
    ledger = audit.policy.ledger
    known = {*(entry.digest for entry in ledger.entries), *audit.records.digests}
    lacking, uncompared = audit_anchor.compare_anchor(workspace, anchor, ledger, known) if anchor else ([], [])
    remeasured, unmeasured = _remeasure(workspace, ledger) if args.data else ([], [])
    anchored = [] if anchor else ["unanchored: without --anchor a rewritten history looks whole"]
    anchored += [] if args.rev else no_remote_notes(workspace)
    return _report(audit, [*lacking, *remeasured], audit.notes(anchored, [*uncompared, *unmeasured]))


def _checkpoint(args: argparse.Namespace) -> Report:
    """Audits the whole branch, and keeps what that found."""
    workspace = open_workspace(args.repo)
    tip = workspace.sync()
    audit = _audited(workspace, tip, whole=True, since_checkpoint=False)
    if audit.untrue:
        return _report(audit, [], audit.notes(["wrote no checkpoint beside one that is forged"]))
    make = composed_checkpoint if args.dry_run else write_checkpoint
    made = make(workspace, audit.policy, audit.tip, audit.found)
    done = "would write" if args.dry_run else "wrote"
    report = _report(audit, [], audit.notes([f"{done} the checkpoint {made.tag}"]))
    return replace(report, data={**report.data, "checkpoint": _checkpoint_data(made, None)})


def _audited(workspace: Workspace, tip: str, *, whole: bool, since_checkpoint: bool) -> _Audit:
    """Audits the line up to a commit, which is the `whole` branch or an older part of it."""
    commits = workspace.history(tip)
    snapshot = workspace.at(tip)
    ledger = workspace.ledger_of(commits, snapshot) if whole else past_ledger(workspace, commits, snapshot)
    read = known_records(ledger, snapshot.folders)
    at = lru_cache(maxsize=8)(lambda commit: Snapshot(workspace.at(commit).tree, known=read))
    trees = LineTrees(workspace.git.objects, at, read)
    policy = PolicyHistory(ledger, trees)
    chosen = choose_checkpoint(workspace, policy, snapshot) if whole else Chosen(Known())
    known = chosen.known if since_checkpoint else Known()
    follow = iter if known.checkpoint else trees.follow
    tags = workspace.lightweight_tags()
    found = replay.audit(commits, policy, snapshot.folders, tags, follow=follow, known=known)
    untrue = () if since_checkpoint else tuple(untrue_checkpoint(chosen.known, policy, found))
    records = audit_record_branches(workspace, policy, whole=whole)
    return _Audit(policy, commits, snapshot, found, records, untrue, chosen if since_checkpoint else None)


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


def _none_required(ledger: Ledger) -> list[str]:
    """How many promotions needed no approval: nobody but who asked for them has seen those."""
    receipts = [ledger.receipt(entry) for entry, _ in replay.promotion_entries(ledger)]
    alone = sum(1 for receipt in receipts if receipt and requires_nobody(receipt))
    return [f"approvals: {NONE_REQUIRED} for {alone} of {quantity(len(receipts), 'promotion')}"] if alone else []


def _self_declared(ledger: Ledger) -> Iterator[bool]:
    return (bool(receipt.facts.get("self_declared")) for receipt in ledger.receipts.values())


@frozen
class _Audit:
    """What an audit found in the history up to a commit, whose tree is `tip`, and on the branches of records.

    `chosen` is the checkpoint that it went on from, None where it was to judge everything; `untrue` are errors of one.
    """

    policy: PolicyHistory
    commits: list[Commit]
    tip: Snapshot
    found: Findings
    records: RecordBranches
    untrue: tuple[Diagnostic, ...]
    chosen: Chosen | None

    @property
    def monitoring(self) -> MonitoringBranch | None:
        """The branch of monitoring records, None where this clone has none."""
        return self.records.monitoring

    @property
    def before(self) -> list[Diagnostic]:
        """The adoptions before the baseline of the policy, which are not errors."""
        return list(map(plain, self.found.before_baseline))

    def notes(self, first: Iterable[str], unmeasured: Iterable[str] = ()) -> list[str]:
        """What people should know of it, after what comes first."""
        ledger, records = self.policy.ledger, self.records
        lines = [*(_checkpoint_notes(self) if self.chosen else []), *first]
        lines += ["approvals of the local forge are self-declared"] if any(_self_declared(ledger)) else []
        lines += [*_none_required(ledger), *unmeasured]
        lines += [_TEAMS] if self.tip.project and self.tip.project.teams else []
        lines += replay.tracked_settings_notes(self.commits)
        lines += monitoring_notes(records.monitoring, len(records.monitoring_findings))
        return [*lines, *retraining_notes(records.retrainings, len(records.retraining_findings))]

    @property
    def promotions(self) -> int:
        """How many records of promotions there are."""
        return sum(1 for entry in self.policy.ledger.entries if isinstance(entry.record, Promotion))

    def policy_changes(self) -> list[tuple[Commit, str, str]]:
        """The commit, the path and the approvals of each changed file of the policy."""
        changes = [(change, path) for change in self.policy.changes for path in change.files]
        return [(change.commit, path, approval_status(self.policy, change)) for change, path in changes]


def _report(audit: _Audit, more: list[Diagnostic], notes: list[str]) -> Report:
    """The report of an audit, with what else was found."""
    diagnostics = tuple(map(plain, (*audit.found.all, *audit.untrue, *audit.records.findings, *more)))
    notes = notes + _policy_remedy(audit.policy)
    code = exit_code(diagnostics)
    data = _data(audit) | {"diagnostics": [found.to_json() for found in diagnostics]}
    data |= {"notes": notes, "outcome": {0: "passed", 1: "failed", 3: "undecided"}[code]}
    return Report(data, diagnostics, _tables(audit), (*notes, _verdict(audit, diagnostics, code)), code)


def _checkpoint_notes(audit: _Audit) -> list[str]:
    """From where the audit went on, and why not from a newer checkpoint."""
    chosen = audit.chosen or Chosen(Known())
    checkpoint, count = chosen.known.checkpoint, chosen.known.count
    if checkpoint is None:
        return [*chosen.reasons, "no checkpoint fits: every commit was judged"]
    kept = f"{quantity(checkpoint.faults, 'error')} of the {quantity(count, 'commit')} up to there"
    left = quantity(len(audit.commits) - count, "later commit")
    return [*chosen.reasons, f"since the checkpoint {checkpoint.tag}, which keeps {kept}: {left} judged"]


def _checkpoint_data(checkpoint: Checkpoint | None, chosen: Chosen | None) -> dict[str, Any]:
    """A checkpoint as JSON; `refused` says why others could not be used."""
    data: dict[str, Any] = {"tag": None, "commit": None, "faults": 0}
    if checkpoint:
        data = {"tag": checkpoint.tag, "commit": checkpoint.commit, "faults": checkpoint.faults}
    return data | ({"commits": chosen.known.count, "refused": list(chosen.reasons)} if chosen else {})


def _tables(audit: _Audit) -> tuple[Table, ...]:
    tables = (*decision_table(audit.policy.ledger), *adoptions.adoption_table(audit.policy.ledger))
    changes = tuple(
        (commit.day.isoformat(), commit.sha[:10], path, approved) for commit, path, approved in audit.policy_changes()
    )
    tables += (Table("policy changes", ("day", "commit", "file", "approvals"), changes),) if changes else ()
    tables += monitoring_tables(audit.monitoring)
    rows = tuple((d.span.path, d.message) for d in audit.before)
    return tables + ((Table("adoptions before the baseline of the policy", ("record", "what"), rows),) if rows else ())


def _verdict(audit: _Audit, diagnostics: Iterable[Diagnostic], code: int) -> str:
    scope = f"{quantity(len(audit.commits), 'commit')}, {quantity(audit.promotions, 'record')}"
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    return {0: f"passed: {scope}: every guarded change is explained and proven",
            1: f"failed: {scope}: {quantity(errors, 'fault')}",
            3: f"could not decide: {scope}: {quantity(errors, 'thing')} unproven"}[code]  # fmt: skip


def _data(audit: _Audit) -> dict[str, Any]:
    ledger = audit.policy.ledger
    changes = audit.policy_changes()
    return {
        "version": 1, "commits": len(audit.commits), "records": audit.promotions,
        "decisions": decisions_to_json(ledger),
        "adoptions": adoptions.adoptions_to_json(ledger),
        "policy_changes": [{"commit": c.sha, "path": path, "approvals": approved} for c, path, approved in changes],
        "policy": _policy(audit.policy), "adoptions_before_baseline": [d.to_json() for d in audit.before],
        "monitoring": monitoring_to_json(audit.monitoring),
        "since": _checkpoint_data(audit.chosen.known.checkpoint, audit.chosen) if audit.chosen else None,
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
