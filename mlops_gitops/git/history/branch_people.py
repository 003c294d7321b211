"""The people of a branch's commits: their authors, committers and co-authors, by their addresses."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_gitops.forges import coauthors
from mlops_gitops.git import merge
from mlops_gitops.git.parse_output import BranchCommit
from mlops_gitops.git.repository import Git

MOST = 99  # co-authors of one commit: GitHub lists at most a hundred authors


def branch_people(git: Git, base: str, head: str) -> set[str]:
    """The authors, co-authors and committers of a branch, by their addresses."""
    own = own_commits(git, base, head)
    addresses = [address for commit in own for address in coauthor_addresses(git, commit.sha)]
    return commit_names(own) | {name for address in addresses for name in coauthors.names(address)}


def merged_people(git: Git, commit: str, *, by_author: bool) -> frozenset[str]:
    """The people who wrote what a commit of a first-parent line brought, as far as git holds it.

    Those of a merge are the people of the branches that it merged. Any other commit has no branch: its author counts
    where `by_author`, since there a squash keeps the author of the pull request, and nobody otherwise.
    Raises Undecided.
    """
    found = git.objects.commit(commit)
    if len(found.parents) > 1:
        base, *heads = found.parents
        return frozenset(name for head in heads for name in branch_people(git, base, head))
    author = found.people[0].email if by_author and found.people else ""
    return frozenset(coauthors.names(author))


def commit_names(commits: Iterable[BranchCommit]) -> set[str]:
    """The names of the authors and committers of some commits."""
    people = (who for commit in commits for who in (commit.author, commit.committer))
    return {name for who in people for name in coauthors.names(who)}


def coauthor_addresses(git: Git, commit: str) -> list[str]:
    """The addresses of a commit's co-authors; "" among them where one cannot be read."""
    message = git.message(commit)
    addresses = [""] if message is None else coauthors.coauthors(message)
    return addresses if len(addresses) <= MOST else [""]


def own_commits(git: Git, base: str, head: str) -> list[BranchCommit]:
    """The commits of a branch that the base lacks, without clean merges of the base."""
    return [commit for commit in git.between(base, head) if not is_base_merge(git, base, commit)]


def is_base_merge(git: Git, base: str, commit: BranchCommit) -> bool:
    """Whether a commit only merges the base into the branch."""
    return (
        len(commit.parents) == 2 and git.is_ancestor(commit.parents[1], base) and merge.merges_cleanly_to(git, commit)
    )
