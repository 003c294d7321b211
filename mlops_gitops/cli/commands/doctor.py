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


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes no argument of its own."""


def run(args: argparse.Namespace) -> Report:
    """Asks every checkup. Changes nothing, here or at the forge."""
    checkups: Sequence[Checkup] = plugins.all_of("doctor.checkups", "CHECKUP")
    workspace = open_workspace(args.repo)
    base, branch = workspace.base(), workspace.branch()
    settings = doctor_facts.forge_settings(workspace.git, branch)
    shallow = workspace.git.is_shallow()
    facts = doctor_facts.collect_facts(workspace.at(base), branch, settings, shallow=shallow)
    answered = [(its, _asked(its, facts)) for its in checkups]
    return _report(answered, f"as of {workspace.base_name()} {base[:10]}", branch)


def _asked(its: Checkup, facts: Facts) -> list[Finding]:
    """Its answers, each once, the gravest first."""
    answers = dict.fromkeys(its.examine(facts)) or [unverified("nothing was found out")]
    return sorted(answers, key=lambda answer: GRAVITY.index(answer.state))


def _report(answered: list[tuple[Checkup, list[Finding]]], where: str, branch: str) -> Report:
    counts = Counter(answer.state for _, answers in answered for answer in answers)
    faults, unread = counts[State.FAULT], counts[State.UNVERIFIED]
    code = FAILED if faults else UNDECIDED if unread else PASSED
    verdict = {PASSED: f"passed: {quantity(len(answered), 'checkup')} found no fault",
               FAILED: f"failed: {quantity(faults, 'fault')}" + (f", and {unread} unverified" if unread else ""),
               UNDECIDED: f"could not decide: no fault, but {unread} unverified"}[code]  # fmt: skip
    data = {
        "version": 1, "branch": branch, "checkups": [_data(its, answers) for its, answers in answered],
        "summary": {state.value.replace(" ", "_"): counts[state] for state in GRAVITY},
        "outcome": {PASSED: "passed", FAILED: "failed", UNDECIDED: "undecided"}[code],
    }  # fmt: skip
    every = [(its, answer) for its, answers in answered for answer in answers]
    every.sort(key=lambda found: GRAVITY.index(found[1].state))
    rows = tuple((its.id, answer.state.value, _what(answer), answer.fix) for its, answer in every)
    table = Table("", ("checkup", "state", "what", "fix"), rows)
    return Report(data, (), (table,), (where, verdict), code)


def _what(answer: Finding) -> str:
    return f"{answer.path}: {answer.message}" if answer.path else answer.message


def _data(its: Checkup, answers: list[Finding]) -> dict[str, Any]:
    return {
        "id": its.id, "summary": its.summary, "state": answers[0].state.value,
        "answers": [{"state": a.state.value, "message": a.message, "fix": a.fix, "path": a.path} for a in answers],
    }  # fmt: skip


COMMAND = Command("doctor", __doc__.strip(), arguments, run)
