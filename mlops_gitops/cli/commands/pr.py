"""Work with pull requests: open, list, show, approve, merge, close."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from mlops_gitops.cli.arguments import add_common_arguments
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import asdict
from mlops_gitops.core.table import Table
from mlops_gitops.core.text import visible
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.coauthors import names
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.history.branch_people import branch_people
from mlops_gitops.git.local_forge.forge import LocalForge
from mlops_gitops.orchestration.pulls.merge_pull import merge_alone, merge_pull
from mlops_gitops.orchestration.pulls.waiting import missing_approvals
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.reporting.report import Link, Report
from mlops_gitops.runtime.isolated import isolated, note_lines, one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    verbs = parser.add_subparsers(title="what to do", metavar="open|list|show|approve|merge|close", required=True)
    opening = verbs.add_parser("open", help="push the branch that is checked out, and open one for it")
    opening.add_argument("--title", metavar="TEXT", help="its title (default: the subject of its last commit)")
    opening.set_defaults(do=_open_branch)
    add_common_arguments(opening, nested=True)
    listing = verbs.add_parser("list", help="the open pull requests")
    listing.add_argument("--all", action="store_true", help="the merged and closed ones too")
    listing.set_defaults(do=_list)
    add_common_arguments(listing, nested=True)
    for name, do, help in (
        ("show", _show, "one pull request, its reviews and statuses"),
        ("approve", _approve, "approve its head"),
        ("merge", _merge, "check it where needed, merge it, which is the promotion, then pull and record"),
        ("close", _close, "close it without merging"),
    ):
        verb = verbs.add_parser(name, help=help, description=help)
        verb.add_argument("number", type=int, metavar="N", help="its number, as `pr list` shows it")
        verb.set_defaults(do=do)
        add_common_arguments(verb, nested=True)
        if name == "approve":
            verb.add_argument("--as", dest="by", metavar="EMAIL", help="who approves (default: git config user.email)")
        if name == "merge":
            _add_merge_arguments(verb)


def _add_merge_arguments(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--squash", action="store_const", dest="how", const="squash", help="as one new commit")
    how.add_argument("--rebase", action="store_const", dest="how", const="rebase", help="as rebased commits")
    parser.add_argument("--force", action="store_true", help="even without a passed check; audit reports it")
    parser.add_argument(
        "--only", action="store_true", help="only merge what is checked already: no check, no pull, no record"
    )


def run(args: argparse.Namespace) -> Report:
    """Runs the action that the arguments name."""
    do: Callable[[Workspace, argparse.Namespace], Report] = args.do
    return do(open_workspace(args.repo), args)


def _find(workspace: Workspace, number: int) -> PullRequest:
    workspace.sync()
    pull = workspace.forge.read(number)
    if pull is None:
        raise Error(f"there is no pull request #{number}", help="mlops-gitops pr list --all")
    return pull


def _open(workspace: Workspace, number: int) -> PullRequest:
    pull = _find(workspace, number)
    if pull.state != "open":
        raise Error(f"pull request #{number} is {pull.state}")
    return pull


def _open_branch(workspace: Workspace, args: argparse.Namespace) -> Report:
    base, git = workspace.sync(), workspace.git
    branch = git.branch()
    if branch is None or branch == workspace.forge.branch:
        raise Error("a pull request is of a branch of its own", help="git switch -c NAME, then commit")
    head, there = git.commit_of("HEAD"), git.remote_tip(branch)
    if there is not None and not git.is_ancestor(there, head):
        raise Error(
            f"{git.remote}/{branch} has commits that {branch} lacks here",
            help=f"git pull --rebase {git.remote} {branch}",
        )
    if git.is_ancestor(head, base):
        raise Error(f"{branch} holds nothing that {workspace.forge.branch} lacks")
    for pull in workspace.forge.find(branch):
        if pull.branch == branch and not pull.fork:
            raise Error(f"pull request #{pull.number} is open for {branch} already")
    if there != head:
        git.push_branch(branch, head)
    title = visible(" ".join((args.title or git.subject(head)).split()))
    pull = workspace.forge.open(ChangeSet(branch, {}, "", title, f"{title}\n"), head)
    pushed = [] if there == head else [f"pushed {branch} to {git.remote}"]
    after = f"check {pull.number}" if not workspace.forge.self_declared else f"pr merge {pull.number}"
    lines = (*pushed, f"pull request #{pull.number} opened: {title}", f"next: mlops-gitops {after}")
    return Report({"version": 1, "pull_request": _data(pull)}, lines=lines, pull=_link(pull))


def _link(pull: PullRequest) -> Link:
    return Link(pull.number, pull.url)


def _list(workspace: Workspace, args: argparse.Namespace) -> Report:
    listed = workspace.forge.find(ended=args.all)
    opened = [pull for pull in listed if pull.state == "open"]
    known = {pull.number: isolated(partial(workspace.forge.with_statuses, pull)) for pull in opened}
    unknown = {number: error for number, error in known.items() if isinstance(error, Error)}
    pulls = [found if isinstance(found := known.get(pull.number), PullRequest) else pull for pull in listed]
    rows = tuple(
        (f"#{p.number}", p.state, p.title, p.author.login, _last_status(p, p.number in unknown)) for p in pulls
    )
    tables = (Table("", ("", "state", "title", "by", "check"), rows),) if rows else ()
    lines = [] if rows else ["no open pull requests"]
    lines += [f"error: the check of #{number} is not known: {one_line(error)}" for number, error in unknown.items()]
    unreadable = workspace.forge.unreadable_pulls()
    data = {"version": 1, "pull_requests": [_data(pull) for pull in pulls]}
    data |= {"unreadable": {name: error.message for name, error in unreadable.items()}}
    code = UNDECIDED if unknown else PASSED
    return Report(data, (), tables, (*lines, *note_lines(unreadable.values())), code)


def _last_status(pull: PullRequest, unknown: bool) -> str:
    if unknown:
        return "not known"
    statuses = [status for status in pull.statuses if status.commit == pull.head]
    return statuses[-1].state if statuses else "not checked" if pull.state == "open" else ""


def _data(pull: PullRequest) -> dict[str, object]:
    return {name: value for name, value in _whole(pull).items() if name != "body"}


def _whole(pull: PullRequest) -> dict[str, object]:
    return asdict(pull) | {"author": pull.author.login}


def _show(workspace: Workspace, args: argparse.Namespace) -> Report:
    pull = workspace.forge.with_statuses(workspace.forge.with_people(_find(workspace, args.number)))
    lines = [
        f"#{pull.number} {pull.title} ({pull.state})",
        f"branch {pull.branch} at {pull.head[:10]}, by {pull.author.login}",
        "",
    ]
    lines += pull_text.terminal_text(pull.body).splitlines()
    lines += [""] if pull.reviews or pull.uncounted or pull.statuses else []
    declared = ", self-declared" if workspace.forge.self_declared else ""
    for review in pull.reviews:
        stale = "" if review.commit == pull.head else f" (of {review.commit[:10]}, not of the head: it does not count)"
        lines.append(f"approved by {review.by} at {review.at}{declared}{stale}")
    for void in pull.uncounted:
        who, at = void.review.by, void.review.at
        lines.append(f"approved by {who} at {at}: it does not count, since {who} {void.why}")
    for status in pull.statuses:
        stale = "" if status.commit == pull.head else f" (of {status.commit[:10]}, not of the head)"
        lines.append(f"check at {status.at}: {status.state}: {status.description}{stale}")
    return Report({"version": 1, "pull_request": _whole(pull)}, lines=tuple(lines), pull=_link(pull))


def _approve(workspace: Workspace, args: argparse.Namespace) -> Report:
    pull = _open(workspace, args.number)
    if not isinstance(workspace.forge, LocalForge):
        raise Error("an approval is given where the pull request is, by the person themselves", help=pull.url)
    by = args.by or workspace.git.committer_email()
    if "@" not in by:
        raise Error(
            f"{by!r} is not an e-mail address", help="the local forge knows people by the address they commit with"
        )
    workspace.forge.approve(pull, by)
    line = f"#{pull.number} approved by {by} ({_standing(workspace, pull, by)})"
    return Report(
        {"version": 1, "approved": pull.number, "by": by},
        lines=(line, *_after_approval(workspace, pull)),
        pull=_link(pull),
    )


def _after_approval(workspace: Workspace, pull: PullRequest) -> tuple[str, ...]:
    """What is still missing, since a merge without it is refused; else the merge."""
    missing = isolated(partial(missing_approvals, workspace, pull))
    if isinstance(missing, Error):
        return (f"next: mlops-gitops check {pull.number}",)
    if missing:
        return tuple(f"still missing: {reason}" for reason in missing)
    return (f"next: mlops-gitops pr merge {pull.number}",)


def _standing(workspace: Workspace, pull: PullRequest, by: str) -> str:
    """The roles of an approver, or why the approval does not count."""
    base = workspace.base()
    project = workspace.trusted(base).project
    writers = branch_people(workspace.git, base, pull.head) | names(pull.author.login)
    if project is not None and project.person(by) in {project.person(name) for name in writers}:
        return "who asked for it or wrote it, so it will not count"
    roles = " or ".join(project.roles_of(by)) if project else ""
    if not roles and project and project.unresolved:
        return f"of no role by name; whether of a team of {project.path} is not known here"
    name = project.path if project else "the base's project"
    return roles or f"of no role in {name}, so it will not count"


def _merge(workspace: Workspace, args: argparse.Namespace) -> Report:
    pull, how = _open(workspace, args.number), args.how or "merge"
    # Elsewhere the branch's own rules judge the merge, and jobs record it.
    whole = workspace.forge.self_declared and not args.only
    return (merge_pull if whole else merge_alone)(workspace, pull, how, force=args.force)


def _close(workspace: Workspace, args: argparse.Namespace) -> Report:
    pull = _open(workspace, args.number)
    workspace.forge.close(pull, "closed by hand")
    line = f"#{pull.number} closed: {pull.title}"
    return Report({"version": 1, "closed": pull.number}, lines=(line,), pull=_link(pull))


COMMAND = Command("pr", __doc__.strip(), add_arguments, run)
