"""Merges a pull request of the local forge in one step: check where needed, merge, pull, record."""

from __future__ import annotations

from typing import Any

from mlops_gitops.core.errors import FAILED, UNDECIDED, Error, Refused
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.fast_forward import fast_forward
from mlops_gitops.orchestration.pulls.check_report import check_report
from mlops_gitops.orchestration.pulls.record_receipts import record_receipts
from mlops_gitops.orchestration.statuses.status_answers import check_pull
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.reporting.report import Link, Report
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import isolated, one_line

NEXT = "next: git pull, then mlops-gitops record"


def merge_alone(workspace: Workspace, pull: PullRequest, how: str, *, force: bool) -> Report:
    """Merges a pull request, and does nothing before or after. Raises Refused where its check has not passed."""
    base = workspace.base()
    if workspace.forge.self_declared and not force and (reason := unpassed(pull, base)):
        raise Refused(f"#{pull.number} may not be merged: {reason}", help=f"mlops-gitops check {pull.number}")
    merged = _merged(workspace, base, pull, how)
    return Report(_data(merged), lines=(_merged_line(workspace, merged), NEXT), pull=Link(pull.number, pull.url))


def merge_pull(workspace: Workspace, pull: PullRequest, how: str, *, force: bool) -> Report:
    """Checks a pull request where no check of today holds, merges it, brings this clone there, and writes receipts.

    A check that does not pass ends it before the merge. What fails after the merge is said, with what to run.
    """
    base, checked = workspace.base(), None
    if not force and unpassed(pull, base):
        found = check_pull(workspace, base, pull)
        checked = check_report(workspace, found, pull)
        if (found.head_status or found.status).state != "success":
            return _not_merged(checked, pull.number)
        pull = workspace.forge.read(pull.number) or pull  # it holds its new status
    merged = _merged(workspace, base, pull, how)
    left = fast_forward(workspace.git, workspace.forge.branch, merged.branch, merged.head)
    recorded = isolated(lambda: record_receipts(open_workspace(workspace.git.root)))
    return _report(workspace, merged, checked, left, recorded)


def unpassed(pull: PullRequest, base: str) -> str:
    """Why the last check of a pull request lets nobody merge it today; "" where it does."""
    now = (pull.head, base, clock.today().isoformat())
    current = [status for status in pull.statuses if (status.commit, status.base, status.day) == now]
    if not current:
        return "nobody has checked this head today against the base as it is now"
    return "" if current[-1].state == "success" else current[-1].description


def _merged(workspace: Workspace, base: str, pull: PullRequest, how: str) -> PullRequest:
    if how == "rebase":
        _refuse_unchecked_commits(workspace, base, pull)
    return workspace.forge.merge(pull, how, workspace.git.committer_email())


def _refuse_unchecked_commits(workspace: Workspace, base: str, pull: PullRequest) -> None:
    """A check judges the head; a rebase would put the commits before it on the branch too."""
    git, folders = workspace.git, workspace.trusted(base).folders
    changes = [git.changes(commit.parents[0], commit.sha) for commit in git.between(base, pull.head) if commit.parents]
    owned = [
        paths for paths in changes if any(kind.match(folders, path) is not None for kind in KINDS for path in paths)
    ]
    if len(owned) > 1:
        raise Refused(
            f"#{pull.number} changes what is checked in {len(owned)} commits, and only the last was checked",
            help=f"mlops-gitops pr merge {pull.number} --squash",
        )


def _not_merged(checked: Report, number: int) -> Report:
    line = f"not merged. Once this is fixed or approved: mlops-gitops pr merge {number}"
    return replace(checked, lines=(*checked.lines, line), exit_code=checked.exit_code or FAILED)


def _report(
    workspace: Workspace, merged: PullRequest, checked: Report | None, left: str, recorded: Report | Error
) -> Report:
    branch = workspace.forge.branch
    pull_line = f"this clone stays where it is, since {left}: git switch {branch} && git pull" if left else (
        f"{branch} is up to date here"
    )  # fmt: skip
    lines = [*(checked.lines if checked else ()), _merged_line(workspace, merged), pull_line]
    data = _data(merged) | {"check": dict(checked.data) if checked else None, "pulled": not left, "left": left}
    if isinstance(recorded, Error):
        lines.append(f"error: it is merged, but has no receipt yet: {one_line(recorded)}; then: mlops-gitops record")
        recorded = Report({"version": 1, "error": recorded.message}, exit_code=UNDECIDED)
    report = checked or Report({})
    return replace(
        report, data=data | {"record": dict(recorded.data)}, tables=(*report.tables, *recorded.tables),
        lines=(*lines, *recorded.lines), exit_code=recorded.exit_code, pull=Link(merged.number, merged.url),
    )  # fmt: skip


def _data(merged: PullRequest) -> dict[str, Any]:
    return {"version": 1, "merged": merged.number, "commit": merged.merged_commit}


def _merged_line(workspace: Workspace, merged: PullRequest) -> str:
    commit = str(merged.merged_commit)[:10]
    return f"#{merged.number} merged into {workspace.forge.branch} as {commit}: {merged.title}"
