"""List every model: where it runs, whose it is, who approved it, and what is open about it."""

from __future__ import annotations

import argparse
from datetime import date

from mlops_gitops.cli.arguments import parse_day
from mlops_gitops.cli.command import Command
from mlops_gitops.compliance.inventory import inventory, inventory_table
from mlops_gitops.orchestration.first_merge import open_merged
from mlops_gitops.orchestration.monitoring.records_branch import last_windows
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--at", type=parse_day, metavar="DATE", help="as it was at the end of this UTC day")


def run(args: argparse.Namespace) -> Report:
    """Reads the branch where merging promotes, as this clone knows it."""
    merged, day = open_merged(args.repo), args.at or clock.today()
    workspace, base = merged.workspace, merged.base
    commits = workspace.history_on(base, args.at) if args.at else workspace.history(base)
    tree = workspace.at(commits[-1].sha)
    items = inventory(tree, workspace.ledger_of(commits, tree), day, _monitored(workspace, args.at))
    data = {"version": 1, "at": day.isoformat(), "commit": commits[-1].sha, "models": [i.to_json() for i in items]}
    lines = (f"{quantity(len({item.model for item in items}), 'model')} on {day}, commit {commits[-1].sha[:10]}",)
    return Report(data, (), (inventory_table(items),) if items else (), lines)


def _monitored(workspace: Workspace, at: date | None) -> dict[tuple[str, str], str]:
    """How the last window of each pair ended; of a day that is over, the windows that had ended by then."""
    now = clock.utc_now()
    found = last_windows(workspace)
    known = {pair: last for pair, last in found.items() if at is None or (last.window.end or "")[:10] <= at.isoformat()}
    later = {pair: "its last window is later" for pair in found.keys() - known.keys()}
    return later | {pair: last.cell(now) for pair, last in known.items()}


COMMAND = Command("inventory", __doc__.strip(), add_arguments, run)
