"""Open the pull request that takes an environment back to a release it has run before."""

from __future__ import annotations

import argparse

from mlops_gitops import promote
from mlops_gitops.contracts import Command, Context
from mlops_gitops.edges import clock
from mlops_gitops.report import Report
from mlops_gitops.shell import arguments as arguments_of
from mlops_gitops.shell.promoting import carry_out, requested
from mlops_gitops.shell.workspace import open_workspace


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    arguments_of.model(parser)
    arguments_of.environment(parser, "--in")
    parser.add_argument("--to", metavar="V", help="the release to go back to (default: the one before)")
    parser.add_argument("--why", required=True, metavar="TEXT", help="why; it goes on record")
    parser.add_argument("--dry-run", action="store_true", help="print the change and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Proposes the rollback. It runs no gates and ignores the order: the release has run here."""
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted, today = workspace.trusted(base), clock.today()
    workspace.require(trusted, model=args.model, environment=args.environment)
    context = Context(trusted, today, trusted, workspace.ledger(base))
    version = promote.rollback_target(context, args.environment, args.model, args.to)
    found = promote.find_release(trusted, trusted, args.model, version)
    request = requested(workspace, trusted, "rollback", args.model, args.environment, found, args.why)
    return carry_out(workspace, base, request, today, only_show=args.dry_run)


COMMAND = Command("rollback", __doc__.strip(), arguments, run)
