"""The people behind a pull request, whose approvals do not count, and why they can be unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges import coauthors
from mlops_gitops.forges.forge import Forge, JobGone
from mlops_gitops.forges.pull_request import Account, PullRequest, Push
from mlops_gitops.git.history.branch_people import coauthor_addresses, commit_names, own_commits
from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.retraining.records import retraining_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion import auto_promote
from mlops_gitops.records.evidence.observation import ObservationRecord
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import BACK, Promotion
from mlops_gitops.repository.approvals import observers, requesters
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.observations import Observations
from mlops_gitops.retraining.outcome import model_of
from mlops_gitops.retraining.record import RetrainingRecord, RunOutcome

WORKFLOWS = "github-actions[bot]"  # any workflow of any branch acts as this bot


@frozen
class Origin:
    """A pull request on its base, its promotion records, and the accounts that started their jobs.

    `project` is the base's. `merged` is the commit that a merge, or a merge queue, made of it: its message can name
    more people; "" where there is none.
    """

    pull: PullRequest
    base: str
    records: Sequence[Promotion]
    starters: frozenset[Account]
    project: Project | None
    merged: str = ""


def excluded_people(workspace: Workspace, origin: Origin) -> frozenset[str]:
    """The names of everybody who asked for a pull request, wrote or pushed it, or handed in what it depends on.

    Those who started a job of it are among them.

    A clean merge of the base adds nothing, so it excludes nobody, and neither does a push of only that. Raises Error.
    """
    starters = {account.login for account in origin.starters}
    record = _retraining(workspace, origin)
    by_hand = {record.decision.by} if record and record.decision.by else set[str]()
    asked = requesters(origin.records) | _observers(workspace, origin.records)
    return frozenset(_authors(workspace, origin) | asked | starters | by_hand)


def _observers(workspace: Workspace, records: Sequence[Promotion]) -> set[str]:
    """The people who handed in what records depend on. Raises Undecided where an observation of them is not here."""
    ledger = Ledger((), observations=workspace.observations)
    starters = set()
    for record in records:
        known = workspace.observations(record.environment, record.model) if record.evidence else Observations()
        for digest in record.evidence:
            found = known.with_digest(digest)
            if found is None:
                raise Undecided(f"{record.path} depends on the observation {digest[:17]}…, which is not here")
            starters |= _starters_of_report(workspace.forge, found)
    return {*observers(records, ledger)} | starters


def _starters_of_report(forge: Forge, found: ObservationRecord) -> set[str]:
    """The accounts that started the job which handed in a report, as the forge has it; none where that is gone.

    Raises Undecided where they are others than the record says.
    """
    by = found.observation.by
    try:
        starters = {account.login for account in forge.job_starters(by["run"], "")} if "run" in by else set[str]()
    except JobGone:
        return set()
    if starters and by.get("login") not in starters:
        names = ", ".join(sorted(starters))
        raise Undecided(f"{found.path} says that {by.get('login')} started run {by['run']}, and {names} did")
    return starters


def _retraining(workspace: Workspace, origin: Origin) -> RetrainingRecord | None:
    """The record of the retraining that proposed a pull request; None where there is none.

    Raises Undecided where the records are not whole.
    """
    model = "" if origin.pull.fork else model_of(origin.pull.branch)
    records = retraining_chain(workspace, model).records if model else ()
    proposed = (found for found in reversed(records) if found.run and found.run.outcome is RunOutcome.PROPOSED)
    return next((found for found in proposed if found.run and found.run.branch == origin.pull.branch), None)


def _authors(workspace: Workspace, origin: Origin) -> set[str]:
    """The people of a pull request by its commits, and by what the forge knows of each."""
    git, pull, base = workspace.git, origin.pull, origin.base
    own = own_commits(git, base, pull.head)
    shas = {commit.sha for commit in own}
    writers = {writer.by.login for writer in pull.writers if writer.commit in shas}
    pushers = {push.by.login for push in pull.pushes if adds_own_commits(git, base, push)}
    named = {name for names in _coauthor_names(workspace, sorted(shas)) for name in names}
    people = commit_names(own) | coauthors.names(pull.author.login) | writers | pushers | named
    return people | _names_of_merge(workspace, origin)


def _names_of_merge(workspace: Workspace, origin: Origin) -> set[str]:
    """The people that a merge's message names, without those who only merged the base: GitHub's squash names them."""
    if not origin.merged:
        return set()
    git, pull, base = workspace.git, origin.pull, origin.base
    own = {commit.sha for commit in own_commits(git, base, pull.head)}
    updates = [commit for commit in git.between(base, pull.head) if commit.sha not in own]
    shas = {commit.sha for commit in updates}
    updaters = commit_names(updates) | {writer.by.login for writer in pull.writers if writer.commit in shas}
    exempt = {name.casefold() for name in updaters}
    people = _coauthor_names(workspace, _commits_of_merge(git, origin))
    return {name for names in people if exempt.isdisjoint(name.casefold() for name in names) for name in names}


def _commits_of_merge(git: Git, origin: Origin) -> list[str]:
    """The commits that a merge made, beside those of the pull request."""
    if not origin.merged:
        return []
    shas = {commit.sha for commit in git.between(origin.base, origin.pull.head)}
    return [commit.sha for commit in git.between(origin.base, origin.merged) if commit.sha not in shas]


def _coauthor_names(workspace: Workspace, commits: Sequence[str]) -> list[set[str]]:
    """The names of each co-author of some commits: the address, and the login where the forge knows it."""
    by_commit = {commit: list(filter(None, coauthor_addresses(workspace.git, commit))) for commit in commits}
    with_coauthors = [commit for commit, addresses in by_commit.items() if addresses]
    logins = workspace.forge.author_logins(with_coauthors) if with_coauthors else {}
    every = dict.fromkeys(address for addresses in by_commit.values() for address in addresses)
    return [coauthors.names(address) | ({logins.get(address.casefold(), "")} - {""}) for address in every]


def unknown_people_reason(workspace: Workspace, origin: Origin) -> str:
    """Why it is unknown who is behind a pull request, "" where it is known: a bot acts for somebody else.

    Our own App is the exception, where its records name the person for whom it acted, or where the record of a
    retraining says that the policy, or the person whom it names, asked for it. Raises Error.
    """
    git = workspace.git
    actions = bot_actions(git, origin.base, origin.pull)
    own_login = workspace.forge.own_login() if actions else ""
    for account, action in actions:
        ours = is_app(own_login) and account.login == own_login
        if not (ours and _is_asked_for(workspace, origin, account)):
            return f"{account.login} {action}, and {_doubt(own_login, ours=ours)}"
    for account in sorted(origin.starters, key=lambda account: account.login):
        if not account.is_person:
            return f"{account.login} started the job that asked for it, and for whom is not known"
    own = [commit.sha for commit in own_commits(git, origin.base, origin.pull.head)]
    for commit in [*own, *_commits_of_merge(git, origin)]:
        if "" in coauthor_addresses(git, commit):
            return f"not all the co-authors that the commit {commit[:10]} names can be read"
    return ""


def _is_asked_for(workspace: Workspace, origin: Origin, account: Account) -> bool:
    """Whether records say for whom our own App's account acted: those of promotions, or that of a retraining.

    A workflow's bot is not believed where a policy asked: any workflow can write that.
    """
    if origin.records:
        return all(_names_requester(record, account, origin.project) for record in origin.records)
    return account.login != WORKFLOWS and _retraining(workspace, origin) is not None


def bot_actions(git: Git, base: str, pull: PullRequest) -> list[tuple[Account, str]]:
    """What accounts that are not a person's did to a pull request."""
    return [action for action in dict.fromkeys(_actions(git, base, pull)) if not action[0].is_person]


def _actions(git: Git, base: str, pull: PullRequest) -> Iterator[tuple[Account, str]]:
    yield pull.author, "opened it"
    for push in pull.pushes:
        if adds_own_commits(git, base, push):
            yield push.by, "pushed the branch"
    own = own_commits(git, base, pull.head)
    shas = {commit.sha for commit in own}
    yield from ((writer.by, "wrote a commit of it") for writer in pull.writers if writer.commit in shas)
    for name in sorted(name for name in commit_names(own) if name.endswith("[bot]")):  # by their addresses
        yield Account(name, False), "wrote a commit of it"


def _names_requester(record: Promotion, account: Account, project: Project | None) -> bool:
    """Whether a record names the run of our own App's job, or the policy as the one who asked.

    A workflow's bot is not believed where it claims the policy: any workflow can write that.
    """
    requester = record.predicate["requested_by"]
    automatic = project is not None and record.environment in project.auto_promote and record.is_gated
    by_policy = requester == auto_promote.REQUESTER and automatic
    planned = record.action in ("advance", "settle") or (record.action in BACK and bool(record.evidence))
    by_plan = requester == auto_promote.ROLLOUT_REQUESTER and planned
    return bool(requester.get("run")) or ((by_policy or by_plan) and account.login != WORKFLOWS)


def _doubt(own_login: str, *, ours: bool) -> str:
    if ours:
        return "no run on record shows for whom"
    elsewhere = own_login == WORKFLOWS or (own_login and not is_app(own_login))  # an App's token could know its own bot
    return "this token does not show for whom" if elsewhere else "for whom is not known"


def is_app(login: str) -> bool:
    """Whether the account of a token is an App's."""
    return login.endswith("[bot]")


def adds_own_commits(git: Git, base: str, push: Push) -> bool:
    """Whether a push adds more than the base, as GitHub's button to update a branch does; True if unknown."""
    if not (push.before and git.resolve(push.before) and git.resolve(push.after)):
        return True
    new = {commit.sha for commit in git.between(push.before, push.after)}
    own = new & {commit.sha for commit in own_commits(git, base, push.after)}
    return bool(own) or not git.is_ancestor(push.before, push.after)


def starters_by_job(forge: Forge, records: Sequence[Promotion], head: str) -> dict[str, frozenset[Account]]:
    """The accounts that started each job that promotion records name. Raises Undecided, Error."""
    runs = {str(record.predicate["requested_by"].get("run") or "") for record in records}
    return {run: forge.job_starters(run, head) for run in sorted(runs) if run}


def job_starters(forge: Forge, records: Sequence[Promotion], head: str) -> frozenset[Account]:
    """The accounts that started the jobs of promotion records. Raises Undecided, Error."""
    return frozenset().union(*starters_by_job(forge, records, head).values())
