"""List what releases, promotions and checks will refuse, and what is wrong in the settings, each with its fix."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence

from mlops_gitops.cli.arguments import add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED
from mlops_gitops.doctor.examination import Examination, examine, part_lines
from mlops_gitops.doctor.finding import GRAVITY, State
from mlops_gitops.orchestration import doctor_facts
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)


def run(args: argparse.Namespace) -> Report:
    """Runs every checkup. Changes nothing, here or at the forge."""
    workspace = open_workspace(args.repo)
    if doctor_facts.has_no_branch(workspace):
        where = f"as of the files here: {workspace.work.project_fault}, so the forge was not asked"
        return _report(examine(doctor_facts.facts_here(workspace)), where, "")
    branch = workspace.branch()
    require_known(workspace.work, model=args.model)
    base = f"{workspace.base_name()} {workspace.base()[:10]}" if workspace.has_base() else ""
    where = f"as of {base}, and of the files here" if base else f"as of the files here: {branch} has no commit yet"
    return _report(examine(doctor_facts.facts_here(workspace, args.model)), where, branch)


def _report(found: Sequence[Examination], where: str, branch: str) -> Report:
    counts = Counter(finding.state for each in found for finding in each.findings)
    faults, unread = counts[State.FAULT], counts[State.UNVERIFIED]
    code = FAILED if faults else UNDECIDED if unread else PASSED
    verdict = {PASSED: f"passed: {quantity(len(found), 'checkup')} found no fault",
               FAILED: f"failed: {quantity(faults, 'fault')}" + (f", and {unread} unverified" if unread else ""),
               UNDECIDED: f"could not decide: no fault, but {unread} unverified"}[code]  # fmt: skip
    data = {
        "version": 1, "branch": branch, "checkups": [each.to_data() for each in found],
        "summary": {state.value.replace(" ", "_"): counts[state] for state in GRAVITY},
        "outcome": {PASSED: "passed", FAILED: "failed", UNDECIDED: "undecided"}[code],
    }  # fmt: skip
    return Report(data, lines=(where, *part_lines(found), "", verdict), exit_code=code)


COMMAND = Command("doctor", __doc__.strip(), add_arguments, run)
