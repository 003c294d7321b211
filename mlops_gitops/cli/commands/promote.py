"""Open the pull request that promotes a release to an environment; merging it is the promotion."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.arguments import add_environment, add_model, parse_day
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.first_merge import judging
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.promote import Intent, build_request, carry_out
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.promotion import promotion_change
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--to")
    parser.add_argument("--release", metavar="V", help="the release (default: the highest)")
    parser.add_argument("--why", default="", metavar="TEXT", help="why; it goes on record")
    parser.add_argument(
        "--adopt",
        action="store_true",
        help="record what already runs there, ungated, as its first record, while policies.adopt allows it",
    )
    parser.add_argument("--decision", action="append", default=[], metavar="PATH", help="carry this new decision along")
    parser.add_argument("--dry-run", action="store_true", help="print the change and write nothing")
    parser.add_argument("--today", type=parse_day, metavar="DATE", help="the UTC date decisions expire by")


def run(args: argparse.Namespace) -> Report:
    """Proposes the promotion."""
    if args.adopt and not args.why:
        raise Error("an adoption is not gated, so it says why", help="--why TEXT")
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted = judging(workspace, base)
    require_known(workspace.work if args.model in workspace.work.models() else trusted, model=args.model)
    require_known(trusted, environment=args.environment)
    manifest = promotion_change.find_release(trusted, workspace.own, args.model, args.release)
    action = "adopt" if args.adopt else "promote"
    intent = Intent(action, args.model, args.environment, args.why, args.decision)
    request = build_request(workspace, trusted, intent, manifest)
    return carry_out(workspace, base, request, args.today or clock.today(), only_show=args.dry_run)


COMMAND = Command("promote", __doc__.strip(), add_arguments, run)
