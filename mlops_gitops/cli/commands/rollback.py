"""Open the pull request that takes an environment back to a release it has run before."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.arguments import add_environment, add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.orchestration.promote import Intent, roll_back
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--to", metavar="V", help="the release to go back to (default: the one before)")
    parser.add_argument("--why", required=True, metavar="TEXT", help="why; it goes on record")
    parser.add_argument("--dry-run", action="store_true", help="print the change and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Proposes the rollback."""
    workspace = open_workspace(args.repo)
    intent = Intent("rollback", args.model, args.environment, args.why)
    return roll_back(workspace, intent, args.to, only_show=args.dry_run)


COMMAND = Command("rollback", __doc__.strip(), add_arguments, run)
