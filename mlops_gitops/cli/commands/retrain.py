"""Decide whether a model is to be retrained, by its retraining.yaml."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlops_gitops.cli.arguments import add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, UNDECIDED
from mlops_gitops.orchestration.retraining.decide import Decided, decide_models
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.report import Report
from mlops_gitops.retraining.outcome import Outcome
from mlops_gitops.retraining.serialize import decision_data
from mlops_gitops.retraining.tables.check_table import decision_lines, decision_table
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)
    parser.add_argument("--check", action="store_true", required=True, help="decide and explain, and store nothing")
    parser.add_argument("--why", default="", metavar="TEXT", help="start it by hand, for this reason")


def run(args: argparse.Namespace) -> Report:
    """Decides on each model, by the branch where merging promotes."""
    workspace = open_workspace(args.repo)
    if workspace.git.has_remote():
        workspace.sync()
    return checked(decide_models(workspace, args.model, clock.utc_now(), args.why))


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
