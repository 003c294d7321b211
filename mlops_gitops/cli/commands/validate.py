"""Check model cards, KPIs, manifests, desired states, records and decisions."""

from __future__ import annotations

import argparse
import sys
from datetime import date

from mlops_gitops.cli.arguments import parse_day, path_inside
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import Diagnostic, ordered
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.text import visible
from mlops_gitops.documents import tree
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Scope
from mlops_gitops.reporting.findings import findings_report, quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import clock
from mlops_gitops.storage import columns
from mlops_gitops.storage.local_measurements import local_measurements


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH",
        help="only these files, each with what it names (default: all that mlops.yaml covers, and what must agree)",
    )  # fmt: skip
    parser.add_argument("--base", metavar="REV", help="also judge what changed since this revision")
    parser.add_argument("--fix", action="store_true", help="fix what is safe to fix, then judge again")
    parser.add_argument(
        "--add-ignores", action="store_true",
        help="write a comment that ignores each warning of today, and list what needs a waiver or a fix",
    )  # fmt: skip
    parser.add_argument("--today", type=parse_day, metavar="DATE", help="the UTC date decisions expire by")


def run(args: argparse.Namespace) -> Report:
    """Validates the work tree."""
    if args.add_ignores and args.base:
        raise Error("--add-ignores is about the files as they are, and --base about a change", help="leave out one")
    root = tree.find_root(args.repo)
    disk = tree.WorkTree(root, _as_stored)
    paths = list(dict.fromkeys(path_inside(root, path) for path in args.paths))
    head = engine.snapshot_of_paths(disk, paths) if paths else Snapshot(disk)
    today = args.today or clock.today()
    diagnostics = _diagnostics(root, head, args, paths, today)
    if args.fix and _fix(root, head, diagnostics):
        head = Snapshot(head.tree, head.only)
        diagnostics = _diagnostics(root, head, args, paths, today)
    if args.add_ignores:
        return _with_ignores(root, head, args, paths, diagnostics)
    return _report(head, diagnostics)


def _with_ignores(
    root: str, head: Snapshot, args: argparse.Namespace, paths: list[str],
    diagnostics: tuple[Diagnostic, ...],
) -> Report:  # fmt: skip
    from mlops_gitops.cli.add_ignores import add_ignores, json_about, lines_about

    today = args.today or clock.today()
    added = add_ignores(root, _context(root, head, today), Scope.FILE if paths else Scope.TREE, diagnostics)
    head = Snapshot(head.tree, head.only)
    diagnostics = _diagnostics(root, head, args, paths, today)
    report = _report(head, diagnostics)
    data = {**report.data, "ignores": json_about(added, diagnostics)}
    return replace(report, data=data, lines=(*lines_about(added, diagnostics), *report.lines))


def _as_stored(root: str, path: str, data: bytes) -> bytes:
    from mlops_gitops.git.stored_bytes import as_stored  # which most files do without

    return as_stored(root, path, data)


def _fix(root: str, head: Snapshot, diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether any fix was written; says on stderr which were, and which files could not be fixed."""
    from mlops_gitops.orchestration import apply_fixes

    fixed = apply_fixes.apply_fixes(root, head.tree, diagnostics)
    sys.stderr.write("".join(f"fixed {visible(line)}\n" for line in fixed.done))
    sys.stderr.write("".join(f"not fixed {visible(line)}\n" for line in fixed.left))
    return bool(fixed.done)


def _diagnostics(
    root: str, head: Snapshot, args: argparse.Namespace, paths: list[str], today: date
) -> tuple[Diagnostic, ...]:
    if args.base:
        context = _with_base(Snapshot(head.tree), args.repo, args.base, today)
        diagnostics = engine.validate(context, Scope.BASE)
    else:
        context = _context(root, head, today)
        diagnostics = engine.validate(context, Scope.FILE if paths else Scope.TREE)
    found = (*diagnostics, *_governance(context))
    return ordered(d for d in found if not paths or d.span.path in paths)


def _context(root: str, head: Snapshot, today: date) -> Context:
    return Context(head, today, columns=columns.local_columns(root), measured=local_measurements(root))


def _governance(context: Context) -> tuple[Diagnostic, ...]:
    """What the packs find, where some judge: the others need none of what looks at requirements."""
    project = context.policy.project
    if project is None or not project.packs:
        return ()
    from mlops_gitops.orchestration.governance.requirements import governance_findings

    return governance_findings(replace(context, head=context.head.whole))


def _report(head: Snapshot, diagnostics: tuple[Diagnostic, ...]) -> Report:
    files = sum(1 for _ in head.entries())  # a draft is none
    report = findings_report(diagnostics, head, files=files)
    summary = report.data["summary"]
    errors, warnings = quantity(summary["errors"], "error"), quantity(summary["warnings"], "warning")
    line = f"{quantity(files, 'file')} checked: {errors}, {warnings}"
    return Report(report.data, report.diagnostics, (), (line,), report.exit_code, report.sources)


def _with_base(head: Snapshot, repo: str, base: str, today: date) -> Context:
    from mlops_gitops.git.typed_revisions import commit_typed
    from mlops_gitops.orchestration.pull_context import base_context
    from mlops_gitops.orchestration.workspace import open_workspace

    workspace = open_workspace(repo)
    commit, head_commit = commit_typed(workspace.git, base), workspace.git.resolve("HEAD")
    fork = workspace.git.merge_base(commit, head_commit) if head_commit else None
    return base_context(workspace, head, commit, today, fork=fork)


COMMAND = Command("validate", __doc__.strip(), add_arguments, run)
