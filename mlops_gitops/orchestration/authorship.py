"""Who is behind a pull request: whose approvals of it do not count, and why that may not be known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from mlops_gitops.forges import coauthors
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.pull_request import Account, PullRequest, Push
from mlops_gitops.git import merge
from mlops_gitops.git.parse_output import BranchCommit
from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion import auto_promote
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion

WORKFLOWS = "github-actions[bot]"  # any workflow of any branch acts as this bot
MOST = 99  # co-authors of one commit: GitHub tells of a hundred authors


def excluded_people(workspace: Workspace, base: str, pull: PullRequest, merged: str = "") -> set[str]:
    """Who wrote or pushed a pull request, by its commits and by what the forge knows of each.

    A clean merge of the base adds nothing, so it excludes nobody, and neither does who pushed only that. `merged` is
    what a merge, or a merge queue, made of it: its message may name others still. Raises Error.
    """
    git = workspace.git
    own = own_commits(git, base, pull.head)
    written = {its.sha for its in own}
    writers = {its.by.login for its in pull.writers if its.commit in written}
    pushers = {its.by.login for its in pull.pushes if adds_own_commits(git, base, its)}
    named = {name for one in _coauthors(workspace, sorted(written)) for name in one}
    found = _names(own) | coauthors.names(pull.author.login) | writers | pushers | named
    return found | _named_by_merge(workspace, base, pull, merged)


def _named_by_merge(workspace: Workspace, base: str, pull: PullRequest, merged: str) -> set[str]:
    """Whom the message of a merge names, but for those who only brought the base: GitHub's squash names them too."""
    if not merged:
        return set()
    git = workspace.git
    own = {its.sha for its in own_commits(git, base, pull.head)}
    updates = [its for its in git.between(base, pull.head) if its.sha not in own]
    brought = {its.sha for its in updates}
    spared = _names(updates) | {its.by.login for its in pull.writers if its.commit in brought}
    few = {name.casefold() for name in spared}
    found = _coauthors(workspace, _made_by_merge(git, base, pull, merged))
    return {name for one in found if few.isdisjoint(its.casefold() for its in one) for name in one}


def _made_by_merge(git: Git, base: str, pull: PullRequest, merged: str) -> list[str]:
    """The commits that a merge made, beside those of the pull request."""
    there = {its.sha for its in git.between(base, pull.head)}
    return [its.sha for its in git.between(base, merged) if its.sha not in there]


def _coauthors(workspace: Workspace, commits: Sequence[str]) -> list[set[str]]:
    """The names of each co-author of some commits: address, and login where that is known."""
    found = {its: [address for address in _named(workspace.git, its) if address] for its in commits}
    naming = [its for its, addresses in found.items() if addresses]
    known = workspace.forge.author_logins(naming) if naming else {}
    every = dict.fromkeys(address for addresses in found.values() for address in addresses)
    return [coauthors.names(its) | ({known[its.casefold()]} if its.casefold() in known else set()) for its in every]


def unknown_people_reason(
    workspace: Workspace, base: str, pull: PullRequest, started: Collection[Account], records: Sequence[Promotion],
    project: Project | None, merged: str = "",
) -> str:  # fmt: skip
    """Why nobody knows who is behind a pull request, "" where it is known: a bot acts for whoever made it act.

    Our own App is the exception, where its records say for whom it acted. Raises Error.
    """
    git = workspace.git
    by_bots = bot_actions(git, base, pull)
    me = workspace.forge.own_login() if by_bots else ""
    for account, did in by_bots:
        ours = is_app(me) and account.login == me
        if not (ours and records and all(_says_for_whom(its, account, project) for its in records)):
            return f"{account.login} {did}, and {_doubt(me, ours=ours)}"
    for account in sorted(started, key=lambda its: its.login):
        if not account.is_person:
            return f"{account.login} started the job that asked for it, and nobody knows for whom"
    own = [its.sha for its in own_commits(git, base, pull.head)]
    for commit in [*own, *(_made_by_merge(git, base, pull, merged) if merged else ())]:
        if "" in _named(git, commit):
            return f"not all the co-authors that the commit {commit[:10]} names can be read"
    return ""


def _named(git: Git, commit: str) -> list[str]:
    """The addresses of the co-authors that a commit names; "" among them where one cannot be read."""
    message = git.message(commit)
    found = [""] if message is None else coauthors.coauthors(message)
    return found if len(found) <= MOST else [""]


def bot_actions(git: Git, base: str, pull: PullRequest) -> list[tuple[Account, str]]:
    """What accounts that are no person's did to a pull request."""
    return [its for its in dict.fromkeys(_doings(git, base, pull)) if not its[0].is_person]


def _doings(git: Git, base: str, pull: PullRequest) -> Iterator[tuple[Account, str]]:
    yield pull.author, "opened it"
    for push in pull.pushes:
        if adds_own_commits(git, base, push):
            yield push.by, "pushed the branch"
    own = own_commits(git, base, pull.head)
    written = {its.sha for its in own}
    yield from ((its.by, "wrote a commit of it") for its in pull.writers if its.commit in written)
    for name in sorted(name for name in _names(own) if name.endswith("[bot]")):  # as their addresses have it
        yield Account(name, False), "wrote a commit of it"


def _says_for_whom(record: Promotion, account: Account, project: Project | None) -> bool:
    """Whether a record says for whom our own App acted: for who started a run, or for nobody, as the policy has it.

    That it was the policy is not believed of what any workflow can write.
    """
    asked = record.predicate["requested_by"]
    named = project is not None and record.environment in project.auto_promote and record.action == "promote"
    return bool(asked.get("run")) or (asked == auto_promote.REQUESTER and named and account.login != WORKFLOWS)


def _doubt(me: str, *, ours: bool) -> str:
    if ours:
        return "no run on record tells for whom"
    elsewhere = me == WORKFLOWS or (me and not is_app(me))  # that of an App could know the bot for its own
    return "this token cannot tell for whom" if elsewhere else "nobody knows for whom"


def is_app(me: str) -> bool:
    """Whether the account of a token is an App's."""
    return me.endswith("[bot]")


def adds_own_commits(git: Git, base: str, push: Push) -> bool:
    """Whether a push brought more than the base, as GitHub's button to update a branch does; True if untold."""
    if not (push.before and git.resolve(push.before) and git.resolve(push.after)):
        return True
    new = {its.sha for its in git.between(push.before, push.after)}
    own = new & {its.sha for its in own_commits(git, base, push.after)}
    return bool(own) or not git.is_ancestor(push.before, push.after)


def job_starters(forge: Forge, records: Sequence[Promotion]) -> set[Account]:
    """Who started the jobs that records say they come from. Raises Undecided, Error."""
    runs = {its.predicate["requested_by"].get("run") for its in records}
    return {one for run in runs if run for one in forge.job_starters(run)}


def requesters(records: Sequence[Promotion]) -> set[str]:
    """Who records say asked for them."""
    asked = [record.predicate["requested_by"] for record in records]
    return {name for who in asked for key in ("login", "email") for name in coauthors.names(str(who.get(key, "")))}


def branch_people(git: Git, base: str, head: str) -> set[str]:
    """The authors, co-authors and committers of a branch, by their addresses."""
    own = own_commits(git, base, head)
    named = [address for its in own for address in _named(git, its.sha)]
    return _names(own) | {name for address in named for name in coauthors.names(address)}


def _names(commits: Iterable[BranchCommit]) -> set[str]:
    return {name for its in commits for who in (its.author, its.committer) for name in coauthors.names(who)}


def own_commits(git: Git, base: str, head: str) -> list[BranchCommit]:
    """The commits of a branch that the base lacks, but for clean merges of the base."""
    return [its for its in git.between(base, head) if not is_base_merge(git, base, its)]


def is_base_merge(git: Git, base: str, commit: BranchCommit) -> bool:
    """Whether a commit only merges the base into the branch."""
    return (
        len(commit.parents) == 2 and git.is_ancestor(commit.parents[1], base) and merge.merges_cleanly_to(git, commit)
    )
