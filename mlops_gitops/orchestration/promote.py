"""Carries out every promotion, rollback and adoption: gather, compose, judge as a check would, propose."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date

from mlops_gitops import __version__
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import UNDECIDED, Error, Refused
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Overlay, Unreadable, read_if_possible, safe_path
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.gates.result import GateResult, Outcome, worst
from mlops_gitops.gates.table import exit_code, gate_notes, gate_summary, gate_table, gates_to_json
from mlops_gitops.orchestration.evaluate_gates import accepting_decisions, baselines, evaluate_gates
from mlops_gitops.orchestration.first_merge import judging
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.requirements import governance_findings
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.monitoring.records_branch import newest_digest
from mlops_gitops.orchestration.propose import Files, OwnBranches, dry_run, proposal_report, propose
from mlops_gitops.orchestration.pull_context import targeted_pairs
from mlops_gitops.orchestration.remeasure import remote_refusals
from mlops_gitops.orchestration.workspace import CARRIED, Workspace
from mlops_gitops.policy.engine import existing_as_warnings, run_rules, select_rules, validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.promotion import promotion_change
from mlops_gitops.promotion.adoption import adoption_refusal, nothing_to_adopt
from mlops_gitops.promotion.manifest import require_kpis
from mlops_gitops.promotion.preconditions import unapprovable, ungated
from mlops_gitops.promotion.promotion_change import PromotionRequest, ReleaseManifest
from mlops_gitops.promotion.quarantine import LIFT_HELP, block_reason
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.pull_requests.flow_chart import flow
from mlops_gitops.records import decision
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.promotion import GATED, STOP, Promotion, TargetValue
from mlops_gitops.reporting.findings import findings_report
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import finish_or_abort, plan_digest, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.staying import staying_words
from mlops_gitops.rollout.wave_values import Step, step_values
from mlops_gitops.runtime import ci_job, clock


def carry_out(workspace: Workspace, base: str, request: PromotionRequest, today: date, *, only_show: bool) -> Report:
    """Turns a request into a pull request, or into the reason why not."""
    trusted = workspace.trusted(base)
    context = _context(workspace, trusted, base, request, today)
    request = _with_targets(context, _opening(context, request))
    _refuse_early(context, request)
    gates = _gates(workspace, context, request) if request.action in GATED else ()
    if worst(gates) is not Outcome.PASSED:
        return _gates_missed(request, gates)
    record = promotion_change.compose_record(context, request, gates, [rule.id for rule in select_rules(Scope.BASE)])
    _refuse_changed_targets(trusted, record)
    change = promotion_change.promotion_change_set(trusted, request, record)
    diagram = tuple(flow(trusted, record))
    proposed = _proposed(context, change)
    evidence = evidence_of(workspace.store_here(), proposed.head.tree)
    refused = _refused(proposed, request, governance_findings(proposed, evidence))
    if refused:
        return refused
    notes = (*gate_notes(gates), *filter(None, [staying_words(record.stays)]))
    if only_show:
        shown = dry_run(change, {value.path: trusted.tree.read(value.path) or b"" for value in record.targets})
        return replace(shown, lines=(*shown.lines, *notes), flow=diagram)
    own_branches = OwnBranches(_is_ours, lambda before, files: _is_same(before, files, record), _text)
    proposal = propose(workspace.git, workspace.forge, change, base, own_branches)
    report = proposal_report(proposal, waits=[*_waits(proposed), *_never(proposed, request)])
    tables = (gate_table(gates, f"{request.model} {request.release.version}"),) if gates else ()
    lines = (*notes, *report.lines, *_taken_along(workspace, base, request))
    return replace(report, tables=tables, lines=lines, flow=diagram)


@frozen
class Intent:
    """What a command asks for: promote, rollback or adopt, and the paths of the decisions that come along.

    `requested_by` is the requester, None for the person who runs the command or started the job. `evidence` are the
    digests of the observations that it depends on; with `aborts` the opening of the rollout has approved it.
    """

    action: str
    model: str
    environment: str
    why: str
    decisions: Sequence[str] = ()
    requested_by: Mapping[str, str] | None = None
    evidence: tuple[str, ...] = ()
    aborts: bool = False


def build_request(
    workspace: Workspace, trusted: Snapshot, intent: Intent, manifest: ReleaseManifest
) -> PromotionRequest:
    """The request of a command, with the bytes of the decisions that the base lacks. Raises Error."""
    carried = carried_decisions(workspace, trusted, intent.decisions)
    return PromotionRequest(
        intent.action, intent.model, intent.environment, manifest, intent.why,
        intent.requested_by or _requester(workspace), f"mlops-gitops {__version__}", clock.now(), carried,
        newest_digest(workspace, intent.environment, intent.model), evidence=intent.evidence, aborts=intent.aborts,
    )  # fmt: skip


def roll_back(workspace: Workspace, intent: Intent, to: str | None = None, *, only_show: bool = False) -> Report:
    """Opens the pull request, back to `to` or the release before. Raises Error where there is none.

    It runs no gates and ignores the order: the release has run here. The first rollout of a model is stopped, since
    there is nothing to go back to.
    """
    base, model, environment = workspace.sync(), intent.model, intent.environment
    trusted, today = judging(workspace, base), clock.today()
    require_known(trusted, model=model, environment=environment)
    context = Context(trusted, today, trusted, workspace.lazy_ledger(base))
    version = promotion_change.rollback_target(context, environment, model, to)
    running = running_rollout(context.ledger, context.at, environment, model)
    action = STOP if version is None and running else "rollback"
    version = running.record.release if version is None and running else version
    manifest = promotion_change.find_release(trusted, trusted, model, version)
    request = build_request(workspace, trusted, replace(intent, action=action), manifest)
    return carry_out(workspace, base, request, today, only_show=only_show)


def _requester(workspace: Workspace) -> Mapping[str, str]:
    """The requester: the person who started the job, or the committer by git. Raises Error for a bot."""
    requester = ci_job.requester()
    if requester is None:
        return {"email": workspace.git.committer_email(), "via": "command line"}
    if not ci_job.sender(requester["login"]) and requester.get("run"):  # not every event has a sender
        for account in sorted(workspace.forge.job_starters(requester["run"], ""), key=lambda account: account.login):
            if not account.is_person:
                raise ci_job.no_person(account.login)
    return requester


def carried_decisions(workspace: Workspace, trusted: Snapshot, paths: Sequence[str]) -> dict[str, bytes]:
    """The decisions of the work tree that the base lacks, by path. Raises Error for one that is not valid."""
    decisions = {path: _decision_bytes(workspace, path) for path in paths}
    carried = {path: data for path, data in decisions.items() if data != read_if_possible(trusted.tree, path)}
    head = Snapshot(Overlay(carried, trusted.tree))
    for path in carried:
        entry = head.entry(path, decision.KIND) if head.index.get(path) is decision.KIND else None
        if entry is None or entry.record is None:
            raise Error(f"{path} is not a valid decision", help=f"mlops-gitops validate {path}")
    return carried


def _decision_bytes(workspace: Workspace, path: str) -> bytes:
    try:
        data = workspace.own.tree.read(path) if safe_path(path) else None
    except Unreadable as error:
        raise Error(f"the decision {path} {error.message}") from error
    if data is None:
        raise Error(f"there is no decision {path} in the work tree")
    return data


def _context(workspace: Workspace, trusted: Snapshot, base: str, request: PromotionRequest, today: date) -> Context:
    brought = request.brought()
    head = Snapshot(Overlay(brought, trusted.tree))
    return Context(head, today, trusted, workspace.lazy_ledger(base), dict.fromkeys(brought, "A"), at=workspace.at)


def _refuse_early(context: Context, request: PromotionRequest) -> None:
    """Raises Refused for what no gate can change, before anything is measured."""
    enters = request.action != STOP  # which takes it away
    reason = block_reason(context, request.release, request.environment) if enters else None
    if reason:
        raise Refused(reason, help=LIFT_HELP)
    current = context.ledger.current(request.environment, request.model) if context.ledger else None
    running = running_rollout(context.ledger, context.at, request.environment, request.model)
    if running is not None:
        if request.action in (*GATED, "adopt"):
            raise Refused(running.words, help=finish_or_abort(running))
        return
    if request.action == "adopt":
        _refuse_adoption(context, request, begun=current is not None)
    state = context.base.state(request.environment, request.model) if context.base else None
    if current is None or context.ledger is None or not isinstance(current.record, Promotion) or state is None:
        return
    if not current.record.release == state.release == request.release.version:
        return
    if _everywhere(context, request, current.record) not in ((), _movable(current.record, current.record.targets)):
        return  # its targets were edited since: a record renders them again
    runs = f"{request.environment} runs {request.model} {state.release} already"
    if current.tag not in context.ledger.receipts:
        raise Refused(f"{runs}, and its receipt is not written yet", help="mlops-gitops record")
    if context.ledger.proven(current):  # else a record with the missing approvals can follow
        raise Refused(runs)


def _opening(context: Context, request: PromotionRequest) -> PromotionRequest:
    """The request; of a promotion to an environment that takes the model in waves, the one that opens the first."""
    base = context.base
    state = base.state(request.environment, request.model) if base else None
    if request.action != "promote" or base is None or state is None or state.rollout is None:
        return request
    first = state.rollout.waves[0]
    return replace(request, action="open", wave=first.name, rollout=plan_digest(state, base))


def _everywhere(context: Context, request: PromotionRequest, current: Promotion) -> tuple[TargetValue, ...]:
    """What the targets say once the release has all of them that the record in force did not leave as they were."""
    values = step_values(context, Step("promote", request.environment, request.release)).values
    return _movable(current, values)


def _movable(record: Promotion, values: tuple[TargetValue, ...]) -> tuple[TargetValue, ...]:
    return tuple(value for value in values if value.target not in record.stays)


def _with_targets(context: Context, request: PromotionRequest) -> PromotionRequest:
    """The request with what it sets in the files that the desired state names as targets. Raises Error."""
    rendering = step_values(context, Step(request.action, request.environment, request.release, request.wave))
    if rendering.faults:
        name, reason = rendering.faults[0]
        raise Error(f"the target {name} of {request.model} in {request.environment} cannot be set: {reason}")
    return replace(request, targets=rendering.values, stays=rendering.stays)


def _refuse_changed_targets(trusted: Snapshot, record: Promotion) -> None:
    """An adoption records what runs: raises Refused where a target says something else."""
    if record.action == "adopt":
        files = promotion_change.target_files(trusted, record)
        if path := next((path for path, data in files.items() if data != trusted.tree.read(path)), None):
            reason = f"{path} does not say what {record.model} {record.release} renders there"
            raise Refused(f"{reason}: an adoption records what runs, and changes nothing", help="promote it")


def _refuse_adoption(context: Context, request: PromotionRequest, *, begun: bool) -> None:
    if begun:
        raise Refused(nothing_to_adopt(request.environment), help=f"promote it: {_command(request)}")
    if (refusal := adoption_refusal(context, request.environment)) is not None:
        message, help = refusal
        raise Refused(message, help=help)


def _command(request: PromotionRequest) -> str:
    return f"mlops-gitops promote {request.model} --to {request.environment} --release {request.release.version}"


def _gates(workspace: Workspace, context: Context, request: PromotionRequest) -> tuple[GateResult, ...]:
    if context.base is None or context.ledger is None:
        return ()
    store = workspace.store_here()
    kpis = require_kpis(context.base, request.model)
    if (refused := ungated(kpis)) is not None:
        raise refused
    for refusal in remote_refusals(store, context.base.tracking, request.release.stored()):
        raise refusal
    accepted = accepting_decisions(context, kpis, request.release.version, request.environment)
    running = baselines(context.base, context.ledger, kpis, request.release)
    pins, cache = request.release.evaluation, workspace.measurement_cache()
    return evaluate_gates(store, kpis_of(kpis, request.release), pins, running, accepted, cache)


def _gates_missed(request: PromotionRequest, gates: tuple[GateResult, ...]) -> Report:
    outcome = worst(gates)
    first = next(result for result in gates if result.effective is outcome)
    where = f"{request.model} {request.release.version} was not proposed for {request.environment}"
    lines = [*gate_summary(gates)[:-1], f"refused: {where}: {first.reason}"]
    table = gate_table(gates, f"{request.model} {request.release.version} for {request.environment}")
    data = {"version": 1, "done": "refused", "outcome": outcome.value, "kpis": gates_to_json(gates)}
    return Report(data, (), (table,), tuple(lines), exit_code(outcome))


def _proposed(context: Context, change: ChangeSet) -> Context:
    """The base with the change in it, as its pull request will be judged."""
    tree = context.policy.tree
    changes = {path: "M" if tree.exists(path) else "A" for path in change.files}
    return replace(context, head=Snapshot(Overlay(change.files, tree)), changes=changes, paths=frozenset(changes),
                   targeted=targeted_pairs(context.policy, changes))  # fmt: skip


def _refused(proposed: Context, request: PromotionRequest, governance: Sequence[Diagnostic]) -> Report | None:
    found = (*existing_as_warnings(proposed, validate(proposed, Scope.BASE)), *governance)
    errors = tuple(d for d in found if d.severity is Severity.ERROR)
    if not errors:
        return None
    line = f"refused: {request.model} {request.release.version} was not proposed for {request.environment}"
    return findings_report(errors, proposed.head, files=len(proposed.changes), lines=[f"{line}: {errors[0].message}"])


def _waits(proposed: Context) -> list[str]:
    """What the pull request will have to wait for, beside approvals: a soak, the end of a freeze."""
    now = clock.utc_now()
    timed = replace(proposed, now=now if now.date() == proposed.today else None)
    standing = (rule for rule in select_rules(Scope.PULL) if rule.standing)
    return [finding.message for finding in run_rules(timed, standing)]


def _never(proposed: Context, request: PromotionRequest) -> list[str]:
    """Why nobody will be able to approve it, as far as it is known who could."""
    requester = request.requested_by.get("login") or request.requested_by.get("email", "")
    lacks = unapprovable(proposed.project, requester, request.environment) if proposed.project else ()
    return [lack.message for lack in lacks if lack.exit_code != UNDECIDED]


def _taken_along(workspace: Workspace, base: str, request: PromotionRequest) -> list[str]:
    """What became of the files in the work tree that the pull request now holds."""
    brought = {path: data for path, data in request.brought().items() if data is not None}
    moved = workspace.take_along(base, brought)
    lines = [f"{path} is in the pull request and no longer here: git pull brings it after the merge" for path in moved]
    back = f"git restore --source={CARRIED} -- {shlex.join(moved)}"
    return [*lines, f"where it is not to be merged, this brings it back: {back}"] if moved else []


def _is_ours(before: Snapshot, files: Files) -> bool:
    return promotion_change.record_of_change(before, files) is not None


def _is_same(before: Snapshot, files: Files, record: Promotion) -> bool:
    found = promotion_change.record_of_change(before, files)
    return found is not None and promotion_change.same_content(found, record)


def _text(before: Snapshot, files: Files) -> tuple[str, str]:
    record = promotion_change.record_of_change(before, files)
    return pull_text.promotion_text(before, Snapshot(Overlay(files, before.tree)), record) if record else ("", "")
