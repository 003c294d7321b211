"""Write the receipts of what was merged: annotated tags that say what, by which pull request, and who approved."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_gitops import record
from mlops_gitops.contracts import Command, PullRequest
from mlops_gitops.edges.git import GitFailed
from mlops_gitops.errors import Undecided
from mlops_gitops.ledger import Commit, Entry, Ledger
from mlops_gitops.record import Merge
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.report import Report, Table
from mlops_gitops.shell.judging import people
from mlops_gitops.shell.workspace import FORGE, Workspace, open_workspace

PUSHED_AT_ONCE = 3  # GitHub sends no tag events for a push of more


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="print the receipts and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Brings the receipts up to what the branch holds, whatever events were lost."""
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    commits = workspace.history(base)
    ledger = workspace.ledger_of(commits, workspace.at(base))
    history = History(workspace, commits, workspace.forge.find())
    owed = record.pending(ledger)
    times = record.times(ledger)
    receipts = [
        record.receipt(ledger, e, history.merge(e), FORGE, workspace.forge.self_declared, times[e.position])
        for e in owed
    ]
    if not args.dry_run:
        _push(workspace, receipts)
    return _report(ledger, receipts)


@dataclass(frozen=True)
class History:
    """The branch's commits in order, and the pull requests that may have brought them."""

    workspace: Workspace
    commits: Sequence[Commit]
    pulls: Sequence[PullRequest]

    def merge(self, entry: Entry) -> Merge:
        """How an entry was merged."""
        order = {commit.sha: number for number, commit in enumerate(self.commits)}
        pull = record.merged_by(self.pulls, order, entry.commit.sha)
        before = pull.merged_before if pull else entry.commit.parent
        project = self.workspace.at(before).project if before else None
        if pull is None or before is None:
            return Merge(None, frozenset(), project, False)
        excluded = people(self.workspace.git, before, pull.head) | {pull.author} | _requester(entry)
        reviewed = self.workspace.git.tree(pull.head).blob_id(entry.record.path)
        merged = self.workspace.git.tree(entry.commit.sha).blob_id(entry.record.path)
        return Merge(pull, frozenset(excluded), project, reviewed == merged)


def _requester(entry: Entry) -> set[str]:
    asked = entry.record.predicate["requested_by"] if isinstance(entry.record, Promotion) else {}
    return {str(asked[name]) for name in ("login", "email") if asked.get(name)}


def _push(workspace: Workspace, receipts: Sequence[Receipt]) -> None:
    git = workspace.git
    made = {f"refs/tags/{its.tag}": git.make_tag(its.tag, its.target, its.message(), its.time) for its in receipts}
    refs = list(made)
    for start in range(0, len(refs), PUSHED_AT_ONCE):
        chunk = refs[start : start + PUSHED_AT_ONCE]
        try:
            git.push(*(f"{made[ref]}:{ref}" for ref in chunk))
        except GitFailed as error:
            raise Undecided(
                f"the receipts could not be pushed: {error}", help="git fetch --tags, then try again"
            ) from error
        for ref in chunk:
            git.set_ref(ref, made[ref])


def _report(ledger: Ledger, receipts: Sequence[Receipt]) -> Report:
    rows = tuple((its.tag, its.approved, _approvers(its), _pull(its)) for its in receipts)
    tables = (Table("", ("receipt", "approvals", "approved by", "pull request"), rows),) if rows else ()
    lines = [f"{len(receipts)} receipt{'' if len(receipts) == 1 else 's'} written" if receipts else "nothing to record"]
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
    return Report(data, (), tables, tuple(lines), 0)


def _approvers(its: Receipt) -> str:
    return ", ".join(f"{a['by']} ({a['role']})" for a in its.facts["approvals"]) or "nobody"


def _pull(its: Receipt) -> str:
    number = its.facts["pull_request"]
    return f"#{number}" if number else "none: pushed directly"


COMMAND = Command("record", __doc__.strip(), arguments, run)
