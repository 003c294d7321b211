"""Check model cards, KPIs, manifests, desired states, records and decisions."""

from __future__ import annotations

import argparse
import os
from datetime import date

from mlops_gitops import tree, validate
from mlops_gitops.contracts import Command, Context, Scope
from mlops_gitops.edges import clock
from mlops_gitops.errors import Error
from mlops_gitops.report import Report
from mlops_gitops.shell import arguments as arguments_of
from mlops_gitops.shell.findings import counted, findings
from mlops_gitops.snapshot import Snapshot


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="only these files (default: all that mlops.yaml covers)"
    )
    parser.add_argument("--base", metavar="REV", help="also judge what changed since this revision")
    parser.add_argument("--today", type=arguments_of.day, metavar="DATE", help="the UTC date decisions expire by")


def run(args: argparse.Namespace) -> Report:
    """Judges the work tree."""
    root = tree.find_root(args.repo)
    head = Snapshot(tree.WorkTree(root))
    today = args.today or clock.today()
    if args.base:
        context, scope = _with_base(head, args.repo, args.base, today), Scope.BASE
    else:
        context, scope = Context(head, today), Scope.TREE
    found = validate.validate(context, scope)
    files = len(head.index)
    if args.paths:
        paths = [_inside(root, path) for path in args.paths]
        found, files = validate.only(head, found, paths), len(set(paths))
    wrong = findings(found, head, files=files)
    summary = wrong.data["summary"]
    errors, warnings = counted(summary["errors"], "error"), counted(summary["warnings"], "warning")
    line = f"{counted(files, 'file')} checked: {errors}, {warnings}"
    return Report(wrong.data, wrong.diagnostics, (), (line,), wrong.exit_code, wrong.sources)


def _with_base(head: Snapshot, repo: str, base: str, today: date) -> Context:
    from mlops_gitops.shell.judging import base_context
    from mlops_gitops.shell.workspace import open_workspace

    workspace = open_workspace(repo)
    commit = workspace.git.commit_of(base)
    fork = workspace.git.merge_base(commit, "HEAD")
    return base_context(workspace, head, commit, today, fork=fork)


def _inside(root: str, path: str) -> str:
    """The path in the repository of one that is written from here, or else from the repository's root."""
    here = os.path.abspath(path)
    full = here if os.path.lexists(here) else os.path.join(root, path)
    inside = os.path.relpath(full, root).replace(os.sep, "/")
    if inside.startswith("../"):
        raise Error(f"{path} is not in the repository {root}")
    return inside


COMMAND = Command("validate", __doc__.strip(), arguments, run)
