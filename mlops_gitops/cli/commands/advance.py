"""Go on with rollouts and promote what `policies.auto_promote` names; merge what needs nobody's approval."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mlops_gitops.cli.arguments import add_environment, add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import FAILED, PASSED, Error, Refused
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.promote import Intent, build_request, carry_out
from mlops_gitops.orchestration.rollouts.propose_return import DueReturn, due_return, propose_return
from mlops_gitops.orchestration.rollouts.propose_step import (
    DueStep,
    carrying,
    due_step,
    in_words,
    propose_step,
    states,
    waiting_code,
)
from mlops_gitops.orchestration.statuses.status_answers import check_pull
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion import promotion_change
from mlops_gitops.promotion.auto_promote import REQUESTER, ROLLOUT_REQUESTER, DuePromotion, due_promotions
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.rollout.rollout_state import RolloutState, rollout_state
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import isolated, one_line

WHY = "policies.auto_promote names this environment."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)
    add_environment(parser, "--in", required=False)
    parser.add_argument("--decision", action="append", default=[], metavar="PATH", help="carry this new decision along")
    parser.add_argument("--dry-run", action="store_true", help="say what is due, or print the change; write nothing")


def run(args: argparse.Namespace) -> Report:
    """Proposes each step and promotion that is due; one that is refused does not stop the others."""
    if (args.model is None) != (args.environment is None):
        raise Error("a rollout is of a model in an environment", help="mlops-gitops advance MODEL --in ENV")
    if args.decision and args.model is None:
        raise Error("a decision is about one rollout", help="mlops-gitops advance MODEL --in ENV --decision PATH")
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted = workspace.trusted(base)
    now = clock.utc_now()
    context = Context(trusted, now.date(), trusted, workspace.lazy_ledger(base), at=workspace.at, now=now)
    if args.model is not None:
        require_known(trusted, model=args.model, environment=args.environment)
        context = carrying(workspace, context, args.decision)
        state = rollout_state(context, args.environment, args.model)
        if state.running is None:
            reason = f"no rollout of {args.model} runs in {args.environment}: {state.in_force or 'nothing'} is in force"
            raise Refused(reason, help=f"mlops-gitops promote {args.model} --to {args.environment}")
        if (back := due_return(state)) is not None:
            return _back(workspace, base, back, only_show=args.dry_run)
        due = due_step(state, context.changes)
        return _one(workspace, base, due or _waiting(state, state.running.record), only_show=args.dry_run)
    return _report([*_steps(workspace, base, context, args.dry_run), *_due(workspace, base, context, args.dry_run)])


@frozen
class _Outcome:
    """What became of a step or promotion that was due: the word for it, why, and the exit code."""

    model: str
    environment: str
    release: str
    done: str
    because: str = ""
    code: int = PASSED

    @property
    def cells(self) -> tuple[str, ...]:
        return self.environment, self.model, self.release, self.done, self.because

    @property
    def data(self) -> dict[str, str]:
        subject = {"model": self.model, "environment": self.environment, "release": self.release}
        return subject | {"done": self.done, "because": self.because}


def _report(outcomes: list[_Outcome]) -> Report:
    tables = (Table("", ("environment", "model", "release", "result", "reason"), tuple(o.cells for o in outcomes)),)
    data: dict[str, Any] = {"version": 1, "due": [outcome.data for outcome in outcomes]}
    code = max((outcome.code for outcome in outcomes), default=PASSED)
    return Report(data, (), tables if outcomes else (), () if outcomes else ("nothing is due",), code)


# ── rollouts ──


def _one(workspace: Workspace, base: str, due: DueStep | _Outcome, *, only_show: bool) -> Report:
    """The next step of one rollout, which the person who runs the command asks for; or why it waits."""
    if isinstance(due, _Outcome):
        return Report({"version": 1, "due": [due.data]}, lines=(due.because,), exit_code=due.code)
    if only_show:
        return propose_step(workspace, base, due, None, only_show=True)
    return _report([_stepped(workspace, base, due, None)])


def _back(workspace: Workspace, base: str, due: DueReturn, *, only_show: bool) -> Report:
    """The return from a wave that failed, which the person who runs the command asks for."""
    return (
        propose_return(workspace, due, None, only_show=True)
        if only_show
        else _report([_returned(workspace, base, due, None)])
    )


def _steps(workspace: Workspace, base: str, context: Context, only_show: bool) -> Iterator[_Outcome]:
    """Every step that is due, which the policy asks for: the opening was approved, and its waves with it.

    A rollout of which nobody can say whether it may go on is an outcome too.
    """
    for state in states(context):
        due, back = due_step(state), due_return(state)
        if back is not None and only_show:
            yield _Outcome(back.record.model, back.record.environment, back.record.release, "due", back.words, FAILED)
        elif back is not None:
            yield _returned(workspace, base, back, ROLLOUT_REQUESTER)
        elif due is None:
            if state.running and state.hold.undecided:
                yield _waiting(state, state.running.record)
        elif only_show:
            yield _Outcome(due.record.model, due.record.environment, due.record.release, "due", f"it {due.words}")
        else:
            yield _stepped(workspace, base, due, ROLLOUT_REQUESTER)


def _waiting(state: RolloutState, record: Promotion) -> _Outcome:
    """The outcome of a rollout that cannot go on now."""
    reason = f"{state.hold.reason}; {state.hold.help}" if state.hold.help else state.hold.reason
    return _Outcome(record.model, record.environment, record.release, state.name, reason, waiting_code(state))


def _stepped(workspace: Workspace, base: str, due: DueStep, requested_by: dict[str, str] | None) -> _Outcome:
    record = due.record
    proposal = partial(propose_step, workspace, base, due, requested_by)
    done = _carried_out(workspace, base, proposal, asks=due.asks)
    because = f"{due.words}: {done[1]}" if done[1] else due.words
    return _Outcome(record.model, record.environment, record.release, done[0], because, done[2])


def _returned(workspace: Workspace, base: str, due: DueReturn, requested_by: dict[str, str] | None) -> _Outcome:
    """What became of a return: the exit code says that a wave failed, whatever became of it."""
    record = due.record
    done, because, code = _carried_out(
        workspace, base, partial(propose_return, workspace, due, requested_by), asks=due.asks
    )
    because = f"goes back: {because}; {due.words}" if because else f"goes back: {due.words}"
    return _Outcome(record.model, record.environment, record.release, done, because, max(code, FAILED))


# ── auto_promote ──


def _due(workspace: Workspace, base: str, context: Context, only_show: bool) -> Iterator[_Outcome]:
    for due in due_promotions(context):
        done = ("due", "", PASSED) if only_show else _promoted(workspace, base, due)
        yield _Outcome(due.model, due.environment, due.version, *done)


def _promoted(workspace: Workspace, base: str, due: DuePromotion) -> tuple[str, str, int]:
    """Proposes a promotion, and merges it where it needs no approvals."""
    project = workspace.trusted(base).project
    asks = in_words(project.environments[due.environment].approvals) if project else "its project is gone"
    return _carried_out(workspace, base, partial(_propose, workspace, base, due), asks=asks)


def _propose(workspace: Workspace, base: str, due: DuePromotion) -> Report:
    trusted = workspace.trusted(base)
    manifest = promotion_change.find_release(trusted, trusted, due.model, due.version)
    intent = Intent("promote", due.model, due.environment, WHY, requested_by=REQUESTER)
    request = build_request(workspace, trusted, intent, manifest)
    return carry_out(workspace, base, request, clock.today(), only_show=False)


# ── both ──


def _carried_out(workspace: Workspace, base: str, proposal: Callable[[], Report], *, asks: str) -> tuple[str, str, int]:
    """What became of a proposal: what was done, why, and the exit code; a failure is an outcome too.

    `asks` are the approvals that it needs, "" for none.
    """
    done = isolated(partial(_proposed, workspace, base, proposal, asks=asks))
    return ("refused", one_line(done), done.exit_code) if isinstance(done, Error) else done


def _proposed(workspace: Workspace, base: str, proposal: Callable[[], Report], *, asks: str) -> tuple[str, str, int]:
    """The same of one that raises Error. It is merged where it needs no approval."""
    outcome = proposal()
    if outcome.exit_code != PASSED:
        return "refused", outcome.lines[-1] if outcome.lines else "", outcome.exit_code
    number = int(outcome.data["pull_request"]["number"])
    if asks:
        return str(outcome.data["done"]), f"#{number} waits for approvals: {asks}", PASSED
    return (*_merge(workspace, base, number), PASSED)


def _merge(workspace: Workspace, base: str, number: int) -> tuple[str, str]:
    """Merges a proposal that needs no approvals, if its check passes; what was done, and why."""
    pull = workspace.forge.read(number)
    if pull is None or pull.state != "open":
        return "opened", f"#{number} was closed meanwhile"
    checked = check_pull(workspace, base, pull)
    status = checked.head_status or checked.status
    if status.state != "success":
        return "opened", f"#{number}: {status.description}"
    try:
        workspace.forge.merge(pull, "merge", pull.author.login)
    except Refused as error:  # such as another required check that still runs: the next run tries again
        return "opened", error.message
    return "merged", f"#{number}"


COMMAND = Command("advance", __doc__.strip(), add_arguments, run)
