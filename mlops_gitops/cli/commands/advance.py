"""Promote what `policies.auto_promote` names: open what is due now, and merge what needs nobody's approval."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, Error, Refused
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.promote import Intent, build_request, carry_out
from mlops_gitops.orchestration.status_answers import check_pull
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion import promotion_change
from mlops_gitops.promotion.auto_promote import REQUESTER, DuePromotion, due_promotions
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import isolated, one_line

WHY = "policies.auto_promote names this environment."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="say what is due and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Proposes each due promotion; one that is refused does not stop the others."""
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted = workspace.trusted(base)
    now = clock.utc_now()
    due = due_promotions(Context(trusted, now.date(), trusted, workspace.ledger(base), at=workspace.at, now=now))
    outcomes = [
        _Outcome(promotion, "due") if args.dry_run else _advance(workspace, base, promotion) for promotion in due
    ]
    tables = (Table("", ("environment", "model", "release", "", ""), tuple(o.cells for o in outcomes)),)
    data: dict[str, Any] = {"version": 1, "due": [outcome.data for outcome in outcomes]}
    code = max((outcome.code for outcome in outcomes), default=PASSED)
    return Report(data, (), tables if outcomes else (), () if outcomes else ("nothing is due",), code)


@frozen
class _Outcome:
    """What became of a due promotion: the word for it, why, and the exit code."""

    due: DuePromotion
    done: str
    because: str = ""
    code: int = PASSED

    @property
    def cells(self) -> tuple[str, ...]:
        return self.due.environment, self.due.model, self.due.version, self.done, self.because

    @property
    def data(self) -> dict[str, str]:
        subject = {"model": self.due.model, "environment": self.due.environment, "release": self.due.version}
        return subject | {"done": self.done, "because": self.because}


def _advance(workspace: Workspace, base: str, due: DuePromotion) -> _Outcome:
    """Proposes a promotion, and merges it where it needs no approvals; a failure is an outcome too."""
    outcome = isolated(partial(_propose, workspace, base, due))
    return _Outcome(due, "refused", one_line(outcome), outcome.exit_code) if isinstance(outcome, Error) else outcome


def _propose(workspace: Workspace, base: str, due: DuePromotion) -> _Outcome:
    trusted = workspace.trusted(base)
    manifest = promotion_change.find_release(trusted, trusted, due.model, due.version)
    intent = Intent("promote", due.model, due.environment, WHY, requested_by=REQUESTER)
    request = build_request(workspace, trusted, intent, manifest)
    report = carry_out(workspace, base, request, clock.today(), only_show=False)
    if report.exit_code != PASSED:
        return _Outcome(due, "refused", report.lines[-1] if report.lines else "", report.exit_code)
    number = int(report.data["pull_request"]["number"])
    if trusted.project is None or trusted.project.environments[due.environment].approvals:
        return _Outcome(due, str(report.data["done"]), f"#{number} waits for approvals")
    return _Outcome(due, *_merge(workspace, base, number))


def _merge(workspace: Workspace, base: str, number: int) -> tuple[str, str]:
    """Merges a promotion that needs no approvals, if its check passes; what was done, and why."""
    pull = workspace.forge.read(number)
    if pull is None or pull.state != "open":
        return "opened", f"#{number} was closed meanwhile"
    checked = check_pull(workspace, base, pull)
    status = checked.head_status or checked.status
    if status.state != "success":
        return "opened", f"#{number}: {status.description}"
    try:
        workspace.forge.merge(pull, "merge", pull.author.login)
    except Refused as error:  # such as another required check that still runs: the next run tries again
        return "opened", error.message
    return "merged", f"#{number}"


COMMAND = Command("advance", __doc__.strip(), add_arguments, run)
