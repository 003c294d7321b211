"""Open the pull request that takes an environment back to a release it has run before."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.arguments import add_environment, add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.orchestration.first_merge import judging
from mlops_gitops.orchestration.promote import Intent, build_request, carry_out
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.promotion import promotion_change
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--to", metavar="V", help="the release to go back to (default: the one before)")
    parser.add_argument("--why", required=True, metavar="TEXT", help="why; it goes on record")
    parser.add_argument("--dry-run", action="store_true", help="print the change and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Proposes the rollback. It runs no gates and ignores the order: the release has run here."""
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted, today = judging(workspace, base), clock.today()
    workspace.require_known(trusted, model=args.model, environment=args.environment)
    context = Context(trusted, today, trusted, workspace.ledger(base))
    version = promotion_change.rollback_target(context, args.environment, args.model, args.to)
    manifest = promotion_change.find_release(trusted, trusted, args.model, version)
    intent = Intent("rollback", args.model, args.environment, args.why)
    request = build_request(workspace, trusted, intent, manifest)
    return carry_out(workspace, base, request, today, only_show=args.dry_run)


COMMAND = Command("rollback", __doc__.strip(), add_arguments, run)
