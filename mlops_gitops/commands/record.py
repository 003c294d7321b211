"""Write the receipts of what was merged: annotated tags that say what, by which pull request, and who approved."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from functools import partial

from mlops_gitops import markdown, record
from mlops_gitops.approving import required, shortfalls
from mlops_gitops.contracts import Command
from mlops_gitops.errors import PASSED, UNDECIDED, Error, Undecided
from mlops_gitops.ledger import Entry, Ledger
from mlops_gitops.pulls import Pull, PullRequest
from mlops_gitops.record import Merge
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.report import Report, Table
from mlops_gitops.shell.isolating import isolated, line
from mlops_gitops.shell.people import doings_of_bots, excluded_people, hidden, is_app, requesters, runners
from mlops_gitops.shell.workspace import Workspace, open_workspace


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="print the receipts and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Brings the receipts up to what the branch holds, whatever events were lost."""
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    ledger = workspace.ledger(base)
    receipts, untellable = _receipts(workspace, ledger)
    if args.dry_run:
        return _report(ledger, receipts, untellable, "would be written")
    way = "if a tag that is no receipt is in its way: git push origin :refs/tags/"
    blocked = {tag: f"{reason}; {way}{tag}" for tag, reason in workspace.forge.tag(receipts).items()}
    refused = untellable | blocked
    workspace.mirror_tags()
    written = [its for its in receipts if its.tag not in refused]
    untold = _announce(workspace, ledger, written)
    return _report(ledger, written, refused, "written", untold)


def _receipts(workspace: Workspace, ledger: Ledger) -> tuple[list[Receipt], dict[str, str]]:
    """What each entry is owed; and, by tag, why that cannot be told of others: it holds up no receipt but theirs."""
    owed, receipts, untellable = record.pending(ledger), [], {}
    pulls = isolated(partial(workspace.forge.brought, list(dict.fromkeys(entry.commit.sha for entry in owed))))
    known = None if isinstance(pulls, Error) else pulls  # then each is asked for by itself
    times = record.times(ledger)
    for entry in owed:
        its = isolated(partial(_receipt, workspace, ledger, entry, known, times[entry.position]))
        if isinstance(its, Error):
            untellable[entry.tag] = line(its)
        else:
            receipts.append(its)
    return receipts, untellable


def _receipt(
    workspace: Workspace, ledger: Ledger, entry: Entry, pulls: Mapping[str, PullRequest] | None, time: int
) -> Receipt:
    """The receipt of one entry. Raises Error where it cannot be told yet."""
    forge, sha = workspace.forge, entry.commit.sha
    merge = _merge(workspace, ledger, (forge.brought([sha]) if pulls is None else pulls).get(sha), entry)
    if not forge.self_declared and (reason := _unknown_team(entry, merge)):  # no team is ever known there
        raise Undecided(reason)
    return record.receipt(ledger, entry, merge, forge.name, forge.self_declared, time)


def _merge(workspace: Workspace, ledger: Ledger, pull: PullRequest | None, entry: Entry) -> Merge:
    """How an entry was merged."""
    before = pull.merged_before if pull else entry.commit.parent
    project = workspace.at(before).project if before else None
    project = project.with_teams(workspace.teams(project)) if project and project.teams else project
    if pull is None or before is None:
        return Merge(None, frozenset(), project, False)
    reviewed = workspace.git.tree(pull.head).blob_id(entry.record.path)
    merged = workspace.git.tree(entry.commit.sha).blob_id(entry.record.path)
    unchanged = merged is not None and reviewed == merged
    if not required(entry.record, project):
        return Merge(pull, frozenset(), project, unchanged)
    if pull.untold:
        raise Undecided(pull.untold, help="run the same command again")
    excluded, untold = _people(workspace, before, pull, _records(workspace, ledger, before, pull), project)
    return Merge(pull, excluded, project, unchanged, untold)


def _records(workspace: Workspace, ledger: Ledger, before: str, pull: PullRequest) -> list[Promotion]:
    """Every promotion record that a pull request brought, as its check had them."""
    brought = {its.sha for its in workspace.git.between(before, str(pull.merged_commit))}
    return [e.record for e in ledger.entries if isinstance(e.record, Promotion) and e.commit.sha in brought]


def _people(
    workspace: Workspace, before: str, pull: PullRequest, records: Sequence[Promotion], project: Project | None
) -> tuple[frozenset[str], str]:
    """Who cannot have approved a pull request, and why that is not known, as its check had it.

    Raises Undecided where only another token could tell: what a receipt says stands for ever.
    """
    forge, merged = workspace.forge, str(pull.merged_commit)
    started = runners(forge, records)
    untold = hidden(workspace, before, pull, started, records, project, merged)
    by_bots = doings_of_bots(workspace.git, before, pull) if untold else []
    if by_bots and not (forge.self_declared or is_app(forge.me())):
        raise Undecided(untold, help="run it with the token of the App that opens promotions")
    known = excluded_people(workspace, before, pull, merged) | requesters(records)
    return frozenset(known | {its.login for its in started}), untold


def _unknown_team(entry: Entry, merge: Merge) -> str:
    """Why a receipt cannot be written yet: what it says of approvals would stand for ever; "" when it can."""
    if merge.project is None or merge.pull is None or not merge.pull.reviews:
        return ""
    pull = Pull(merge.pull.head, merge.pull.reviews, merge.excluded)
    short = shortfalls(merge.project, pull, required(entry.record, merge.project) or {})
    return next((message for message, undecided in short if undecided), "")


def _announce(workspace: Workspace, ledger: Ledger, written: Sequence[Receipt]) -> list[str]:
    """Tells the forge of new promotions and of what stands unapproved; what could not be told, in sentences."""
    known = {its.tag: its for its in written}
    faults = [
        f"- `{markdown.text(entry.record.path)}`: approvals {approved}, merged as {entry.commit.sha}"
        for entry, approved in record.unapproved(ledger, known)
    ]
    lines = ["These were merged, or pushed, without the approvals they needed or can prove:", "", *faults, "", _REMEDY]
    return workspace.forge.announce(record.tellable(ledger, known), "\n".join(lines) if faults else "")


_REMEDY = (
    "They satisfy no order. Promote or roll back again with the approvals, or fill in a receipt that is missing: "
    "`mlops-gitops record`. `mlops-gitops audit` lists them as well."
)


def _report(
    ledger: Ledger, receipts: Sequence[Receipt], refused: Mapping[str, str], done: str, untold: Sequence[str] = ()
) -> Report:
    rows = tuple((its.tag, its.approved, _approvers(its), _pull(its)) for its in receipts)
    tables = (Table("", ("receipt", "approvals", "approved by", "pull request"), rows),) if rows else ()
    written = f"{len(receipts)} receipt{'' if len(receipts) == 1 else 's'} {done}"
    lines = [written if receipts or refused else "nothing to record"]
    lines += [f"error: the receipt {tag} could not be written: {reason}" for tag, reason in refused.items()]
    newest = [e for e in ledger.entries if isinstance(e.record, Promotion)][-1:]
    lines += [f"newest record, to keep elsewhere as an anchor: {e.digest} {e.record.path}" for e in newest]
    wanting = [its for its in receipts if its.approved != MET]
    lines += [f"{its.path} was merged with approvals {its.approved}: it satisfies no order" for its in wanting]
    data = {
        "version": 1,
        "receipts": [
            {"tag": r.tag, "path": r.path, "digest": r.digest, "approved": r.approved, **r.facts} for r in receipts
        ],
        "anchor": {"digest": newest[0].digest, "path": newest[0].record.path} if newest else None,
    }
    lines += [f"error: {sentence}" for sentence in untold]
    data |= {"refused": dict(refused), "untold": list(untold)}
    return Report(data, (), tables, tuple(lines), UNDECIDED if refused or untold else PASSED)


def _approvers(its: Receipt) -> str:
    if not its.facts["required"]:
        return "none needed"
    return ", ".join(f"{a['by']} ({a['role']})" for a in its.facts["approvals"]) or "nobody"


def _pull(its: Receipt) -> str:
    number = its.facts["pull_request"]
    return f"#{number}" if number else "none: pushed directly"


COMMAND = Command("record", __doc__.strip(), arguments, run)
