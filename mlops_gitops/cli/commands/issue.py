"""Look at the issues that this tool keeps: list, show, close."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from mlops_gitops.cli.arguments import add_common_arguments
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import asdict
from mlops_gitops.core.table import Table
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.issue import CLOSED, Issue
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.pull_requests.pull_text import terminal_text
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime.isolated import note_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    verbs = parser.add_subparsers(title="what to do", metavar="list|show|close", required=True)
    listing = verbs.add_parser("list", help="the open issues")
    listing.add_argument("--all", action="store_true", help="the closed ones too")
    listing.set_defaults(do=_list)
    add_common_arguments(listing, nested=True)
    for name, do, help in (
        ("show", _show, "one issue, with its text"),
        ("close", _close, "close it; it opens again when there is something new to say"),
    ):
        verb = verbs.add_parser(name, help=help, description=help)
        verb.add_argument("number", type=int, metavar="N", help="its number, as `issue list` shows it")
        verb.set_defaults(do=do)
        add_common_arguments(verb, nested=True)


def run(args: argparse.Namespace) -> Report:
    """Runs the action that the arguments name, at the forge of the remote."""
    do: Callable[[Forge, argparse.Namespace], Report] = args.do
    return do(open_workspace(args.repo).forge, args)


def _list(forge: Forge, args: argparse.Namespace) -> Report:
    found = forge.issues(ended=args.all)
    rows = tuple((f"#{issue.number}", issue.state, issue.title) for issue in found)
    tables = (Table("", ("", "state", "title"), rows),) if rows else ()
    unreadable = forge.unreadable_issues()
    lines = ([] if rows else [f"no {'' if args.all else 'open '}issues"]) + note_lines(unreadable.values())
    data = {"version": 1, "issues": [_without_body(issue) for issue in found]}
    return Report(
        data | {"unreadable": {ref: error.message for ref, error in unreadable.items()}},
        tables=tables,
        lines=tuple(lines),
    )


def _show(forge: Forge, args: argparse.Namespace) -> Report:
    issue = _find(forge, args.number)
    return Report({"version": 1, "issue": asdict(issue)}, lines=tuple(_text(issue)))


def _text(issue: Issue) -> Iterator[str]:
    yield f"#{issue.number} {issue.title} ({issue.state})"
    yield from filter(None, (issue.url, issue.labels and f"labels: {', '.join(issue.labels)}"))
    yield ""
    yield from terminal_text(issue.body).splitlines()


def _close(forge: Forge, args: argparse.Namespace) -> Report:
    issue = _find(forge, args.number)
    if issue.state == CLOSED:
        raise Error(f"issue #{issue.number} is closed already")
    closed = forge.close_issue(issue)
    line = f"#{closed.number} closed: {closed.title}"
    return Report({"version": 1, "closed": _without_body(closed)}, lines=(line,))


def _find(forge: Forge, number: int) -> Issue:
    found = next((issue for issue in forge.issues(ended=True) if issue.number == number), None)
    if found is None:
        raise Error(f"there is no issue #{number} of this tool", help="mlops-gitops issue list --all")
    return found


def _without_body(issue: Issue) -> dict[str, object]:
    return {name: value for name, value in asdict(issue).items() if name != "body"}


COMMAND = Command("issue", __doc__.strip(), add_arguments, run)
