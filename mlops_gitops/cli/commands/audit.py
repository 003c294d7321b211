"""Replay the history and prove, or disprove, that every guarded change is explained by a record that holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from mlops_gitops.audit import adoptions, anchors, replay
from mlops_gitops.audit.policy_findings import approval_status
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, exit_code
from mlops_gitops.core.errors import Error
from mlops_gitops.core.table import Table
from mlops_gitops.gates.result import Outcome
from mlops_gitops.gates.serialize import same_measurement, to_data
from mlops_gitops.git.typed_revisions import commit_typed
from mlops_gitops.orchestration.remeasure import remeasured_gates
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion.policy_history import PolicyHistory, how_to_state
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.runtime.isolated import isolated, one_line

_TEAMS = "who was in a team is what the receipts say: no history holds it"
_SUBJECT = ("model", "release", "environment", "skip", "gate", "rule", "file", "policy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--data", action="store_true", help="measure every gate again, where the data can still be had")
    parser.add_argument(
        "--anchor", metavar="FILE", help="record digests kept elsewhere, one a line, as `record` prints them"
    )
    parser.add_argument(
        "--rev", metavar="REV", help="audit the history of this revision (default: the remote's branch)"
    )


def run(args: argparse.Namespace) -> Report:
    """Audits the first-parent history."""
    workspace = open_workspace(args.repo)
    tip = commit_typed(workspace.git, args.rev) if args.rev else workspace.base()
    commits = workspace.history(tip)
    snapshot = workspace.at(tip)
    ledger = workspace.ledger_of(commits, snapshot)
    policy = PolicyHistory(ledger, workspace.at)
    found, before = replay.audit(commits, policy, snapshot.folders, workspace.lightweight_tags())
    found += anchors.missing_anchors(ledger, _anchors(args.anchor)) if args.anchor else []
    again, unmeasured = _measured(workspace, commits, ledger) if args.data else ([], [])
    found += again
    teams = bool(snapshot.project and snapshot.project.teams)
    notes = (
        _notes(args, ledger, unmeasured) + ([_TEAMS] if teams else []) + list(replay.tracked_settings_notes(commits))
    )
    return _report(policy, commits, tuple(found), before, notes)


def _anchors(path: str) -> dict[str, str]:
    try:
        return anchors.parse_anchors(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Error(f"the anchor file {path}: {reason}") from error


def _measured(workspace: Workspace, commits: list[Commit], ledger: Ledger) -> tuple[list[Diagnostic], list[str]]:
    """The faults that measuring again shows, and what could not be had; one that cannot be measured stops no other."""
    found: list[Diagnostic] = []
    unmeasured: list[str] = []
    for entry, record in replay.promotion_entries(ledger):
        its = isolated(partial(_measured_again, workspace, ledger, entry, record))
        if isinstance(its, Error):
            where = f"commit {entry.commit.sha[:10]}: its gates could not be measured again: {one_line(its)}"
            found.append(Diagnostic("remeasured", Severity.ERROR, where, Span(record.path), undecided=True))
        else:
            found, unmeasured = found + its[0], unmeasured + its[1]
    return found, unmeasured


def _measured_again(
    workspace: Workspace, ledger: Ledger, entry: Entry, record: Promotion
) -> tuple[list[Diagnostic], list[str]]:
    if entry.commit.parent is None:
        return [], []
    found: list[Diagnostic] = []
    unmeasured: list[str] = []
    head, base = workspace.at(entry.commit.sha), workspace.at(entry.commit.parent)
    context = Context(head, entry.commit.day, base, ledger.until(entry.position), {record.path: "A"}, at=workspace.at)
    recorded = {gate["id"]: gate for gate in record.predicate["gates"]}
    for result in remeasured_gates(workspace.store_at(entry.commit.parent), context, record):
        gate = recorded.get(result.id)
        if gate is None:
            continue
        if result.outcome is Outcome.NOT_AVAILABLE and gate["outcome"] != Outcome.NOT_AVAILABLE.value:
            unmeasured.append(f"{record.path}: {result.id} is not re-measured: {result.reason}")
        elif not same_measurement(gate, to_data(result)):
            message = f"{result.id} is recorded as {gate['value']} ({gate['outcome']}), and measured again it is "
            message += f"{result.candidate.value} ({result.outcome.value})"
            where = f"commit {entry.commit.sha[:10]}: {message}"
            found.append(Diagnostic("remeasured", Severity.ERROR, where, Span(record.path)))
    return found, unmeasured


def _notes(args: argparse.Namespace, ledger: Ledger, unmeasured: list[str]) -> list[str]:
    lines = [] if args.anchor else ["unanchored: without --anchor a rewritten history looks whole"]
    lines += ["approvals of the local forge are self-declared"] if any(_declared(ledger)) else []
    return lines + unmeasured


def _declared(ledger: Ledger) -> Iterator[bool]:
    return (bool(its.facts.get("self_declared")) for its in ledger.receipts.values())


def _report(
    policy: PolicyHistory,
    commits: list[Commit],
    found: tuple[Diagnostic, ...],
    before: list[Diagnostic],
    notes: list[str],
) -> Report:
    ledger = policy.ledger
    records = sum(1 for entry in ledger.entries if isinstance(entry.record, Promotion))
    decisions = [(entry, entry.record) for entry in ledger.entries if isinstance(entry.record, Decision)]
    rows = tuple(_row(ledger, entry, its) for entry, its in decisions)
    columns = ("decision", "type", "about", "by", "role", "expires", "approvals", "reason")
    tables: tuple[Table, ...] = (Table("decisions", columns, rows),) if rows else ()
    changes = [
        (change.commit, path, approval_status(policy, change)) for change in policy.changes for path in change.files
    ]
    edits = tuple((commit.day.isoformat(), commit.sha[:10], path, approved) for commit, path, approved in changes)
    tables += adoptions.adoption_table(ledger)
    tables += (Table("policy changes", ("day", "commit", "file", "approvals"), edits),) if edits else ()
    rows = tuple((one.span.path, one.message) for one in before)
    tables += (Table("adoptions before the baseline of the policy", ("record", "what"), rows),) if rows else ()
    notes = notes + _restating(policy)
    errors = [d for d in found if d.severity is Severity.ERROR]
    judged = f"{quantity(len(commits), 'commit')}, {quantity(records, 'record')}"
    code = exit_code(found)
    verdict = {0: f"passed: {judged}: every guarded change is explained and proven",
               1: f"failed: {judged}: {quantity(len(errors), 'fault')}",
               3: f"could not decide: {judged}: {quantity(len(errors), 'thing')} unproven"}[code]  # fmt: skip
    data = {
        "version": 1, "commits": len(commits), "records": records, "diagnostics": [d.to_json() for d in found],
        "decisions": [_decision(ledger, entry, its) for entry, its in decisions],
        "adoptions": adoptions.adoptions_to_json(ledger),
        "policy_changes": [{"commit": c.sha, "path": path, "approvals": approved} for c, path, approved in changes],
        "policy": _policy(policy), "adoptions_before_baseline": [one.to_json() for one in before],
        "notes": notes, "outcome": {0: "passed", 1: "failed", 3: "undecided"}[code],
    }  # fmt: skip
    return Report(data, found, tables, (*notes, verdict), code)


def _restating(policy: PolicyHistory) -> list[str]:
    since = None if policy.predates_receipts else policy.tip_state().unproven_since
    if since is None:
        return []
    do = (
        "mlops-gitops record writes the receipts that are absent"
        if policy.changes_without_receipt()
        else how_to_state(policy)
    )
    return [f"the policy is unproven since commit {since.sha[:10]}: {do}"]


def _policy(policy: PolicyHistory) -> dict[str, Any] | None:
    """How far the policy of the tip is proven, and what a decision that states it holds."""
    if not policy.changes:
        return None
    since = policy.tip_state().unproven_since
    return {
        "digest": digest_of(policy.at(policy.ledger.commits[-1].sha)), "proven": since is None,
        "unproven_since": since.sha if since else None,
        "baseline": policy.baseline.record.path if policy.baseline else None,
    }  # fmt: skip


def _row(ledger: Ledger, entry: Entry, its: Decision) -> tuple[str, ...]:
    expires = its.expires.isoformat() if its.expires else "never"
    reason = " ".join(its.reason.split())
    return its.path, its.type, _about(its), its.by, its.role, expires, _state(ledger, entry, its), reason


def _about(its: Decision) -> str:
    """What a decision is about, in words."""
    if its.type == "waiver":
        return f"{its.rule} in {its.file}"
    if its.type == "policy":
        return f"the policy {its.policy[:17]}"
    about = f"{its.model} {its.release}" + (f" in {its.environment}" if its.environment else "")
    return about + (f", gate {its.gate}" if its.gate else "") + (f", skips {its.skip}" if its.skip else "")


def _state(ledger: Ledger, entry: Entry, its: Decision) -> str:
    """Its receipt's word on its approvals."""
    receipt = ledger.receipt(entry)
    return "no receipt" if receipt is None else "none needed" if not its.relaxes else receipt.approved


def _decision(ledger: Ledger, entry: Entry, its: Decision) -> dict[str, Any]:
    return {
        "path": its.path, "type": its.type, "by": its.by, "role": its.role, "reason": its.reason,
        "subject": {name: value for name in _SUBJECT if (value := getattr(its, name))},
        "expires": its.expires.isoformat() if its.expires else None,
        "approvals": _state(ledger, entry, its), "digest": entry.digest, "commit": entry.commit.sha,
    }  # fmt: skip


COMMAND = Command("audit", __doc__.strip(), add_arguments, run)
