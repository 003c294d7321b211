"""Show where a rollout is: its waves, what each target is to run, and what happens next."""

from __future__ import annotations

import argparse
from typing import Any

from mlops_gitops.cli.arguments import add_environment, add_model, parse_name
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, UNDECIDED, Error
from mlops_gitops.orchestration.first_merge import judging, require_merged
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.rollouts.fleet_report import fleet_report
from mlops_gitops.orchestration.rollouts.open_pulls import OpenPulls, open_pulls, waits_for
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.rollout import rollout_state
from mlops_gitops.rollout.device_release import fleet
from mlops_gitops.rollout.evidence import wave_evidence
from mlops_gitops.rollout.observed_view import ObservedView
from mlops_gitops.rollout.rollout_view import RolloutView
from mlops_gitops.rollout.staying import staying_targets, staying_words
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    help = "a target with a roster: list its devices, and what each is to run"
    parser.add_argument("--target", type=parse_name, metavar="T", help=help)


def run(args: argparse.Namespace) -> Report:
    """Reads the branch where merging promotes, as this clone knows it."""
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    base = workspace.base()
    trusted, ledger, now = judging(workspace, base), workspace.lazy_ledger(base), clock.utc_now()
    require_known(trusted, model=args.model, environment=args.environment)
    context = Context(trusted, now.date(), trusted, ledger, at=workspace.at, now=now)
    if args.target is not None:
        return fleet_report(context, fleet(context, args.environment, args.model, args.target))
    state = rollout_state.rollout_state(context, args.environment, args.model)
    desired = trusted.state(args.environment, args.model)
    plan = state.running.plan if state.running and state.running.plan else desired
    if plan is None:
        raise Error(f"{args.environment} has no valid desired state of {args.model}", help="mlops-gitops status")
    newest = ledger.newest(args.environment, args.model)
    record = newest.record if newest and isinstance(newest.record, Promotion) else None
    tree = state.running.tree if state.running and state.running.tree else trusted
    view = RolloutView(args.model, args.environment, state, plan, tree, record.targets if record else ())
    stays = staying_targets(ledger, args.environment, args.model)
    seen = ObservedView(state, plan, record, ledger.observations(args.environment, args.model), stays)
    tables = tuple(table for table in (view.wave_table(), view.target_table(), seen.table()) if table)
    since = [words for words in (staying_words(stays), state.hold.reason) if words]
    opened = open_pulls(workspace, args.environment, args.model) if state.running else OpenPulls()
    lines = (view.headline(), *since, *_following(view, opened), *_open_lines(opened), *seen.lines())
    code = UNDECIDED if state.name in (wave_evidence.UNDECIDED, wave_evidence.STALLED) else PASSED
    data = view.to_json() | {"stays": list(stays), "observed": seen.to_json()} | _pulls_to_json(opened)
    return Report(data, (), tables, lines, code)


def _following(view: RolloutView, opened: OpenPulls) -> list[str]:
    """What comes next; the pull request of the step says it itself where it is open and nothing else keeps the step."""
    is_proposed = view.state.name == rollout_state.READY and opened.named(("advance", "settle"))
    return [] if is_proposed else [f"next: {view.following()}"]


def _open_lines(opened: OpenPulls) -> list[str]:
    unknown = [f"note: whether a step is proposed is not known: {opened.unknown}"] if opened.unknown else []
    return unknown + [f"open: #{pull.number} {pull.title}; {waits_for(pull)}" for pull in opened.pulls]


def _pulls_to_json(opened: OpenPulls) -> dict[str, Any]:
    """The open pull requests; None where they are not known."""
    listed = [
        {"number": pull.number, "title": pull.title, "url": pull.url, "waits_for": waits_for(pull)}
        for pull in opened.pulls
    ]
    return {"pull_requests": None if opened.unknown else listed}


COMMAND = Command("rollout", __doc__.strip(), add_arguments, run)
