"""Write the receipts of what was merged: annotated tags that say what, by which pull request, and who approved."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlops_gitops import record
from mlops_gitops.contracts import Command
from mlops_gitops.edges.git import Git, GitFailed
from mlops_gitops.errors import PASSED, UNDECIDED
from mlops_gitops.ledger import Commit, Entry, Ledger
from mlops_gitops.pulls import PullRequest
from mlops_gitops.record import Merge
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.report import Report, Table
from mlops_gitops.shell.judging import people
from mlops_gitops.shell.workspace import FORGE, TAGS, Workspace, open_workspace

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
    refused = {} if args.dry_run else _push(workspace, receipts)
    written = [its for its in receipts if its.tag not in refused]
    return _report(ledger, written, refused, "would be written" if args.dry_run else "written")


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
        return Merge(pull, frozenset(excluded), project, merged is not None and reviewed == merged)


def _requester(entry: Entry) -> set[str]:
    asked = entry.record.predicate["requested_by"] if isinstance(entry.record, Promotion) else {}
    return {str(asked[name]) for name in ("login", "email") if asked.get(name)}


def _push(workspace: Workspace, receipts: Sequence[Receipt]) -> dict[str, str]:
    """Pushes the receipts, and returns why each that could not be pushed was not."""
    git = workspace.git
    refused: dict[str, str] = {}
    for start in range(0, len(receipts), PUSHED_AT_ONCE):
        chunk = receipts[start : start + PUSHED_AT_ONCE]
        try:
            _push_together(git, chunk)
        except GitFailed:  # one bad name must not hold up the others
            for its in chunk:
                try:
                    _push_together(git, [its])
                except GitFailed as error:
                    refused[its.tag] = str(error)
    return refused


def _push_together(git: Git, receipts: Sequence[Receipt]) -> None:
    made = {its.tag: git.make_tag(its.tag, its.target, its.message(), its.time) for its in receipts}
    git.push(*(f"{id}:refs/tags/{tag}" for tag, id in made.items()))
    for tag, id in made.items():
        git.set_ref(f"refs/tags/{tag}", id)
        git.set_ref(f"{TAGS}/{tag}", id)


def _report(ledger: Ledger, receipts: Sequence[Receipt], refused: Mapping[str, str], done: str) -> Report:
    rows = tuple((its.tag, its.approved, _approvers(its), _pull(its)) for its in receipts)
    tables = (Table("", ("receipt", "approvals", "approved by", "pull request"), rows),) if rows else ()
    written = f"{len(receipts)} receipt{'' if len(receipts) == 1 else 's'} {done}"
    lines = [written if receipts or refused else "nothing to record"]
    lines += [f"error: the receipt {tag} could not be written: {reason}" for tag, reason in refused.items()]
    lines += [f"  a tag that is no receipt is in its way: git push origin :refs/tags/{tag}" for tag in refused]
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
    data["refused"] = dict(refused)
    return Report(data, (), tables, tuple(lines), UNDECIDED if refused else PASSED)


def _approvers(its: Receipt) -> str:
    if not its.facts["required"]:
        return "none needed"
    return ", ".join(f"{a['by']} ({a['role']})" for a in its.facts["approvals"]) or "nobody"


def _pull(its: Receipt) -> str:
    number = its.facts["pull_request"]
    return f"#{number}" if number else "none: pushed directly"


COMMAND = Command("record", __doc__.strip(), arguments, run)
