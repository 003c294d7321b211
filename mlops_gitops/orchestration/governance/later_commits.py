"""The audit of the few commits since a checkpoint, of which no more is read than what they touch.

What was settled before stays so: receipts are the same, and no later commit changes what judges. Where that is not so,
or is not known, every commit is looked at, and what the checkpoint keeps is not judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlops_gitops.audit import replay
from mlops_gitops.audit.findings import Findings, Known, circumstances_differ, digest_of_tags
from mlops_gitops.audit.policy_findings import requires_nobody
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Tree
from mlops_gitops.forges.checkpoint import CHECKPOINT_TAG, Checkpoint, Settled, parse
from mlops_gitops.git.history.lines import first_parent_line
from mlops_gitops.orchestration.governance.audited import Audit, Facts, proven_policy
from mlops_gitops.orchestration.governance.checkpoints import circumstances
from mlops_gitops.orchestration.governance.record_branches import audit_record_branches
from mlops_gitops.orchestration.governance.settled import is_self_declared, unsettles
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.policy.guarded_paths import paths_of_targets
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import desired_state, promotion, release
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.lazy.index import FEW
from mlops_gitops.repository.lazy.settled import SettledIndex, Start
from mlops_gitops.repository.ledger import Commit, Entry, Ledger, added_entry
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Later:
    """The commits after a checkpoint, with the ledger of the whole line, and what is settled before them."""

    workspace: Workspace
    ledger: Ledger
    index: SettledIndex
    checkpoint: Checkpoint
    count: int  # of the commits up to the checkpoint
    settled: Settled
    commits: Sequence[Commit]
    entries: Sequence[Entry]

    @property
    def known(self) -> Known:
        """What the checkpoint keeps."""
        return Known(self.count, self.checkpoint)


def find_later(workspace: Workspace, tip: str) -> Later | None:
    """The commits since the newest checkpoint of a line; None where they alone do not say what an audit finds."""
    ids = workspace.tag_ids()
    named = {name.removeprefix(CHECKPOINT_TAG): name for name in ids if name.startswith(CHECKPOINT_TAG)}
    if not named:
        return None
    ledger, snapshot = workspace.lazy_ledger(tip), workspace.at(tip)
    line = workspace.git.line(tip)
    places = {commit: place for place, commit in enumerate(line)}
    newest = max((sha for sha in named if sha in places), key=places.__getitem__, default=None)
    tag = workspace.git.tag(named[newest], ids[named[newest]]) if newest else None
    checkpoint = parse(tag.name, tag.target, tag.message, tag.time) if tag else None
    if checkpoint is None or checkpoint.settled is None:
        return None
    count = places[checkpoint.commit] + 1
    if circumstances_differ(checkpoint, circumstances(ledger, snapshot)):
        return None
    commits = workspace.git.history_since(checkpoint.commit, tip)
    index = _index(workspace, ledger, checkpoint, checkpoint.settled, line, commits)
    entries = index.added_by(commits)
    tags = digest_of_tags(ids, [entry.tag for entry in entries])
    if len(commits) != len(places) - count or tags != checkpoint.settled.tags:
        return None
    if unsettles(commits, entries, workspace.at, snapshot.folders):
        return None
    ledger = replace(ledger, entries=index.entries, commits=index.commits, index=index)
    return Later(workspace, ledger, index, checkpoint, count, checkpoint.settled, commits, entries)


def _index(
    workspace: Workspace,
    ledger: Ledger,
    checkpoint: Checkpoint,
    settled: Settled,
    ids: Sequence[str],
    later: Sequence[Commit],
) -> SettledIndex:
    tree = workspace.at(checkpoint.commit)
    environments = [name for (name,) in settled.environments]
    start = Start(tree.tree, later, environments, workspace.git.changes)
    line = replace(first_parent_line(workspace.git, ids[-1]), ids=lambda: ids)
    return SettledIndex(line, tree.folders, FEW, ledger.receipts, start)


def audit_later(later: Later) -> Audit:
    """The answer of an audit of the whole line."""
    workspace, ledger, settled, checkpoint = later.workspace, later.ledger, later.settled, later.checkpoint
    policy = PolicyHistory(ledger, workspace.at)
    tip = workspace.at(later.commits[-1].sha if later.commits else checkpoint.commit)
    entries = (*_read_again(later), *later.entries)
    receipts = [ledger.receipt(entry) for entry in later.entries if isinstance(entry.record, Promotion)]
    facts = Facts(
        len(ledger.commits),
        settled.promotions + len(receipts),
        settled.unapproved + sum(1 for receipt in receipts if receipt and requires_nobody(receipt)),
        settled.self_declared or is_self_declared(ledger, later.entries),
        entries,
        settled.changes,
        proven_policy(settled.digest) if settled.changes else None,
    )
    records = audit_record_branches(workspace, policy, entries, whole=True)
    return Audit(policy, tip, _findings(later, checkpoint, policy, tip), records, facts)


def _findings(later: Later, checkpoint: Checkpoint, policy: PolicyHistory, tip: Snapshot) -> Findings:
    by_commit: dict[str, list[Entry]] = {}
    for entry in later.entries:
        by_commit.setdefault(entry.commit.sha, []).append(entry)
    before = later.workspace.at(checkpoint.commit)
    states = [state for pair in later.settled.targeted if (state := before.state(*pair))]
    found = replay.audit_later(
        later.commits,
        policy,
        lambda commit: (later.index.position(commit.sha), by_commit.get(commit.sha, [])),
        {(state.environment, state.model): paths_of_targets(state) for state in states},
        frozenset(later.index.commits.places),
        frozenset(later.workspace.lightweight_tags()),
    )
    newest = later.ledger.commits[-1]
    return Findings(
        {**checkpoint.commits, **found.commits},
        checkpoint.listed,
        replay.tip_findings(Snapshot(PartOfTree(tip.tree, _touched(later, tip))), newest),
        {**checkpoint.records, **found.records},
        (),
    )


def _read_again(later: Later) -> Iterator[Entry]:
    """The earlier entries that are needed in every audit."""
    git, folders = later.workspace.git, later.workspace.at(later.ledger.commits[-1].sha).folders
    for sha, path in later.settled.entries:
        commit = git.adding(sha, path) if sha in later.index.commits.places else None
        id = commit.changes[0].new if commit else None
        entry = added_entry(commit, path, id, later.index.position(sha), git.blob, folders) if commit and id else None
        if entry is not None:
            yield entry


def _touched(later: Later, tip: Snapshot) -> list[str]:
    """The files that the newest tree's findings can be about: what changed, and what is about the same pairs."""
    changed = {change.path for commit in later.commits for change in commit.changes}
    pairs = {(environment, model) for environment, model in later.settled.targeted}
    environments = tip.project.environments if tip.project else {}
    for path in changed:
        for kind in (desired_state.KIND, promotion.KIND, release.KIND):
            if parts := kind.match(tip.folders, path):
                named = [parts["environment"]] if "environment" in parts else environments
                pairs |= {(environment, parts["model"]) for environment in named}
    found = {path for path in changed if tip.tree.exists(path)}
    for environment, model in pairs:
        state = tip.path_of(desired_state.KIND, environment=environment, model=model)
        found |= {state} if tip.tree.exists(state) else set()
        found |= set(tip.tree.paths(f"{tip.folders['promotions']}/{environment}/{model}"))
    return sorted(found)


@frozen
class PartOfTree:
    """A tree of which only some files are listed; every other can be read."""

    tree: Tree
    listed: Sequence[str]

    def paths(self, under: str = "") -> Iterator[str]:
        """Every listed file below `under`, sorted; of the whole tree, hidden folders are left out."""
        if under:
            yield from (path for path in self.listed if path.startswith(f"{under}/"))
        else:
            yield from (path for path in self.listed if "/." not in f"/{path.rpartition('/')[0]}")

    def every(self) -> Iterator[str]:
        """Every listed file, sorted."""
        yield from self.listed

    def named(self, names: frozenset[str]) -> Iterable[str]:
        """Every file of one of these names."""
        return self.tree.named(names)

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`."""
        return self.tree.exists(path)

    def read(self, path: str) -> bytes | None:
        """The file's bytes. Raises Unreadable."""
        return self.tree.read(path)

    def stored(self, path: str) -> bytes | None:
        """The bytes that Git stores. Raises Unreadable."""
        return self.tree.stored(path)

    def identity(self, path: str) -> str | None:
        """The id of the bytes at `path`; none for the tree, which is not a whole one."""
        return self.tree.identity(path) if path else None
