"""Judge a pull request by the base's policy: what a pull request check runs, or a push before it leaves."""

from __future__ import annotations

import argparse

from mlops_gitops import gate_report, validate
from mlops_gitops.contracts import Command, Context, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.edges import clock, hooks
from mlops_gitops.errors import Error
from mlops_gitops.pulls import PullRequest, Status
from mlops_gitops.report import Report, Table
from mlops_gitops.shell import arguments as arguments_of
from mlops_gitops.shell import pushing
from mlops_gitops.shell.findings import counted, findings
from mlops_gitops.shell.judging import pull_context
from mlops_gitops.shell.workspace import Workspace, open_workspace


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("number", nargs="?", type=int, metavar="N", help="the pull request (default: the one of HEAD)")
    parser.add_argument("--base", metavar="REV", help="the revision whose policy judges (default: the remote's branch)")
    parser.add_argument(
        "--today", type=arguments_of.day, metavar="DATE", help="judge as on this UTC date; sets no status"
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
    """Judges the head, and sets the pull request's status where there is one."""
    if args.allow_unavailable and not args.push:
        raise Error("a pull request check needs the data", help="--allow-unavailable is for --push")
    if args.push:
        return _push(args)
    workspace = open_workspace(args.repo)
    base, pull = _ends(workspace, args)
    head = pull.head if pull else workspace.git.commit_of("HEAD")
    context = pull_context(workspace, base, head, pull, args.today or clock.today())
    found = validate.introduced(context, validate.validate(context, Scope.PULL))
    if pull and args.today is None:  # another day's answer is for reading only
        workspace.forge.status(pull, _status(found, head, base))
    return _report(context, found, pull)


def _push(args: argparse.Namespace) -> Report:
    if args.number is not None:
        raise Error("--push is about what is pushed: leave out the number, or leave out --push")
    push = hooks.push()
    workspace = pushing.opened(open_workspace(args.repo), push)
    its = pushing.judge(workspace, push, args.base, args.today or clock.today())
    return pushing.report(its, allow_unavailable=args.allow_unavailable)


def _ends(workspace: Workspace, args: argparse.Namespace) -> tuple[str, PullRequest | None]:
    if not workspace.git.has_remote():
        if args.number is not None or not args.base:
            raise Error("without a remote there are no pull requests", help="name the base: --base REV")
        return workspace.git.commit_of(args.base), None
    tip = workspace.sync()
    base = workspace.git.commit_of(args.base) if args.base else tip
    pulls = [pull for pull in workspace.forge.find() if pull.state == "open"]
    head = workspace.git.resolve("HEAD")
    wanted = [p for p in pulls if (p.number == args.number if args.number is not None else p.head == head)]
    if args.number is not None and not wanted:
        raise Error(f"there is no open pull request #{args.number}", help="mlops-gitops pr list")
    return base, wanted[-1] if wanted else None


def _status(found: tuple[Diagnostic, ...], head: str, base: str) -> Status:
    errors = [d for d in found if d.severity is Severity.ERROR]
    waiting = bool(errors) and all(d.rule == "approvals" for d in errors)
    state = "success" if not errors else "pending" if waiting else "failure"
    description = errors[0].message if errors else "every rule, gate and approval holds"
    return Status(head, base, clock.today().isoformat(), state, description, clock.now())


def _report(context: Context, found: tuple[Diagnostic, ...], pull: PullRequest | None) -> Report:
    gates = context.pull.gates if context.pull else {}
    tables: tuple[Table, ...] = tuple(gate_report.table(results, path) for path, results in gates.items() if results)
    errors = sum(1 for d in found if d.severity is Severity.ERROR)
    what = f"pull request #{pull.number}" if pull else "this head"
    if pull is None and context.promotions():
        what += " (no pull request is open for it, so nobody can have approved it)"
    verdict = f"failed: {counted(errors, 'error')} in {what}" if errors else f"passed: {what} may be merged"
    if not errors and not context.changes and pull is None:
        verdict = "nothing to judge: this head changes nothing that is checked"
    extra = {"pull_request": pull.number if pull else None, "promotions": [p.path for p in context.promotions()]}
    return findings(found, context.head, files=len(context.changes), tables=tables, lines=[verdict], extra=extra)


COMMAND = Command("check", __doc__.strip(), arguments, run)
