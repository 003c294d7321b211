"""Write the receipts of what was merged: annotated tags that say what, by which pull request, and who approved."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.command import Command
from mlops_gitops.orchestration.pulls.record_receipts import record_receipts
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="print the receipts and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Writes the receipts that are missing for what the branch has, whichever events were lost."""
    return record_receipts(open_workspace(args.repo), only_show=args.dry_run)


COMMAND = Command("record", __doc__.strip(), add_arguments, run)
