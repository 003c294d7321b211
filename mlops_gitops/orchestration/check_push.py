"""Checks a push before it leaves: against the base as last fetched, and by the gates that it touches."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from mlops_gitops.compliance import findings
from mlops_gitops.core.diagnostics import Diagnostic, Severity, ordered
from mlops_gitops.core.errors import Error, Refused, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.gates.assumption import assumption_lines
from mlops_gitops.gates.perfect import perfect_findings
from mlops_gitops.gates.result import GateResult, Outcome
from mlops_gitops.gates.table import gate_table, gates_to_json, missing_lines
from mlops_gitops.git.repository import Git
from mlops_gitops.git.typed_revisions import commit_typed, find_typed
from mlops_gitops.orchestration.evaluate_gates import Pins, baselines, evaluate_gates
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.requirements import governance_findings
from mlops_gitops.orchestration.pull_context import base_context, dvc_faults, merged_head
from mlops_gitops.orchestration.remeasure import data_facts
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.policy.engine import existing_as_warnings, select_rules, validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.records.kpis import KIND, Kpis
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.release import KIND as RELEASE
from mlops_gitops.records.release import Release
from mlops_gitops.reporting.findings import findings_report, quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime.pre_push import Push

RULE = "gate"


@frozen
class CheckedPush:
    """A push that was checked: its context, the findings, and the gates of each model whose numbers it changes."""

    context: Context
    found: tuple[Diagnostic, ...]
    gates: Mapping[str, tuple[GateResult, ...]]


@frozen
class NothingToCheck:
    """A push without anything to check, and why."""

    reason: str


def on_pushed_remote(workspace: Workspace, push: Push) -> Workspace:
    """The workspace on the remote of the push, where its own remote is not configured."""
    git = workspace.git
    if git.has_remote() or not push.remote:
        return workspace
    other = Git(git.root, push.remote)
    return Workspace(other) if other.has_remote() else workspace


def check_push(workspace: Workspace, push: Push, base: str | None, today: date) -> CheckedPush | NothingToCheck:
    """Checks the pushed commit by the base's policy, without approvals: nobody can have given one yet. Raises Error."""
    if push.commit and not push.commit.strip("0"):
        return NothingToCheck("this push only removes a branch")
    head = find_typed(workspace.git, push.commit or "HEAD")
    if head is None:
        return NothingToCheck("what is pushed holds no commit")
    branch = (base, commit_typed(workspace.git, base)) if base else _base(workspace, head)
    if isinstance(branch, NothingToCheck):
        return branch
    name, tip = branch
    fork = workspace.git.merge_base(tip, head)
    if fork is None:
        return NothingToCheck(f"what is pushed shares no history with {name}")
    sys.stderr.write(f"judged against {name} as this clone has it, {tip[:10]}; git fetch brings a newer one\n")
    return _check(workspace, head, tip, fork, today)


def _base(workspace: Workspace, head: str) -> tuple[str, str] | NothingToCheck:
    """The name and the commit of the remote's branch where merging promotes, as last fetched.

    The remote's own files name that branch, if they can.
    """
    remote, pushed = workspace.git.remote, workspace.at(head)
    default = workspace.default_branch()
    trees = [workspace.at(default[1])] if default else []
    if not any(snapshot.project_paths for snapshot in (*trees, pushed)):
        return NothingToCheck(f"there is no {pushed.project_path} in what is pushed")
    if not workspace.git.has_remote():
        return NothingToCheck("this repository has no remote to judge it against")
    if default is None:
        return NothingToCheck(f"this clone knows no branch of {remote} yet to judge it against")
    if fault := trees[0].project_fault:
        raise Error(f"on the base, {fault}, so nothing says which branch promotes", help="fix it there first")
    branch = trees[0].project.branch if trees[0].project else default[0]
    if tip := workspace.git.remote_tip(branch):
        return f"{remote}/{branch}", tip
    raise Undecided(f"this clone does not know {remote}/{branch}", help=f"git fetch {remote} {branch}")


def _check(workspace: Workspace, head: str, base: str, fork: str, today: date) -> CheckedPush:
    try:
        merged = merged_head(workspace.git, base, head)
    except Refused as error:
        sys.stderr.write(f"{error.message}: judged as it stands\n")
        merged, parted = head, fork
    else:
        parted = base
    store = workspace.store_here(base)
    context = base_context(workspace, workspace.at(merged), base, today, fork=parted)
    facts = replace(data_facts(store, context, head), dvc_faults=dvc_faults(context.head))
    context = replace(context, pull=facts)
    found = existing_as_warnings(context, validate(context, Scope.DATA))
    found = (*found, *governance_findings(context, evidence_of(store, context.head.tree)))
    gates = {}
    for kpis in _moved_kpis(context, workspace.at(parted)):
        running = baselines(context.base, context.ledger, kpis) if context.base and context.ledger else {}
        gates[kpis.model] = evaluate_gates(store, *_judged_files(context, kpis), running)
    missed = (d for model, results in gates.items() for d in _gate_findings(context.head, model, results))
    return CheckedPush(context, (*found, *missed), gates)


def _judged_files(context: Context, kpis: Kpis) -> tuple[Kpis, Pins]:
    """The KPIs and the pins of what they read: a release on live windows that the push adds, else what DVC tracks."""
    added = (manifest for manifest in context.added(RELEASE, Release) if manifest.model == kpis.model)
    if live := next((manifest for manifest in added if manifest.live), None):
        return kpis_of(kpis, live), live.evaluation
    return kpis, evaluation_pins(Tracking(context.head.tree), kpis.files())


def _moved_kpis(context: Context, before: Snapshot) -> Iterator[Kpis]:
    """The KPIs with a gate that the push changes, or that read other data after it."""
    tracking_now, tracking_before = Tracking(context.head.tree), Tracking(before.tree)
    head = context.head
    placed = context.paths is not None and all(map(head.kind_of, context.paths))  # then DVC tracks what it did
    models = head.models()
    for model in models if not placed else (m for m in models if head.path_of(KIND, model=m) in context.changes):
        kpis = head.kpis(model)
        if kpis is None or not any(kpi.gate for kpi in kpis.kpis):
            continue
        files = kpis.files()
        data_moved = evaluation_pins(tracking_now, files) != evaluation_pins(tracking_before, files)
        if kpis.path in context.changes or data_moved:
            yield kpis


def _gate_findings(head: Snapshot, model: str, results: tuple[GateResult, ...]) -> Iterator[Diagnostic]:
    document = head.document(head.path_of(KIND, model=model))
    if kpis := head.kpis(model):
        yield from perfect_findings(document, kpis, {result.id: result.perfect for result in results})
    for n, result in enumerate(results):
        if result.gate is None or result.outcome is Outcome.PASSED:
            continue
        severity = Severity.WARNING if result.effective is Outcome.PASSED else Severity.ERROR
        how = "failed" if result.outcome is Outcome.FAILED else f"is {result.outcome.value.replace('_', ' ')}"
        message = f"{model}: the gate {result.id} {how}: {result.reason}"
        yield Diagnostic(
            RULE, severity, message, document.span(("kpis", n, "gate")), " ".join(result.gate.runbook.split()),
            undecided=result.outcome is not Outcome.FAILED,
        )  # fmt: skip


def push_report(checked: CheckedPush | NothingToCheck, *, allow_unavailable: bool) -> Report:
    """The findings, and the table of every gate that was measured.

    `allow_unavailable` makes warnings of the findings that only lack data, or a baseline to compare with.
    """
    if isinstance(checked, NothingToCheck):
        data = {
            "version": 1, "diagnostics": [], "summary": {"files": 0, "errors": 0, "warnings": 0},
            "promotions": [], "gates": {},
        }  # fmt: skip
        return Report(data, lines=(f"nothing to judge: {checked.reason}",))
    found = ordered(_unavailable_as_warnings(checked.found) if allow_unavailable else checked.found)
    remeasured = checked.context.pull.gates if checked.context.pull else {}
    gates = {**remeasured, **checked.gates}
    judged = [*chain.from_iterable(gates.values())]
    tables = tuple(gate_table(results, title) for title, results in gates.items() if results)
    extra = {
        "promotions": [record.path for record in checked.context.promotions()],
        "gates": {title: gates_to_json(results) for title, results in gates.items()},
    }
    return findings_report(
        found, checked.context.head, files=len(checked.context.changes), tables=tables,
        lines=[*missing_lines(judged), *assumption_lines(judged), _verdict(checked, found)], extra=extra,
    )  # fmt: skip


def _verdict(checked: CheckedPush, found: Sequence[Diagnostic]) -> str:
    errors = [d for d in found if d.severity is Severity.ERROR]
    if errors and all(d.undecided for d in errors):
        return f"could not tell: {quantity(len(errors), 'question')} left open in what is pushed"
    if errors:
        return f"failed: {quantity(len(errors), 'error')} in what is pushed"
    if not checked.context.changes and not checked.gates:
        return "nothing to judge: this push changes nothing that is checked"
    return "passed: nothing blocks this push"


def _unavailable_as_warnings(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    about_data = {RULE, findings.RULE, *(rule.id for rule in select_rules(Scope.DATA) if rule.scope is Scope.DATA)}
    return tuple(
        replace(d, severity=Severity.WARNING, message=f"{d.message} (let pass: --allow-unavailable)")
        if d.undecided and d.rule in about_data
        else d
        for d in found
    )
