"""Read the repository's settings and files, and say of each fault what mends it."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core import plugins
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED
from mlops_gitops.core.table import Table
from mlops_gitops.doctor.checkup import Checkup
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import GRAVITY, Finding, State, unverified
from mlops_gitops.orchestration import doctor_facts
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes no argument of its own."""


def run(args: argparse.Namespace) -> Report:
    """Runs every checkup. Changes nothing, here or at the forge."""
    checkups: Sequence[Checkup] = plugins.all_of("doctor.checkups", "CHECKUP")
    workspace = open_workspace(args.repo)
    base, branch = workspace.base(), workspace.branch()
    settings = doctor_facts.forge_settings(workspace.git, branch)
    shallow = workspace.git.layout.shallow
    facts = doctor_facts.collect_facts(workspace.at(base), branch, settings, shallow=shallow)
    results = [(checkup, _findings(checkup, facts)) for checkup in checkups]
    return _report(results, f"as of {workspace.base_name()} {base[:10]}", branch)


def _findings(checkup: Checkup, facts: Facts) -> list[Finding]:
    """The findings of a checkup, each once, the gravest first."""
    findings = dict.fromkeys(checkup.examine(facts)) or [unverified("nothing was found out")]
    return sorted(findings, key=lambda finding: GRAVITY.index(finding.state))


def _report(results: list[tuple[Checkup, list[Finding]]], where: str, branch: str) -> Report:
    counts = Counter(finding.state for _, findings in results for finding in findings)
    faults, unread = counts[State.FAULT], counts[State.UNVERIFIED]
    code = FAILED if faults else UNDECIDED if unread else PASSED
    verdict = {PASSED: f"passed: {quantity(len(results), 'checkup')} found no fault",
               FAILED: f"failed: {quantity(faults, 'fault')}" + (f", and {unread} unverified" if unread else ""),
               UNDECIDED: f"could not decide: no fault, but {unread} unverified"}[code]  # fmt: skip
    data = {
        "version": 1, "branch": branch, "checkups": [_data(checkup, findings) for checkup, findings in results],
        "summary": {state.value.replace(" ", "_"): counts[state] for state in GRAVITY},
        "outcome": {PASSED: "passed", FAILED: "failed", UNDECIDED: "undecided"}[code],
    }  # fmt: skip
    pairs = [(checkup, finding) for checkup, findings in results for finding in findings]
    pairs.sort(key=lambda pair: GRAVITY.index(pair[1].state))
    rows = tuple((checkup.id, finding.state.value, _what(finding), finding.fix) for checkup, finding in pairs)
    table = Table("", ("checkup", "state", "what", "fix"), rows)
    return Report(data, (), (table,), (where, verdict), code)


def _what(finding: Finding) -> str:
    return f"{finding.path}: {finding.message}" if finding.path else finding.message


def _data(checkup: Checkup, findings: list[Finding]) -> dict[str, Any]:
    return {
        "id": checkup.id, "summary": checkup.summary, "state": findings[0].state.value,
        "answers": [{"state": f.state.value, "message": f.message, "fix": f.fix, "path": f.path} for f in findings],
    }  # fmt: skip


COMMAND = Command("doctor", __doc__.strip(), add_arguments, run)
