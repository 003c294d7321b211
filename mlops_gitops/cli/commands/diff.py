"""Compare two releases of a model: KPIs with the change on the same rows, parameters, data, card and lineage."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.arguments import add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, UNDECIDED
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.comparison.compare_releases import Comparison, compare_releases
from mlops_gitops.orchestration.first_merge import open_merged
from mlops_gitops.pull_requests.figures import kpi_columns
from mlops_gitops.pull_requests.release_differences import COLUMNS
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    parser.add_argument("before", metavar="A", help="a version, or the environment that runs it")
    parser.add_argument("after", metavar="B", help="the one to compare with it")


def run(args: argparse.Namespace) -> Report:
    """Measures what both releases pin; nothing is judged."""
    found = compare_releases(open_merged(args.repo, model=args.model), args.model, args.before, args.after)
    old, new = found.old.version, found.new.version
    title = f"{args.model} {old} and {new}"
    kpis = Table(title, kpi_columns(old, new), tuple(kpi.row() for kpi in found.kpis))
    rest = Table("what differs", COLUMNS, tuple(each.row() for each in found.differences))
    lines = () if found.differences else (f"{old} and {new} pin the same files",)
    code = PASSED if all(kpi.is_known for kpi in found.kpis) else UNDECIDED
    return Report(_data(args.model, found), (), (kpis, *([rest] if found.differences else [])), lines, code)


def _data(model: str, found: Comparison) -> dict[str, object]:
    return {
        "version": 1, "model": model, "before": found.old.version, "after": found.new.version,
        "kpis": [kpi.to_json() for kpi in found.kpis],
        "differences": [each.to_json() for each in found.differences],
    }  # fmt: skip


COMMAND = Command("diff", __doc__.strip(), add_arguments, run)
