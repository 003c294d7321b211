"""Replay the history and prove, or disprove, that every guarded change is explained by a record that holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import partial
from typing import Any

from mlops_gitops.audit import adoptions, replay
from mlops_gitops.audit.decisions import decision_table, decisions_to_json
from mlops_gitops.audit.findings import untrue_checkpoint
from mlops_gitops.audit.monitoring_table import monitoring_notes, monitoring_tables, monitoring_to_json
from mlops_gitops.audit.policy_findings import NONE_REQUIRED
from mlops_gitops.cli import audit_anchor, audit_export
from mlops_gitops.cli.arguments import add_common_arguments
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, exit_code, plain
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.table import Table
from mlops_gitops.forges.checkpoint import Checkpoint
from mlops_gitops.git.typed_revisions import commit_typed
from mlops_gitops.orchestration.first_merge import no_remote_notes, require_fetched
from mlops_gitops.orchestration.governance.audited import Audit, Line, facts_of
from mlops_gitops.orchestration.governance.checkpoints import (
    Chosen,
    choose_checkpoint,
    composed_checkpoint,
    write_checkpoint,
)
from mlops_gitops.orchestration.governance.later_commits import audit_later, find_later
from mlops_gitops.orchestration.governance.past_ledger import past_ledger
from mlops_gitops.orchestration.governance.remeasure_record import remeasure_record
from mlops_gitops.orchestration.governance.settled import is_near, settled_at
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Ledger
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
    if args.since_checkpoint:
        audit, chosen = _audited_since(workspace, tip)
    else:
        audit, chosen = _audited(workspace, tip, whole=not args.rev), None
    ledger, lacking, uncompared = audit.policy.ledger, list[Diagnostic](), list[str]()
    if anchor:
        known = {*(entry.digest for entry in ledger.entries), *audit.records.digests}
        lacking, uncompared = audit_anchor.compare_anchor(workspace, anchor, ledger, known)
    remeasured, unmeasured = _remeasure(workspace, ledger) if args.data else ([], [])
    anchored = [] if anchor else ["unanchored: without --anchor a rewritten history looks whole"]
    anchored += [] if args.rev else no_remote_notes(workspace)
    notes = _notes(audit, chosen, anchored, [*uncompared, *unmeasured])
    return _report(audit, chosen, [*lacking, *remeasured], notes)


def _checkpoint(args: argparse.Namespace) -> Report:
    """Audits the whole branch, and keeps what that found."""
    workspace = open_workspace(args.repo)
    tip = workspace.sync()
    audit = _audited(workspace, tip, whole=True)
    if audit.untrue:
        return _report(audit, None, [], _notes(audit, None, ["wrote no checkpoint beside one that is forged"]))
    make = composed_checkpoint if args.dry_run else write_checkpoint
    made = audit.near or make(workspace, audit.policy, audit.tip, audit.found)
    done = "kept" if audit.near else "would write" if args.dry_run else "wrote"
    report = _report(audit, None, [], _notes(audit, None, [f"{done} the checkpoint {made.tag}"]))
    return replace(report, data={**report.data, "checkpoint": _checkpoint_data(made, None)})


def _audited(workspace: Workspace, tip: str, *, whole: bool) -> Audit:
    """Judges every commit of the line up to one, which is the `whole` branch or an older part of it."""
    line = _line(workspace, tip, whole=whole)
    found = line.findings()
    audit = Audit(line.policy, line.tip, found, line.branches(whole=whole), facts_of(line.policy))
    if not whole:
        return audit
    known = choose_checkpoint(workspace, line.policy, line.tip).known
    settled = settled_at(line.policy, known)
    untrue = tuple(untrue_checkpoint(known, line.policy, found, settled))
    return replace(
        audit, untrue=untrue, near=known.checkpoint if settled and is_near(known, line.policy, found) else None
    )


def _audited_since(workspace: Workspace, tip: str) -> tuple[Audit, Chosen]:
    """Goes on from the newest checkpoint that fits. Where the later commits do not tell, the whole line is read."""
    later = find_later(workspace, tip)
    if later is not None:
        return audit_later(later), Chosen(later.known)
    line = _line(workspace, tip, whole=True)
    chosen = choose_checkpoint(workspace, line.policy, line.tip)
    found = line.findings(chosen.known)
    return Audit(line.policy, line.tip, found, line.branches(whole=True), facts_of(line.policy)), chosen


def _line(workspace: Workspace, tip: str, *, whole: bool) -> Line:
    commits, snapshot = workspace.history(tip), workspace.at(tip)
    ledger = workspace.ledger_of(commits, snapshot) if whole else past_ledger(workspace, commits, snapshot)
    return Line(workspace, commits, ledger, snapshot)


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


def _notes(audit: Audit, chosen: Chosen | None, first: Iterable[str], unmeasured: Iterable[str] = ()) -> list[str]:
    """What people should know of an audit, after what comes first."""
    facts, records = audit.facts, audit.records
    lines = [*(_checkpoint_notes(audit, chosen) if chosen else []), *first]
    lines += ["approvals of the local forge are self-declared"] if facts.self_declared else []
    if facts.unapproved:  # nobody but who asked for them has seen those
        lines.append(f"approvals: {NONE_REQUIRED} for {facts.unapproved} of {quantity(facts.promotions, 'promotion')}")
    lines += unmeasured
    lines += [_TEAMS] if audit.tip.project and audit.tip.project.teams else []
    lines += facts.remarks
    lines += monitoring_notes(records.monitoring, len(records.monitoring_findings))
    return [*lines, *retraining_notes(records.retrainings, len(records.retraining_findings))]


def _report(audit: Audit, chosen: Chosen | None, more: list[Diagnostic], notes: list[str]) -> Report:
    """The report of an audit, with what else was found."""
    diagnostics = tuple(map(plain, (*audit.found.all, *audit.untrue, *audit.records.findings, *more)))
    notes = [*notes, *audit.facts.remedy]
    code = exit_code(diagnostics)
    data = _data(audit, chosen) | {"diagnostics": [found.to_json() for found in diagnostics]}
    data |= {"notes": notes, "outcome": {0: "passed", 1: "failed", 3: "undecided"}[code]}
    return Report(data, diagnostics, _tables(audit), (*notes, _verdict(audit, diagnostics, code)), code)


def _checkpoint_notes(audit: Audit, chosen: Chosen) -> list[str]:
    """From where the audit went on, and why not from a newer checkpoint."""
    checkpoint, count = chosen.known.checkpoint, chosen.known.count
    if checkpoint is None:
        return [*chosen.reasons, "no checkpoint fits: every commit was judged"]
    kept = f"{quantity(checkpoint.faults, 'error')} of the {quantity(count, 'commit')} up to there"
    left = quantity(audit.facts.commits - count, "later commit")
    return [*chosen.reasons, f"since the checkpoint {checkpoint.tag}, which keeps {kept}: {left} judged"]


def _checkpoint_data(checkpoint: Checkpoint | None, chosen: Chosen | None) -> dict[str, Any]:
    """A checkpoint as JSON; `refused` says why others could not be used."""
    data: dict[str, Any] = {"tag": None, "commit": None, "faults": 0}
    if checkpoint:
        data = {"tag": checkpoint.tag, "commit": checkpoint.commit, "faults": checkpoint.faults}
    return data | ({"commits": chosen.known.count, "refused": list(chosen.reasons)} if chosen else {})


def _tables(audit: Audit) -> tuple[Table, ...]:
    ledger, facts = audit.policy.ledger, audit.facts
    tables = (*decision_table(ledger), *adoptions.adoption_table(ledger, facts.entries))
    changes = tuple((day, sha[:10], path, approved) for sha, day, path, approved in facts.changes)
    tables += (Table("policy changes", ("day", "commit", "file", "approvals"), changes),) if changes else ()
    tables += monitoring_tables(audit.records.monitoring)
    rows = tuple((d.span.path, d.message) for d in map(plain, audit.found.before_baseline))
    return tables + ((Table("adoptions before the baseline of the policy", ("record", "what"), rows),) if rows else ())


def _verdict(audit: Audit, diagnostics: Iterable[Diagnostic], code: int) -> str:
    scope = f"{quantity(audit.facts.commits, 'commit')}, {quantity(audit.facts.promotions, 'record')}"
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    return {0: f"passed: {scope}: every guarded change is explained and proven",
            1: f"failed: {scope}: {quantity(errors, 'fault')}",
            3: f"could not decide: {scope}: {quantity(errors, 'thing')} unproven"}[code]  # fmt: skip


def _data(audit: Audit, chosen: Chosen | None) -> dict[str, Any]:
    ledger, facts = audit.policy.ledger, audit.facts
    return {
        "version": 1, "commits": facts.commits, "records": facts.promotions,
        "decisions": decisions_to_json(ledger),
        "adoptions": adoptions.adoptions_to_json(ledger, facts.entries),
        "policy_changes": [{"commit": sha, "path": path, "approvals": found} for sha, _, path, found in facts.changes],
        "policy": facts.policy, "adoptions_before_baseline": [plain(d).to_json() for d in audit.found.before_baseline],
        "monitoring": monitoring_to_json(audit.records.monitoring),
        "since": _checkpoint_data(chosen.known.checkpoint, chosen) if chosen else None,
    }  # fmt: skip


COMMAND = Command("audit", __doc__.strip(), add_arguments, run)
