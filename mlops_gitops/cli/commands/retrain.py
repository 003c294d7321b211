"""Retrain a model when its retraining.yaml says so: decide, run its pipeline, judge the candidate, and propose it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence

from mlops_gitops.cli.arguments import parse_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.orchestration.retraining.decide import Decided, decide_models, policy_at, retrained_models
from mlops_gitops.orchestration.retraining.retrain import (
    Settled,
    is_run,
    pipeline_run,
    report,
    retrain_model,
    settle_handed,
    settled_error,
)
from mlops_gitops.orchestration.retraining.run_pipeline import run_pipeline
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.reporting.report import Report
from mlops_gitops.retraining.handover.handed_run import Ending
from mlops_gitops.retraining.outcome import Decision, Outcome
from mlops_gitops.retraining.serialize import decision_data, decisions_in
from mlops_gitops.retraining.tables.check_table import decision_lines, decision_table
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import isolated
from mlops_gitops.runtime.named_file import read_named

RUN, PROPOSE = "run", "propose"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    help = "only this model; with `run` or `propose` before it: one of the two jobs alone"
    parser.add_argument("words", nargs="*", type=parse_model, metavar="[run|propose] [MODEL]", help=help)
    parser.add_argument("--check", action="store_true", help="decide and explain, and store nothing")
    parser.add_argument("--why", default="", metavar="TEXT", help="start it by hand, for this reason")
    jobs = parser.add_argument_group("for two jobs")
    jobs.add_argument("--decision", metavar="FILE", help="run: what --check --format json printed, not decided again")
    jobs.add_argument("--out", metavar="FOLDER", help="run: where a folder for each model that is run goes")
    jobs.add_argument("--from", dest="source", metavar="FOLDER", help="propose: that folder")


def run(args: argparse.Namespace) -> Report:
    """Decides and explains, or does what follows."""
    job, model = _job_and_model(args)
    workspace = open_workspace(args.repo)
    if job == RUN and args.decision:
        return _run_decided(workspace, _decided_before(args.decision, model), args.out)
    if workspace.git.has_remote():
        workspace.sync()
    if args.check:
        return checked(decide_models(workspace, model, clock.utc_now(), args.why))
    if job == RUN:
        found = decide_models(workspace, model, clock.utc_now(), args.why)
        return _run_decided(workspace, [each.decision for each in found], args.out)
    if job == PROPOSE:
        return _each(
            workspace, model, lambda name: settle_handed(workspace, name, os.path.join(args.source, name), args.why)
        )
    return _each(workspace, model, lambda name: retrain_model(workspace, name, args.why))


def _job_and_model(args: argparse.Namespace) -> tuple[str, str | None]:
    """The job, "" for both, and the model. Raises Error for arguments that do not go together."""
    job = args.words[0] if args.words and args.words[0] in (RUN, PROPOSE) else ""
    rest = args.words[1:] if job else args.words
    if len(rest) > 1:
        raise Error(
            f"one model at a time, and not {' '.join(rest)!r}", help="mlops-gitops retrain [run|propose] [MODEL]"
        )
    if args.check and job:
        raise Error(f"--check stores nothing, and `{job}` does", help="mlops-gitops retrain --check")
    for flag, value, wanted in (("--out", args.out, RUN), ("--from", args.source, PROPOSE)):
        if (value is not None) != (job == wanted):
            raise Error(f"{flag} goes with `{wanted}`", help=f"mlops-gitops retrain {wanted} [MODEL] {flag} FOLDER")
    if job == PROPOSE and not os.path.isdir(args.source):
        raise Error(f"there is no folder {args.source}", help="name the one that --out of `retrain run` named")
    if args.decision and (job != RUN or args.why):
        raise Error("--decision goes with `run` and without --why", help="mlops-gitops retrain run --decision FILE …")
    if args.why and not rest:
        raise Error("a reason is about one model", help="mlops-gitops retrain MODEL --why TEXT")
    return job, rest[0] if rest else None


def _decided_before(path: str, model: str | None) -> list[Decision]:
    try:
        found = decisions_in(read_named(path))
    except OSError as error:
        raise Error(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        help = "mlops-gitops retrain --check --format json > FILE"
        raise Error(f"{path} is not what --check printed: {error}", help=help) from error
    chosen = [decision for decision in found if model in (None, decision.model)]
    if not chosen:
        raise Error(f"{path} holds no decision on {model}")
    return chosen


def _run_decided(workspace: Workspace, decisions: Sequence[Decision], out: str) -> Report:
    """Job one of every model that is to be run."""
    lines, done, code = list[str](), [], PASSED
    for decision in decisions:
        policy = policy_at(workspace, decision.commit, decision.model)
        if not is_run(decision, policy):
            lines.append(f"{decision.model}: nothing to run: {decision.outcome.value}")
            continue
        folder = os.path.join(out, decision.model)
        ended = run_pipeline(workspace, pipeline_run(decision, policy), folder)
        code = code if ended.ending is Ending.FINISHED else FAILED
        done.append({"model": decision.model, "folder": folder, "ending": ended.ending.value, "reason": ended.reason})
        lines.append(f"{decision.model}: {ended.reason or 'the pipeline ran'}: handed over in {folder}")
    return Report({"version": 1, "runs": done}, lines=tuple(lines), exit_code=code)


def _each(workspace: Workspace, model: str | None, settle: Callable[[str], Settled]) -> Report:
    """What becomes of each model; of several, an error of one stops no other."""
    if model is not None:
        return report([settle(model)])
    settled = []
    for name in retrained_models(workspace, None):
        found = isolated(lambda name=name: settle(name))  # type: ignore[misc]
        settled.append(settled_error(name, found) if isinstance(found, Error) else found)
    return report(settled)


def checked(found: Sequence[Decided]) -> Report:
    """The decisions as a report; it is undecided where one of them is."""
    decisions = [each.decision for each in found]
    lines: list[str] = []
    for decision in decisions:
        lines += [*([""] if lines else []), *([f"{decision.model}:"] if len(decisions) > 1 else [])]
        lines += decision_lines(decision)
    data = {"version": 1, "decisions": [decision_data(decision) for decision in decisions]}
    undecided = any(decision.outcome is Outcome.UNDECIDED for decision in decisions)
    tables = tuple(map(decision_table, decisions))
    return Report(data, (), tables, tuple(lines), UNDECIDED if undecided else PASSED)


COMMAND = Command("retrain", __doc__.strip(), add_arguments, run)
