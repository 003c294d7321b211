"""Show what the packs of mlops.yaml ask of models, and what there is: passed, failed, present, attested or neither."""

from __future__ import annotations

import argparse
from datetime import date

from mlops_gitops.cli.arguments import add_model, parse_day, parse_name
from mlops_gitops.cli.command import Command
from mlops_gitops.compliance.assess import Result, assess
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.compliance.tables import result_tables, results_to_json, source_table, summary_table
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.requirements import newest_release
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records import pack
from mlops_gitops.records.pack import Pack
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.packs_in_force import built_in_ids, find_pack, is_own, packs_in_force
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)
    parser.add_argument("--release", metavar="V", help="this release (default: the highest)")
    parser.add_argument(
        "--pack", type=parse_name, metavar="P", help="this pack alone, even where mlops.yaml does not name it"
    )
    parser.add_argument(
        "--at", type=parse_day, metavar="DATE", help="the branch as it was, or will be, on this UTC date"
    )
    parser.add_argument("--re-run", action="store_true", help="run explained ONNX models again, in a sandbox")


def run(args: argparse.Namespace) -> Report:
    """Looks at the work tree today, or at the branch on another day."""
    workspace = open_workspace(args.repo)
    context, evidence_commit = _context(workspace, args.at)
    require_known(context.head, model=args.model)
    packs = _packs(context.policy, args.pack)
    if args.release and not args.model:
        raise Error("a release is one of a model", help="mlops-gitops governance MODEL --release V")
    evidence = evidence_of(workspace.store_here(evidence_commit), context.head.tree, rerun=args.re_run)
    models = [args.model] if args.model else list(context.head.models())
    subjects = [newest_release(context, model, evidence, args.release) for model in models]
    if args.release and subjects[0].release is None:
        raise Error(f"there is no valid manifest of {args.model} {args.release} here", help="name another release")
    looked = [(subject, assess(packs, subject)) for subject in subjects]
    return _report(context.today, packs, looked)


def _context(workspace: Workspace, at: date | None) -> tuple[Context, str | None]:
    """What is looked at, and the commit whose DVC settings lead to its bytes, None for those of here."""
    today = at or clock.today()
    base = workspace.base() if workspace.has_base() else None
    if at is None or base is None:
        ledger = workspace.ledger(base) if base else None
        trusted = workspace.at(base) if base else None
        return Context(workspace.work, today, trusted, ledger, at=workspace.at), None
    commits = workspace.history_on(base, at)
    tip = commits[-1].sha
    snapshot = workspace.at(tip)
    return Context(snapshot, today, snapshot, workspace.ledger_of(commits, snapshot), at=workspace.at), tip


def _packs(judging: Snapshot, only: str | None) -> tuple[Pack, ...]:
    """The packs to look by. Raises Error where none is named, or there is none of the name."""
    if only:
        if (named := find_pack(judging, only)) is None:
            if is_own(judging, only):
                path = pack.KIND.path(judging.folders, id=only)
                raise Error(f"the pack {only} is not valid", help=f"mlops-gitops validate {path}")
            known = [*built_in_ids(), *(judging.project.packs if judging.project else ())]
            raise Error(
                f"there is no valid pack {only!r}", help=did_you_mean(only, known, f"there are {', '.join(known)}")
            )
        return (named,)
    packs = packs_in_force(judging)
    if not packs:
        help = f"merge into {judging.project_path}: governance: {{packs: [{built_in_ids()[0]}]}}; or --pack P"
        raise Error(f"the {judging.project_path} that judges names no packs", help=help)
    return packs


def _report(day: date, packs: tuple[Pack, ...], looked: list[tuple[Subject, list[Result]]]) -> Report:
    every = [result for _, results in looked for result in results]
    data = {
        "version": 1,
        "at": day.isoformat(),
        "models": [results_to_json(subject, results) for subject, results in looked],
    }
    tables = [table for subject, results in looked for table in result_tables(subject, results)]
    tables += [summary_table(subject, results) for subject, results in looked]
    code = _exit_code(every)
    return Report(data, (), (*tables, source_table(packs)), (_verdict(every, code),), code)


def _exit_code(every: list[Result]) -> int:
    if any(result.status is Status.FAILED and result.severity == "error" for result in every):
        return FAILED
    return UNDECIDED if any(result.status is Status.UNAVAILABLE for result in every) else PASSED


def _verdict(every: list[Result], code: int) -> str:
    failed = sum(result.status is Status.FAILED and result.severity == "error" for result in every)
    unknown = sum(result.status is Status.UNAVAILABLE for result in every)
    return {
        FAILED: f"failed: {quantity(failed, 'requirement')} of severity error not met",
        UNDECIDED: f"could not tell: the evidence of {quantity(unknown, 'requirement')} is out of reach",
        PASSED: "passed: no requirement of severity error is open; this is no legal judgement",
    }[code]


COMMAND = Command("governance", __doc__.strip(), add_arguments, run)
