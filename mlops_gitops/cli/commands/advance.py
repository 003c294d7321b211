"""Promote what `policies.auto_promote` names: open what is due now, and merge what needs nobody's approval."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, Error, Refused
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
    """Proposes each due promotion; one that is refused holds up no other."""
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    trusted = workspace.trusted(base)
    now = clock.utc_now()
    found = due_promotions(Context(trusted, now.date(), trusted, workspace.ledger(base), at=workspace.at, now=now))
    told = [(its, *(("due", "", PASSED) if args.dry_run else _promoted(workspace, base, its))) for its in found]
    rows = tuple((its.environment, its.model, its.version, done, said) for its, done, said, _ in told)
    tables = (Table("", ("environment", "model", "release", "", ""), rows),) if rows else ()
    data: dict[str, Any] = {"version": 1, "due": [_data(its, done, said) for its, done, said, _ in told]}
    code = max((code for *_, code in told), default=PASSED)
    return Report(data, (), tables, () if rows else ("nothing is due",), code)


def _data(its: DuePromotion, done: str, said: str) -> dict[str, str]:
    where = {"model": its.model, "environment": its.environment, "release": its.version}
    return where | {"done": done, "because": said}


def _promoted(workspace: Workspace, base: str, its: DuePromotion) -> tuple[str, str, int]:
    """What became of one: the word, why, and the exit code."""
    done = isolated(partial(_proposed, workspace, base, its))
    return ("refused", one_line(done), done.exit_code) if isinstance(done, Error) else done


def _proposed(workspace: Workspace, base: str, its: DuePromotion) -> tuple[str, str, int]:
    trusted = workspace.trusted(base)
    manifest = promotion_change.find_release(trusted, trusted, its.model, its.version)
    intent = Intent("promote", its.model, its.environment, WHY, requested_by=REQUESTER)
    request = build_request(workspace, trusted, intent, manifest)
    report = carry_out(workspace, base, request, clock.today(), only_show=False)
    if report.exit_code != PASSED:
        return "refused", report.lines[-1] if report.lines else "", report.exit_code
    number = int(report.data["pull_request"]["number"])
    if trusted.project is None or trusted.project.environments[its.environment].approvals:
        return str(report.data["done"]), f"#{number} waits for approvals", PASSED
    return _merged(workspace, base, number)


def _merged(workspace: Workspace, base: str, number: int) -> tuple[str, str, int]:
    """Merges a promotion that nobody has to approve, once a check has passed."""
    pull = workspace.forge.read(number)
    if pull is None or pull.state != "open":
        return "opened", f"#{number} was closed meanwhile", PASSED
    found = check_pull(workspace, base, pull)
    status = found.head_status or found.status
    if status.state != "success":
        return "opened", f"#{number}: {status.description}", PASSED
    try:
        workspace.forge.merge(pull, "merge", pull.author.login)
    except Refused as error:  # such as another required check that still runs: the next run tries again
        return "opened", error.message, PASSED
    return "merged", f"#{number}", PASSED


COMMAND = Command("advance", __doc__.strip(), add_arguments, run)
