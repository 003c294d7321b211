"""Judge a pull request by the base's policy: what a pull request check runs, or a push before it leaves."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.arguments import parse_day
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.typed_revisions import commit_typed
from mlops_gitops.orchestration import check_push
from mlops_gitops.orchestration.pulls.check_report import check_report
from mlops_gitops.orchestration.statuses.check_all import check_all
from mlops_gitops.orchestration.statuses.commit_status import check_head
from mlops_gitops.orchestration.statuses.status_answers import PullCheck, check_pull
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import ci_job, clock, pre_push
from mlops_gitops.runtime.isolated import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "number", nargs="?", type=int, metavar="N",
        help="the pull request (default: the one this job of GitHub Actions is about, else the one of HEAD)",
    )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="judge every open pull request again, and set its status")
    parser.add_argument("--base", metavar="REV", help="the revision whose policy judges (default: the remote's branch)")
    parser.add_argument("--today", type=parse_day, metavar="DATE", help="judge as on this UTC date; sets no status")
    parser.add_argument(
        "--no-status", action="store_true", help="only answer here: another job sets the pull request's status"
    )
    parser.add_argument(
        "--push", action="store_true",
        help="judge what is pushed, HEAD outside a pre-push hook: against the remote's branch as last fetched, and by "
        "the gates of every promotion it adds and, as `gate --rev` would, of every model whose KPIs or evaluation "
        "files it changes; asks for no approvals",
    )  # fmt: skip
    parser.add_argument(
        "--allow-unavailable", action="store_true",
        help="with --push: let pass what cannot be measured here, as a warning; a gate that fails still fails",
    )  # fmt: skip


def run(args: argparse.Namespace) -> Report:
    """Checks the head, and sets the status of the pull request where there is one."""
    if args.allow_unavailable and not args.push:
        raise Error("a pull request check needs the data", help="--allow-unavailable is for --push")
    if args.push or args.all:
        _refuse_mixed(args)
        return _push(args) if args.push else _all(open_workspace(args.repo))
    workspace = open_workspace(args.repo)
    event = ci_job.event() if args.number is None and not args.base else None
    base, pull = _base_and_pull(workspace, args, event)
    if event and pull is None:
        because = f"#{event.number} is not open, or not onto {workspace.forge.branch}, where merging promotes"
        data = {"version": 1, "pull_request": event.number, "because": because}
        return Report(data, lines=(f"nothing to judge: {because}",))
    if pull is None:
        head = workspace.git.commit_of("HEAD")
        return check_report(workspace, check_head(workspace, base, head, None, args.today or clock.today()), None)
    if args.today or args.no_status:  # another day's answer is for reading only
        head = (event.head if event else None) or pull.head
        return check_report(workspace, check_head(workspace, base, head, pull, args.today or clock.today()), pull)
    checked = check_pull(workspace, base, pull, event, may_lack=event is not None and pull.fork)
    return check_report(workspace, checked, pull)


def _refuse_mixed(args: argparse.Namespace) -> None:
    option = "--push" if args.push else "--all"
    if args.number is not None:
        raise Error(f"{option} is not about one pull request: leave out the number, or leave out {option}")
    if args.push and args.all:
        raise Error("--push and --all cannot be combined", help="run check twice")
    if args.all and (args.base or args.today):
        raise Error("--all judges today, against the branch as it is", help="leave out --base and --today")


def _push(args: argparse.Namespace) -> Report:
    push = pre_push.push()
    workspace = check_push.on_pushed_remote(open_workspace(args.repo), push)
    checked = check_push.check_push(workspace, push, args.base, args.today or clock.today())
    return check_push.push_report(checked, allow_unavailable=args.allow_unavailable)


def _base_and_pull(
    workspace: Workspace, args: argparse.Namespace, event: ci_job.Event | None
) -> tuple[str, PullRequest | None]:
    if not workspace.git.has_remote():
        if args.number is not None or not args.base:
            raise Error("without a remote there are no pull requests", help="name the base: --base REV")
        return commit_typed(workspace.git, args.base), None
    tip = workspace.sync()
    base = commit_typed(workspace.git, args.base) if args.base else tip
    number = event.number if event else args.number
    if number is not None:
        pull = workspace.forge.read(number)
        if pull is None or pull.state != "open":
            if event:
                return base, None
            state = f"onto {workspace.forge.branch}" if pull is None else f"any more: it is {pull.state}"
            raise Error(f"there is no open pull request #{number} {state}", help="mlops-gitops pr list")
        return base, pull
    head = workspace.git.resolve("HEAD")
    pulls = [pull for pull in workspace.forge.find() if pull.head == head]
    pulls = [pull for pull in pulls if not pull.fork] or pulls
    return base, workspace.forge.read(pulls[-1].number) if pulls else None


def _all(workspace: Workspace) -> Report:
    """Checks every open pull request."""
    rows = [_pull_row(check) for check in check_all(workspace)]
    rows += [
        _Row("", str(name), "undecided", one_line(error)) for name, error in workspace.forge.unreadable_pulls().items()
    ]
    tables = (Table("", ("", "status", "because", "title"), tuple(row.cells for row in rows)),) if rows else ()
    notes = tuple(f"note: {row.subject}: {row.note}" for row in rows if row.note)
    code = UNDECIDED if any(row.state == "undecided" for row in rows) else PASSED
    lines = notes if rows else ("no pull request is open",)
    return Report({"version": 1, "judged": [row.data for row in rows]}, (), tables, lines, code)


@frozen
class _Row:
    """The result on one pull request, or on a reference that holds none."""

    head: str
    subject: str
    state: str
    description: str
    pull: PullRequest | None = None
    note: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return self.subject, self.state, self.description, self.pull.title if self.pull else ""

    @property
    def data(self) -> dict[str, object]:
        data: dict[str, object] = {"pull_request": self.pull.number if self.pull else None}
        data |= {"head": self.head} if self.pull else {"reference": self.subject}
        data |= {"state": self.state, "description": self.description}
        return data | ({"note": self.note} if self.note else {})


def _pull_row(check: PullCheck) -> _Row:
    subject = f"#{check.pull.number}" + ("" if check.head == check.pull.head else " in the merge queue")
    if isinstance(check.result, Error):
        state = "failure" if check.result.exit_code == FAILED else "undecided"
        return _Row(check.head, subject, state, one_line(check.result), check.pull)
    status = check.result.status
    return _Row(check.head, subject, status.state, status.description, check.pull, check.result.status_note)


COMMAND = Command("check", __doc__.strip(), add_arguments, run)
