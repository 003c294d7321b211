"""Derive a past decision again from what is on record, or see which ones another policy would have changed."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from mlops_gitops.audit.one_decision import derive, find_record
from mlops_gitops.audit.what_if.answer import Answer, Past, promotion_table, release_table
from mlops_gitops.audit.what_if.answer import exit_code as exit_code_of
from mlops_gitops.cli.arguments import parse_day
from mlops_gitops.cli.command import Command
from mlops_gitops.core.canonical import digest
from mlops_gitops.core.diagnostics import Diagnostic, exit_code, plain
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.text import join_names
from mlops_gitops.orchestration.first_merge import require_merged
from mlops_gitops.orchestration.governance.read_other import Other, read_other
from mlops_gitops.orchestration.governance.remeasure_record import remeasure_record
from mlops_gitops.orchestration.governance.what_if import Question, WhatIf
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.pack import Pack
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "record", nargs="?", metavar="RECORD", help="a promotion record: its path, digest, or its receipt's tag"
    )
    parser.add_argument(
        "--with", dest="other", metavar="FILE|PACK",
        help="the promotions on record as if this kpis.yaml, mlops.yaml or pack had judged them",
    )  # fmt: skip
    parser.add_argument("--since", type=parse_day, metavar="DATE", help="with --with: those from this UTC day on")
    parser.add_argument(
        "--at", type=parse_day, metavar="DATE", help="with a pack: by what it asks on this day, not on each one's own"
    )
    parser.add_argument("--data", action="store_true", help="measure as well, where the data can still be had")


def run(args: argparse.Namespace) -> Report:
    """Reads the branch where merging promotes, as this clone knows it."""
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    if (args.record is None) is (args.other is None):
        raise Error("name one record, or --with FILE|PACK", help="mlops-gitops history lists the records")
    if args.other is None:
        _refuse(args, "--with")
        return _one(workspace, args)
    return _what_if(workspace, args)


def _refuse(args: argparse.Namespace, needed: str) -> None:
    """Raises Error for an option that would count for nothing."""
    for name in ("since", "at"):
        if getattr(args, name) is not None:
            raise Error(f"--{name} goes with {needed} alone", help=f"leave out --{name}")


def _one(workspace: Workspace, args: argparse.Namespace) -> Report:
    ledger = workspace.ledger(workspace.base())
    entry, record = find_record(ledger, args.record)
    derived = derive(PolicyHistory(ledger, workspace.at), entry, record, workspace.lightweight_tags())
    faults, unmeasured = remeasure_record(workspace, ledger, entry, record) if args.data else ([], [])
    found: tuple[Diagnostic, ...] = (*derived.findings, *map(plain, faults))
    code = exit_code(found) or (UNDECIDED if unmeasured else PASSED)
    head = f"{record.action} {record.model} {record.release} in {record.environment}"
    lines = (f"{head}: {record.path}, {entry.commit.day}", *unmeasured, _verdict(code, measured=args.data))
    outcome = {PASSED: "passed", FAILED: "failed"}.get(code, "undecided")
    data = {"version": 1, **derived.to_json(), "measured": args.data, "notes": unmeasured, "outcome": outcome}
    data["diagnostics"] = [each.to_json() for each in found]
    return Report(data, found, derived.tables(), lines, code)


def _verdict(code: int, *, measured: bool) -> str:
    more = ", and measured again it gives the same numbers" if measured else ""
    return {
        PASSED: f"passed: the decision follows from what is on record{more}",
        FAILED: "failed: the decision does not follow from what is on record",
    }.get(code, "could not decide: not all that it depends on can be had")


def _what_if(workspace: Workspace, args: argparse.Namespace) -> Report:
    other, raw = read_other(workspace, args.other)
    if args.at is not None and not isinstance(other, Pack):
        raise Error("--at goes with a pack alone", help="leave out --at")
    question = Question(other, raw, args.since, args.data, args.at)
    asked = WhatIf(workspace, workspace.ledger(workspace.base()), question)
    promotions, releases = asked.promotions(), asked.never_promoted()
    code = exit_code_of([*promotions, *(past for past in releases if past.answer is Answer.UNKNOWN)])
    lines = (
        *_counted(args.other, promotions, measured=args.data),
        *_scope(asked, other, measured=args.data, unknown=code == UNDECIDED),
    )
    data = {
        "version": 1, "with": {"name": args.other, **_identity(other)},
        "since": args.since.isoformat() if args.since else None, "measured": args.data,
        "promotions": [past.to_json() for past in promotions],
        "never_promoted": [past.to_json() for past in releases], "notes": list(lines),
    }  # fmt: skip
    return Report(data, (), (*promotion_table(promotions), *release_table(releases)), lines, code)


def _identity(other: Other) -> dict[str, str]:
    if isinstance(other, Pack):
        return {"kind": "Pack", "digest": other.digest}
    source = other.source if isinstance(other, Kpis) else other.data
    return {"kind": "KPIs" if isinstance(other, Kpis) else "Project", "digest": digest(source)}


def _counted(named: str, promotions: Sequence[Past], *, measured: bool) -> Iterator[str]:
    if not promotions:
        yield f"no promotion on record is one that {named} would judge"
        return
    counts = Counter(past.answer for past in promotions)
    words = _IN_WORDS | ({} if measured else {Answer.UNKNOWN: "cannot be decided without data"})
    parts = (f"{counts[answer]} {words[answer]}" for answer in words if counts[answer])
    yield f"{quantity(len(promotions), 'promotion')} by {named}: {', '.join(parts)}"


_IN_WORDS = {
    Answer.UNCHANGED: "unchanged",
    Answer.REFUSED: "would be refused",
    Answer.UNKNOWN: "cannot be decided",
}


def _scope(asked: WhatIf, other: Other, *, measured: bool, unknown: bool) -> Iterator[str]:
    """What the answers are about, and what they leave out."""
    yield "what was refused then left no record: whether it would pass now is not known from records"
    if isinstance(other, Kpis) and not measured:
        yield "--data measures what is not on record, and releases that were never promoted"
    elif unknown and not measured and not isinstance(other, Kpis) and (isinstance(other, Pack) or other.enforced):
        yield "--data looks into data files too, on which the answer of a pack may depend"
    if isinstance(other, Pack):
        where = join_names(list(asked.enforced())) or "every environment, since mlops.yaml enforces packs in none"
        yield f"as if the pack were enforced in {where}"
        yield from _not_yet(asked, other)


def _not_yet(asked: WhatIf, other: Pack) -> Iterator[str]:
    """The requirements that begin after a promotion do not count for it."""
    days = [entry.commit.day for entry, _ in asked.considered()]
    later = [row.applies_from for row in other.requirements if days and row.applies_from > min(days)]
    if later and asked.question.on is None:
        began = f"{quantity(len(later), 'requirement')} of it began, or begin, after one of these promotions"
        yield f"{began}, and do not count for it: --at {max(later)} looks by all of them"


COMMAND = Command("replay", __doc__.strip(), add_arguments, run)
