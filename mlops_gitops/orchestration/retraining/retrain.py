"""The retraining of a model from its decision to its pull request, its record and its issue; each step is repeatable.

What a run handed over is kept until all of it is written, so that a process that was stopped is carried on by the next.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import timedelta

from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error, Refused, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.table import Table
from mlops_gitops.forges.issue import IssueChange, Step
from mlops_gitops.gates.table import gate_table, gates_to_json
from mlops_gitops.monitoring.alarms.issue_text import owner_text
from mlops_gitops.orchestration.propose import proposal_report
from mlops_gitops.orchestration.retraining.conclude import Conclusion, HandOver, conclude
from mlops_gitops.orchestration.retraining.decide import Decided, decide_models
from mlops_gitops.orchestration.retraining.receive_run import read_run
from mlops_gitops.orchestration.retraining.records import retraining_chain, write_retraining
from mlops_gitops.orchestration.retraining.recover import recover
from mlops_gitops.orchestration.retraining.run_pipeline import PipelineRun, kept_log, run_pipeline, scratch_folder
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.retraining import PULL_REQUEST, Retraining
from mlops_gitops.reporting.report import Report
from mlops_gitops.retraining.handover.handed_run import FILE as CLAIMS
from mlops_gitops.retraining.handover.handed_run import Ending, HandedRun
from mlops_gitops.retraining.issue_text import retraining_issue
from mlops_gitops.retraining.outcome import Decision, Hold, Outcome
from mlops_gitops.retraining.record import Run, RunOutcome
from mlops_gitops.retraining.set_params import filled
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import one_line
from mlops_gitops.runtime.scratch import scratch

SLACK = timedelta(hours=24)  # between the end of a run and its proposal, such as a wait for a runner
_EARLY = timedelta(minutes=5)  # by which the clocks of two runners differ
_LONGEST = timedelta(minutes=43_200)  # the largest budget that retraining.yaml may have


@frozen
class Settled:
    """What became of one model: sentences, the gates as far as they were judged, and what a program reads of it."""

    model: str
    done: str
    lines: tuple[str, ...]
    exit_code: int
    tables: tuple[Table, ...] = ()
    conclusion: Conclusion | None = None

    def to_json(self) -> dict[str, object]:
        """The JSON of it."""
        run, pull = (self.conclusion.run, self.conclusion.proposal) if self.conclusion else (None, None)
        return {
            "model": self.model, "done": self.done,
            "reasons": list(self.conclusion.reasons) if self.conclusion else [],
            "version": run.version if run else None, "branch": run.branch if run else None,
            "pull_request": pull.pull.number if pull else None,
            "kpis": gates_to_json(self.conclusion.gates) if self.conclusion else [],
        }  # fmt: skip


def retrain_model(workspace: Workspace, model: str, why: str = "") -> Settled:
    """Decides, runs both jobs one after the other where a retraining is decided, and writes what follows.

    What an earlier process had handed over and not written is carried on first. Raises Error, Undecided.
    """
    folder = f"{scratch_folder(workspace, model)}-handed"
    with scratch(f"{scratch_folder(workspace, model)}-retraining", f"a retraining of {model} is going on"):
        if (settled := _carried_on(workspace, model, folder)) is not None:
            return settled
        decided = decide_models(workspace, model, clock.utc_now(), why)[0]
        if not is_run(decided.decision, decided.policy):
            return settle_without_run(workspace, decided)
        shutil.rmtree(folder, ignore_errors=True)
        run_pipeline(workspace, pipeline_run(decided.decision, decided.policy), folder)
        return _finished(workspace, decided, folder)


def is_run(decision: Decision, policy: Retraining) -> bool:
    """Whether a decision is followed by a run of the pipeline."""
    return decision.outcome is Outcome.RETRAIN and policy.then == PULL_REQUEST


def settle_without_run(workspace: Workspace, decided: Decided) -> Settled:
    """What follows from a decision without a run of the pipeline, or from an open one that is not on record yet."""
    if any(blocker.hold is Hold.OPEN for blocker in decided.decision.blockers):
        found = recover(workspace, decided.policy.model)
        if found is not None:
            return _written(workspace, found.decided, Conclusion(found.run, (found.run.reason,)), PASSED)
    if decided.decision.outcome is Outcome.RETRAIN:
        return _left_to_others(workspace, decided)
    return _held(workspace, decided)


def _carried_on(workspace: Workspace, model: str, folder: str) -> Settled | None:
    """What becomes of a run that was handed over and not written; None where there is none, or it is too old."""
    if not os.path.exists(os.path.join(folder, CLAIMS)):
        return None
    try:
        return settle_handed(workspace, model, folder, read_run(folder, model).why)
    except Refused:  # it is of no decision any more
        shutil.rmtree(folder, ignore_errors=True)
        return None


def settle_handed(workspace: Workspace, model: str, folder: str, why: str = "") -> Settled:
    """Job two alone: decides again by the moment of the run, and concludes what the folder holds.

    `why` is of a person whom the caller knows, and never what the run says. Raises Refused where nothing called for the
    run, or it is too old.
    """
    if not os.path.exists(os.path.join(folder, CLAIMS)):
        return _without_hand_over(workspace, model, folder, why)
    claims = _recent_run(folder, model)
    decided = decide_models(workspace, model, claims.decided_at, why, run=claims.started)[0]
    _require_recent(claims, timedelta(minutes=decided.policy.budget.minutes) + SLACK)
    if decided.decision.outcome is Outcome.RETRAIN:
        return _finished(workspace, decided, folder)
    settled = _held(workspace, decided)
    if settled.exit_code == UNDECIDED:
        raise Undecided(settled.lines[0])
    raise Refused(f"the run of {claims.started} is not proposed: {settled.lines[0]}")


def _without_hand_over(workspace: Workspace, model: str, folder: str, why: str) -> Settled:
    decided = decide_models(workspace, model, clock.utc_now(), why)[0]
    if is_run(decided.decision, decided.policy):
        raise Undecided(f"{model} is to be retrained, and {folder} holds no run of it", help="see what ended the run")
    return settle_without_run(workspace, decided)


def _recent_run(folder: str, model: str) -> HandedRun:
    """What a folder says of its run, before anything is computed from moments that the run may have made up."""
    claims = read_run(folder, model)
    _require_recent(claims, _LONGEST + SLACK)
    return claims


def _require_recent(claims: HandedRun, most: timedelta) -> None:
    now = clock.utc_now()
    if not -_EARLY <= now - claims.decided_at <= most:
        reason = f"the run says that it was decided at {claims.decided}, and only what is at most {most} old is taken"
        raise Refused(reason, help="run it again")
    if not claims.decided_at <= claims.started_at <= now + _EARLY:
        reason = f"the run says that it started at {claims.started}, and it was decided at {claims.decided}"
        raise Refused(f"{reason}: a run starts after its decision, and before now", help="run it again")


def pipeline_run(decision: Decision, policy: Retraining) -> PipelineRun:
    """The run that a decision calls for. Raises Error where a param needs what is not known yet."""
    params = filled(policy.pipeline.params, {"window_end": decision.window_end})
    return PipelineRun(policy, decision.environment, decision.commit, decision.now, params, decision.why)


def _held(workspace: Workspace, decided: Decided) -> Settled:
    """A model that is not retrained, and why; what holds a retraining up that is called for goes on record, once."""
    decision = decided.decision
    if decision.outcome is Outcome.BLOCKED:
        write_retraining(workspace, decision)
    reasons = [blocker.message for blocker in decision.blockers]
    if decision.outcome is Outcome.UNDECIDED:
        reasons = [*reasons, *(finding.message for finding in decision.findings if finding.verdict.is_open)]
    why = reasons[0] if reasons else "no trigger is met"
    code = UNDECIDED if decision.outcome is Outcome.UNDECIDED else PASSED
    return Settled(
        decision.model, decision.outcome.value, (f"{decision.model} is not retrained: {why}", *reasons[1:]), code
    )


def _left_to_others(workspace: Workspace, decided: Decided) -> Settled:
    """A retraining that the policy leaves to people, or to a workflow: once for each cause."""
    decision, policy = decided.decision, decided.policy
    outcome = RunOutcome.DISPATCHED if policy.workflow else RunOutcome.ISSUE
    records = retraining_chain(workspace, policy.model).of_cause(decision.cause.digest if decision.cause else "")
    known = next((found.run for found in records if found.run and found.run.outcome is outcome), None)
    if policy.workflow and known is None:
        workspace.forge.start_workflow(policy.workflow, {"model": policy.model})
    reason = f"the workflow {policy.workflow} was started" if policy.workflow else f"{policy.path} leaves it to people"
    run = known or Run(outcome, decision.now, 0.0, reason)
    return _written(workspace, decided, Conclusion(run, (reason,)), PASSED)


def _finished(workspace: Workspace, decided: Decided, folder: str) -> Settled:
    """Concludes a run, writes its record and its issue, and lets go of what it handed over."""
    claims = _recent_run(folder, decided.policy.model)
    if claims.ending is Ending.FINISHED:
        run = pipeline_run(decided.decision, decided.policy)
        conclusion = conclude(workspace, HandOver(folder, claims, decided.decision, run))
    else:
        conclusion = Conclusion(
            Run(RunOutcome.FAILED, claims.started, claims.seconds / 60, claims.reason), (claims.reason,)
        )
    if conclusion.run.outcome is not RunOutcome.PROPOSED:
        log = kept_log(workspace, claims, folder)
        conclusion = replace(conclusion, run=replace(conclusion.run, log=log))
    settled = _written(workspace, decided, conclusion, conclusion.exit_code)
    if _is_own(workspace, folder):
        shutil.rmtree(folder, ignore_errors=True)
    return settled


def _written(workspace: Workspace, decided: Decided, conclusion: Conclusion, code: int) -> Settled:
    decision, run, model = decided.decision, conclusion.run, decided.policy.model
    record = write_retraining(workspace, decision, run)
    table = gate_table(conclusion.gates, f"KPIs of the candidate of {model}") if conclusion.gates else None
    issue = retraining_issue(decision, run, conclusion.reasons, table, _owners(workspace, decided))
    change = workspace.forge.write_issue(issue)
    lines = [f"{model}: {run.outcome.value.replace('_', ' ')}: {run.reason}", *conclusion.reasons[1:]]
    lines += proposal_report(conclusion.proposal).lines if conclusion.proposal else ()
    lines += [f"log: {run.log}"] if run.log else []
    lines += [f"recorded: {record.path}"] if record else []
    lines += _issue_lines(change)
    return Settled(model, run.outcome.value, tuple(lines), code, (table,) if table else (), conclusion)


def _issue_lines(change: IssueChange) -> Sequence[str]:
    done = {Step.OPEN: "opened", Step.EDIT: "updated", Step.REOPEN: "opened again", Step.CLOSE: "closed"}
    return (
        [f"issue #{change.issue.number} {done[change.step]}: {change.issue.title}"]
        if change.issue and change.step in done
        else []
    )


def _owners(workspace: Workspace, decided: Decided) -> str:
    project = workspace.at(decided.decision.commit).project
    return ", ".join(owner_text(role, project) for role in decided.policy.decides)


def _is_own(workspace: Workspace, folder: str) -> bool:
    return os.path.dirname(os.path.abspath(folder)) == os.path.dirname(scratch_folder(workspace, "x"))


def settled_error(model: str, error: Error) -> Settled:
    """A model of several whose retraining an error stopped."""
    return Settled(model, "error", (f"{model}: {one_line(error)}",), error.exit_code)


def report(settled: Sequence[Settled]) -> Report:
    """What became of each model; the exit code is that of the one that went worst."""
    lines = tuple(line for each in settled for line in each.lines)
    tables = tuple(table for each in settled for table in each.tables)
    codes = [each.exit_code for each in settled]
    code = FAILED if FAILED in codes else UNDECIDED if UNDECIDED in codes else max(codes, default=PASSED)
    return Report({"version": 1, "retrainings": [each.to_json() for each in settled]}, (), tables, lines, code)
