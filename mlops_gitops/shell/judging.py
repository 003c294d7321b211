"""What a pull request check must know, gathered: the merged tree, the people, the gates measured again, the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mlops_gitops.contracts import Context, Pull, PullRequest
from mlops_gitops.edges.data import DataStore
from mlops_gitops.edges.git import BranchCommit, Git
from mlops_gitops.errors import Error
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.results import GateResult
from mlops_gitops.shell.evaluating import accepted, evaluate, running
from mlops_gitops.shell.workspace import Workspace
from mlops_gitops.snapshot import Snapshot


def changed_files(base: Snapshot, head: Snapshot) -> dict[str, str]:
    """What differs between two trees among the files the tool owns: path → A, M or D."""
    found = {}
    for path in sorted({*base.index, *head.index}):
        kinds = (base.index.get(path), head.index.get(path))
        before, after = (_text(snapshot, path) for snapshot in (base, head))
        if before != after:
            found[path] = "A" if kinds[0] is None else "D" if kinds[1] is None else "M"
    return found


def _text(snapshot: Snapshot, path: str) -> tuple[str, object] | None:
    if path not in snapshot.index:
        return None
    document = snapshot.document(path)
    return document.text, document.problems


def base_context(workspace: Workspace, head: Snapshot, base: str, today: date, *, fork: str | None = None) -> Context:
    """A head judged against a base commit; `fork` is where they parted, when the base has moved on since."""
    trusted = workspace.trusted(base)
    parted = trusted if fork in (None, base) else workspace.at(str(fork))
    return Context(head, today, trusted, workspace.ledger(base), changed_files(parted, head))


def merged_head(git: Git, base: str, head: str) -> str:
    """The commit a merge of `head` into `base` would make; `head` itself when it holds the base. Raises Refused."""
    return head if git.is_ancestor(base, head) else git.merge(base, head, "merge", "what merging would make")


def pull_context(workspace: Workspace, base: str, head: str, pull: PullRequest | None, today: date) -> Context:
    """A pull request's head, merged into the base, with everything its check asks about."""
    tree = workspace.at(merged_head(workspace.git, base, head))
    context = base_context(workspace, tree, base, today)
    excluded = people(workspace.git, base, head) | requesters(context) | ({pull.author} if pull else set())
    store = workspace.store(base)
    gates = {record.path: measured_again(store, context, record) for record in context.promotions()}
    missing: dict[str, str] = {}
    for record in context.promotions():
        release = tree.release(record.model, record.release)
        missing |= absent(store, release) if release else {}
    facts = Pull(head, pull.reviews if pull else (), frozenset(excluded), gates, missing)
    return Context(tree, today, context.base, context.ledger, context.changes, facts)


def people(git: Git, base: str, head: str) -> set[str]:
    """The authors and committers of a branch; a clean merge of the base adds nothing, so it excludes nobody."""
    return {
        name
        for commit in git.between(base, head)
        if not is_base_merge(git, base, commit)
        for name in (commit.author, commit.committer)
    }


def is_base_merge(git: Git, base: str, commit: BranchCommit) -> bool:
    """Whether a commit only merges the base into the branch."""
    return len(commit.parents) == 2 and git.is_ancestor(commit.parents[1], base) and git.merges_cleanly_to(commit)


def requesters(context: Context) -> set[str]:
    """Who the change's records say asked for them."""
    asked = [record.predicate["requested_by"] for record in context.promotions()]
    return {who[name] for who in asked for name in ("login", "email") if who.get(name)}


def measured_again(store: DataStore, context: Context, record: Promotion) -> tuple[GateResult, ...]:
    """A promotion's gates, measured now by the base's KPIs; none for what was not gated."""
    kpis = context.policy.kpis(record.model)
    release = context.head.release(record.model, record.release)
    if record.action != "promote" or kpis is None or release is None or context.base is None or context.ledger is None:
        return ()
    taken = accepted(context, kpis, record.release, record.environment)
    return evaluate(store, kpis, release.evaluation, running(context.base, context.ledger, kpis), taken)


def absent(store: DataStore, release: Release) -> Mapping[str, str]:
    """The files of a release whose bytes are not in the remote, and why; what cannot be told is a reason too."""
    found = {}
    for pin in (*release.artifacts, *(pin for pin in release.evaluation.values() if pin.md5)):
        try:
            reason = store.absent(pin)
        except Error as error:
            reason = error.message
        if reason:
            found[pin.path] = reason
    return found
