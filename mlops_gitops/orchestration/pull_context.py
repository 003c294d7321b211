"""Gathers what the check of a pull request must know: the merged tree, people, gates measured again, bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Unreadable
from mlops_gitops.forges.kept_people import approvers_by_team, started
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git import merge
from mlops_gitops.git.history.branch_people import branch_people
from mlops_gitops.git.repository import Git
from mlops_gitops.git.tree import GitTree
from mlops_gitops.orchestration.authorship import (
    Origin,
    excluded_people,
    starters_by_job,
    unknown_people_reason,
)
from mlops_gitops.orchestration.remeasure import data_facts, unread_artifacts
from mlops_gitops.orchestration.retraining.release_records import release_record_faults
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.pipelines import dvc_places
from mlops_gitops.policy import guarded_paths
from mlops_gitops.promotion.policy_approvals import cards_taken_back
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import decision, release
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.release import Release
from mlops_gitops.repository.approvals import requesters
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.outcome import model_of
from mlops_gitops.runtime import clock


def changed_files(base: Snapshot, head: Snapshot, paths: Iterable[str] | None = None) -> dict[str, str]:
    """What differs between two trees among the files the tool owns and those of targets: path → A, M or D.

    `paths` are all files that can differ; None for any.
    """
    found = {}
    for path in sorted({*base.index, *head.index, *_targets(base, head)}) if paths is None else paths:
        if paths is not None and not (base.kind_at(path) or head.kind_at(path) or path in _targets(base, head)):
            continue
        before, after = (_bytes(snapshot, path) for snapshot in (base, head))
        if before != after:
            found[path] = "A" if before is None else "D" if after is None else "M"
    return found


def _targets(base: Snapshot, head: Snapshot) -> frozenset[str]:
    return guarded_paths.target_paths(base) | guarded_paths.target_paths(head)


def _bytes(snapshot: Snapshot, path: str) -> bytes | str | None:
    try:
        return snapshot.tree.read(path)
    except Unreadable as error:
        return error.message


def base_context(workspace: Workspace, head: Snapshot, base: str, today: date, *, fork: str | None = None) -> Context:
    """A head judged against a base commit; `fork` is where they parted, when the base has moved on since."""
    trusted = workspace.trusted(base)
    parted = trusted if fork in (None, base) else workspace.at(str(fork))
    paths = _differing(workspace.git, fork or base, head)
    changes = changed_files(parted, head, paths)
    ledger = workspace.lazy_ledger(base)
    return Context(
        head, today, trusted, ledger, changes, at=workspace.at, paths=None if paths is None else frozenset(paths),
        targeted=targeted_pairs(trusted, changes),
    )  # fmt: skip


def targeted_pairs(base: Snapshot, changes: Collection[str]) -> frozenset[tuple[str, str]]:
    """The pairs of environment and model on the base whose target files a change touches."""
    states = base.targeted_states
    return frozenset(
        (state.environment, state.model)
        for state in states
        if not guarded_paths.paths_of_targets(state).isdisjoint(changes)
    )


def _differing(git: Git, base: str, head: Snapshot) -> list[str] | None:
    """Every file that differs from a commit, sorted; None where that is not known."""
    tree = head.tree
    return sorted(git.changes(base, tree.commit)) if isinstance(tree, GitTree) else None


def merged_head(git: Git, base: str, head: str) -> str:
    """The commit a merge of `head` into `base` would make; `head` itself when it holds the base. Raises Refused."""
    return head if git.is_ancestor(base, head) else merge.trial_commit(git, base, head)


def pull_context(
    workspace: Workspace, base: str, head: str, pull: PullRequest | None, today: date, *, data: bool = True
) -> Context:
    """A pull request's head, merged into the base, with everything that its check needs.

    `head` is another than the pull request's where a merge queue made it. Without `data` no data is read and no gate
    is measured. Raises Refused, Undecided.
    """
    merged = merged_head(workspace.git, base, pull.head if pull else head)
    if pull and head != pull.head:
        _require_alone(workspace.git, head, merged)
    context = base_context(workspace, workspace.at(merged), base, today)
    now = clock.utc_now()
    context = replace(context, now=now if now.date() == today else None)
    reads = data and not (pull is not None and pull.fork)
    facts = _tree_facts(workspace, context, base, pull.head if pull else head, reads=reads)
    if pull is None:
        people = requesters(context.promotions()) | branch_people(workspace.git, base, head)
        return replace(context, pull=replace(facts, excluded=frozenset(people)))
    if not promotes(context, (*facts.paths, *facts.passing)) and not (model_of(pull.branch) and not pull.fork):
        return replace(context, pull=replace(facts, fork=pull.fork, branch=pull.branch))
    context = replace(context, teams=_teams(workspace, context, base))
    pull = workspace.forge.with_people(pull)
    records = context.promotions()
    jobs = starters_by_job(workspace.forge, records, pull.head)
    starters = frozenset(account for accounts in jobs.values() for account in accounts)
    # Of the pull request's own head: the author of a merge queue's commit is the person who queued it.
    group = head if head != pull.head else ""
    origin = Origin(pull, base, records, starters, context.policy.project, group)
    facts = _with_people(workspace, facts, origin)
    known = {run: accounts for run, accounts in jobs.items() if all(account.is_person for account in accounts)}
    kept = {started(run): sorted(account.login for account in accounts) for run, accounts in known.items()}
    kept |= approvers_by_team(context.teams, [review for review in pull.reviews if review.commit == pull.head])
    return replace(context, pull=replace(facts, kept=kept))


def promotes(context: Context, paths: Sequence[str]) -> bool:
    """Whether a head promotes, decides, or changes what judges, by all the paths that differ: somebody must approve."""
    policy = context.policy
    if guarded_paths.changes_guarded_or_policy(policy.folders, paths):
        return True
    if guarded_paths.may_change_targets(policy, paths):
        return True
    return context.base is not None and bool(cards_taken_back(context.base, context.head))


def _tree_facts(workspace: Workspace, context: Context, base: str, head: str, *, reads: bool) -> Pull:
    """The facts of a head that its files and its data give; those of its data where it `reads` any, as for no fork."""
    passing = passing_files(workspace.git, base, head, context.policy.folders)
    if not reads:
        facts = Pull(head, (), frozenset(), missing=unread_artifacts(context))
    else:
        facts = data_facts(workspace.store(base), context, head)
    paths, faults = changed_paths(workspace.git, base, context.head), dvc_faults(context.head)
    recorded = release_record_faults(workspace, context.added(release.KIND, Release))
    return replace(facts, passing=passing, paths=paths, dvc_faults=faults, record_faults=recorded)


def _with_people(workspace: Workspace, facts: Pull, origin: Origin) -> Pull:
    """The facts with the pull request's reviews, and the people who cannot approve it."""
    pull = origin.pull
    excluded = excluded_people(workspace, origin)
    unknown = pull.unknown_reason or unknown_people_reason(workspace, origin)
    return replace(
        facts, reviews=pull.reviews, uncounted=pull.uncounted, excluded=excluded, fork=pull.fork,
        unknown_reason=unknown, branch=pull.branch,
    )  # fmt: skip


def _teams(workspace: Workspace, context: Context, base: str) -> dict[str, frozenset[str]]:
    """The members of the teams that may have to approve: the base's, and the last proven policy's of a restatement."""
    teams = workspace.teams(context.policy.project)
    if context.ledger and any(added.type == "policy" for added in context.added(decision.KIND, Decision)):
        for demand in PolicyHistory(context.ledger, workspace.at).last_proven_demands(base):
            teams = workspace.teams(demand.project) | teams
    return teams


def _require_alone(git: Git, group: str, merged: str) -> None:
    """Raises Undecided when a group of the merge queue holds more than the pull request, merged into the base."""
    if git.tree_id(git.commit_of(group)) != git.tree_id(merged):
        raise Undecided(
            "this group of the merge queue holds other pull requests too, and approvals are of one",
            help="set the merge queue's build concurrency and group size to 1",
        )


def changed_paths(git: Git, base: str, head: Snapshot) -> tuple[str, ...]:
    """Every file that differs between a base commit and the tree of a head, whether it is one of ours or not."""
    tree = head.tree
    return tuple(git.changes(base, tree.commit)) if isinstance(tree, GitTree) else tuple(tree.paths())


def dvc_faults(head: Snapshot) -> dict[str, str]:
    """What is wrong with the places of DVC's settings in a revision, by path."""
    return dict(dvc_places.faults(head.tree.entries() if isinstance(head.tree, GitTree) else ()))


def passing_files(git: Git, base: str, head: str, folders: Mapping[str, str]) -> tuple[str, ...]:
    """The guarded and policy files that a commit of a branch adds, changes or removes, and that differ in its head.

    Merging hides them; a rebase would put them on the branch, each in a commit of its own.
    """
    commits = [commit for commit in git.between(base, head) if len(commit.parents) == 1]
    if len(commits) < 2:
        return ()
    found = set()
    for commit in commits:
        unlike_head = git.changes(commit.sha, head)
        found |= {
            path
            for path in git.changes(commit.parents[0], commit.sha)
            if path in unlike_head and guarded_paths.changes_guarded_or_policy(folders, [path])
        }
    return tuple(sorted(found))
