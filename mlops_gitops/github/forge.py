"""GitHub: pull requests, reviews, the commit status, receipts as tags, deployments, one rolling issue.

Content is read through git; what people did is read through the API, by which everything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from mlops_gitops.core.errors import Error, Refused, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.checkpoint import Checkpoint
from mlops_gitops.forges.issue import Issue, IssueChange
from mlops_gitops.forges.pull_request import STATUS, Account, Listing, PullRequest, Status
from mlops_gitops.git.repository import Git
from mlops_gitops.github import issues, notices, statuses
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.github.git_data import advance_branch, append_commit, point_branch, write_commit, write_tag
from mlops_gitops.github.pulls import LABEL, account, branches_at, commit_count, listing, login, pull_request
from mlops_gitops.github.pushes import pushes
from mlops_gitops.github.queries.authors import author_logins
from mlops_gitops.github.reviews import approvals, writers
from mlops_gitops.records.receipt import Receipt

GITHUB = "github"
LISTED_COMMITS = 250  # GitHub lists no more of a pull request
_PULLS = "refs/mlops/github"


@frozen
class GitHub:
    """The part of the forge that needs no clone."""

    api: Api

    def listed(self, number: int) -> Listing:
        """A pull request by the list of its files. Raises GitHubFailed; Undecided when it changed meanwhile."""
        return listing(self.api, number)

    def branches_at(self, commit: str) -> list[str]:
        """The branches of the repository itself whose head is this commit."""
        return branches_at(self.api, commit)

    def set_status(self, pull: PullRequest, status: Status, people: Mapping[str, Sequence[str]]) -> None:
        """Sets the commit status, unless the newest gives the same answer. Raises Undecided where it has too many."""
        statuses.replace_status(self.api, pull, status, people=people)

    def hold(self, pull: PullRequest, why: str) -> None:
        """Keeps a pull request whose status cannot be set from being merged until it has another head."""
        statuses.hold(self.api, pull, why)

    def release_hold(self, pull: PullRequest) -> None:
        """Ends that, as far as GitHub lets it."""
        statuses.release(self.api, pull)

    def replace_status(self, pull: PullRequest, status: Status, keep: Collection[str] = ()) -> str:
        """The same, but the newest status stays where this token's account set it to a state of `keep`.

        Returns the state that stays, "" where none does.
        """
        return statuses.replace_status(self.api, pull, status, keep)

    def write_comment(self, pull: PullRequest, text: str) -> None:
        """Explains the status in one comment that is edited in place."""
        notices.comment(self.api, pull.number, text)


@frozen
class GitHubForge(GitHub):
    """The pull requests of one repository at GitHub."""

    git: Git
    branch: str = ""  # set once the remote is read
    name: str = GITHUB
    self_declared: bool = False
    shares_status: bool = True

    @property
    def refspecs(self) -> tuple[str, ...]:
        """The branches of the remote; the heads of pull requests are fetched one by one."""
        return self.git.branches

    # ── reading ──

    def find(self, prefix: str = "", *, ended: bool = False) -> list[PullRequest]:
        """The open pull requests onto the branch whose branch starts with `prefix`, oldest first."""
        state = "all" if ended else "open"
        listed = self.api.pages("pulls", state=state, base=self.branch, sort="created", direction="asc")
        pulls = [self._pull(data) for data in listed if data["head"]["ref"].startswith(prefix)]
        if not all(self.git.resolve(pull.head) for pull in pulls if not pull.fork):
            self.git.fetch(*self.refspecs)
        return pulls

    def unreadable_pulls(self) -> dict[str, Error]:
        """GitHub keeps nothing but pull requests there."""
        return {}

    def pull_requests_of(self, branch: str) -> list[PullRequest]:
        """Every pull request of exactly this branch of the repository itself, oldest first."""
        owner = self.api.repository.partition("/")[0]
        pulls = self.api.pages("pulls", state="all", head=f"{owner}:{branch}", sort="created", direction="asc")
        return [pull for pull in map(self._pull, pulls) if pull.branch == branch and not pull.fork]

    def read(self, number: int) -> PullRequest | None:
        """One pull request, its head fetched."""
        try:
            found = self.api.get(f"pulls/{number}")
        except GitHubFailed as error:
            if error.status == 404:
                return None
            raise
        return self._whole(found) if found["base"]["ref"] == self.branch else None

    def with_statuses(self, pull: PullRequest) -> PullRequest:
        """The pull request with the statuses of its head, the newest last; they name a base by its first digits."""
        found = [status for status in self.api.pages(f"commits/{pull.head}/statuses") if status["context"] == STATUS]
        return replace(pull, statuses=tuple(statuses.as_status(pull.head, status) for status in reversed(found)))

    def merged_pull_requests(self, commits: Sequence[str]) -> dict[str, PullRequest]:
        """For each commit of the branch's first-parent line that a merge put there: its pull request."""
        listed = {commit: data for commit in commits for data in self._merged_with(commit)}
        self.fetch_heads([data for data in listed.values() if not self.has_head(data)])
        numbers = {commit: int(data["number"]) for commit, data in listed.items()}
        read = (self._whole(self.api.get(f"pulls/{number}")) for number in dict.fromkeys(numbers.values()))
        pulls = {pull.number: self.with_people(pull) for pull in read}
        return {commit: pulls[number] for commit, number in numbers.items()}

    def team_members(self, team: str) -> frozenset[str]:
        """The logins of a team, written `organisation/team`."""
        organisation, _, slug = team.partition("/")
        return frozenset(member["login"] for member in self.api.pages(f"/orgs/{organisation}/teams/{slug}/members"))

    def teams_at_merge(self, pull: PullRequest, teams: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        """The members of teams among the approvers of a merged pull request, as the last check before it kept them."""
        return statuses.teams_at_merge(self.api, pull, teams) if teams and pull.reviews else teams

    def _merged_with(self, commit: str) -> list[Mapping[str, Any]]:
        pulls = list(self.api.pages(f"commits/{commit}/pulls"))
        found = [pull for pull in pulls if pull.get("merged_at") and pull["base"]["ref"] == self.branch]
        return found[:1] or self._just_merged(commit)

    def _just_merged(self, commit: str) -> list[Mapping[str, Any]]:
        """The pull request of a merge so recent that GitHub does not list it by its commit yet."""
        newest = self.api.pages(
            "pulls", state="closed", base=self.branch, sort="updated", direction="desc", per_page=30
        )
        return [pull for pull in islice(newest, 30) if pull.get("merged_at") and pull["merge_commit_sha"] == commit][:1]

    def _pull(self, data: Mapping[str, Any]) -> PullRequest:
        return pull_request(data, self.api.repository)

    def _whole(self, data: Mapping[str, Any]) -> PullRequest:
        pull = self._pull(data)
        if pull.state != "merged" or not self.has_head(data):  # the head of one that is merged does not change
            self.fetch_heads([data])
        if not self.has_head(data):
            raise Undecided(f"pull request #{pull.number} changed just now", help="run the same command again")
        if (count := commit_count(data)) > LISTED_COMMITS:
            reason = f"pull request #{pull.number} has {count} commits, and GitHub tells who wrote {LISTED_COMMITS}"
            raise Undecided(reason, help="make it fewer commits")
        return self._with_merge(pull, data, count) if pull.state == "merged" else pull

    def with_people(self, pull: PullRequest) -> PullRequest:
        """The pull request with its reviews, writers and pushes."""
        number, pages = pull.number, self.api.pages
        reviews, commits = pages(f"pulls/{number}/reviews"), pages(f"pulls/{number}/commits")
        return self.with_listed(pull, reviews, commits, lambda: pages(f"issues/{number}/events"))

    def with_listed(
        self, pull: PullRequest, reviews: Iterable[Mapping[str, Any]], commits: Iterable[Mapping[str, Any]],
        read_events: Callable[[], Iterable[Mapping[str, Any]]],
    ) -> PullRequest:  # fmt: skip
        """The pull request with what these lists of the REST API say, and its pushes."""
        counted, uncounted = approvals(pull, reviews, read_events)
        pushed, unknown_reason = pushes(self.api, pull)
        return replace(
            pull,
            reviews=counted,
            uncounted=uncounted,
            writers=writers(commits),
            pushes=pushed,
            unknown_reason=unknown_reason,
        )

    def fetch_heads(self, listed: Sequence[Mapping[str, Any]]) -> None:
        """Fetches the heads of pull requests, all at once."""
        numbers = dict.fromkeys(data["number"] for data in listed)
        if numbers:
            self.git.fetch(*(f"+refs/pull/{number}/head:{_PULLS}/{number}" for number in numbers))

    def has_head(self, data: Mapping[str, Any]) -> bool:
        """Whether the head of a pull request is here, as last fetched."""
        head: str = data["head"]["sha"]
        return self.git.resolve(f"{_PULLS}/{data['number']}") == head

    def _with_merge(self, pull: PullRequest, data: Mapping[str, Any], count: int) -> PullRequest:
        """The merged pull request of `count` commits with what its merge put on the branch."""
        after = data["merge_commit_sha"]
        if not after:
            raise Undecided(f"GitHub does not tell yet what merging #{pull.number} made", help="try again")
        return replace(
            pull, merged_commit=after, merged_before=self._before(pull, after, count),
            merged_by=login(data.get("merged_by")),
        )  # fmt: skip

    def own_login(self) -> str:
        """The login of this token's account; an App's ends with `[bot]`."""
        return self.api.viewer

    def author_logins(self, commits: Sequence[str]) -> Mapping[str, str]:
        """The logins of the people who wrote commits, co-authors too, by the addresses in them."""
        return author_logins(self.api, commits)

    def job_starters(self, run: str, head: str) -> frozenset[Account]:
        """Who started a run of GitHub Actions, and who started it again, each time; of one that is gone, as kept."""
        try:
            last = self.api.get(f"actions/runs/{run}")
        except GitHubFailed as error:
            if error.status != 404:
                raise
            return statuses.kept_starters(self.api, head, run)
        earlier = range(1, int(last.get("run_attempt") or 1))
        runs = [last, *(self.api.get(f"actions/runs/{run}/attempts/{attempt}") for attempt in earlier)]
        return frozenset(account(run.get(who)) for run in runs for who in ("actor", "triggering_actor"))

    def _before(self, pull: PullRequest, after: str, count: int) -> str:
        """The branch's tip before a merge: a rebase put there as many commits as GitHub ascribes to it."""
        parents = self.git.parents(after)
        if len(parents) == 1:
            for _ in range(count - 1):
                if not any(listed["number"] == pull.number for listed in self._merged_with(parents[0])):
                    break
                parents = self.git.parents(parents[0])
        if not parents:
            raise Undecided(f"what #{pull.number} was merged into is not in this clone", help="git fetch")
        return parents[0]

    # ── issues ──

    def issues(self, *, ended: bool = False) -> list[Issue]:
        """The open issues of this tool, oldest first; with `ended` the closed ones too."""
        return issues.issues(self.api, ended=ended)

    def unreadable_issues(self) -> dict[str, Error]:
        """GitHub keeps nothing but issues there."""
        return {}

    def write_issue(self, wanted: Issue) -> IssueChange:
        """Makes the issue of a key say what is wanted."""
        return issues.write(self.api, wanted)

    def close_issue(self, issue: Issue) -> Issue:
        """Closes an issue as it is."""
        return issues.close(self.api, issue)

    # ── writing ──

    def submit(self, change: ChangeSet, base: str, old: str, pull: PullRequest | None = None) -> PullRequest:
        """The change's branch, one commit on `base` in place of `old`, and its pull request: a new one, or `pull`."""
        head = self.write(change, base, old)
        return self.describe(replace(pull, head=head), change) if pull else self.open(change, head)

    def write(self, change: ChangeSet, base: str, old: str) -> str:
        """One commit on `base` as the change's branch, in place of `old`; returns the head."""
        head = write_commit(self.api, self.git, change, base)
        point_branch(self.api, change.branch, head, old)
        return head

    def extend(self, branch: str, files: Mapping[str, bytes], message: str, tip: str) -> bool:
        """One commit of new files on a branch whose commit is `tip`; False where it is another by now."""
        head = append_commit(self.api, self.git, files, message, tip)
        extended = advance_branch(self.api, branch, head, tip)
        self.git.fetch(*self.git.branches)
        return extended

    def open(self, change: ChangeSet, head: str) -> PullRequest:
        """A pull request of an existing branch; one that somebody just opened for it is taken."""
        fields = {"title": change.title, "body": change.body, "head": change.branch, "base": self.branch}
        try:
            made = self.api.send("POST", "pulls", fields | {"maintainer_can_modify": False})
        except GitHubFailed as error:
            standing = (
                [pull for pull in self.pull_requests_of(change.branch) if pull.state == "open"]
                if error.status == 422
                else []
            )
            if not standing or standing[0].head != head:
                raise
            return self.describe(standing[0], change)
        return self.describe(replace(self._pull(made), title=change.title, body=change.body), change)

    def describe(self, pull: PullRequest, change: ChangeSet) -> PullRequest:
        """The pull request with the change's title, body, labels and reviewers, and GitHub's word on the signature.

        Words come after reviewers, and labels last: by words and labels that fit, the next run knows nothing is left.
        """
        notes = [*self._request_reviews(pull, change.reviewers), *self._verification(pull.head)]
        if (pull.title, pull.body) != (change.title, change.body):
            self.api.send("PATCH", f"pulls/{pull.number}", {"title": change.title, "body": change.body})
            pull = replace(pull, title=change.title, body=change.body)
        self.api.send("POST", f"issues/{pull.number}/labels", {"labels": [*change.labels, LABEL]})
        return replace(pull, complete=True, notes=tuple(notes))

    def _request_reviews(self, pull: PullRequest, reviewers: Sequence[str]) -> Iterator[str]:
        people = [login for login in reviewers if "/" not in login and login.casefold() != pull.author.login.casefold()]
        teams = [team.partition("/")[2] for team in reviewers if "/" in team]
        for key, name in [*(("reviewers", name) for name in people), *(("team_reviewers", name) for name in teams)]:
            try:
                self.api.send("POST", f"pulls/{pull.number}/requested_reviewers", {key: [name]})
            except GitHubFailed as error:
                if error.status not in (403, 404, 422):
                    raise
                yield f"{name} could not be asked for a review: {error.message}"

    def _verification(self, head: str) -> Iterator[str]:
        verification = self.api.get(f"git/commits/{head}").get("verification") or {}
        if verification.get("verified"):
            yield f"GitHub has signed the commit {head[:10]}"
        else:
            why = verification.get("reason") or "no reason given"
            yield f"the commit {head[:10]} is not signed ({why}): GitHub signs what an App commits"

    def close(self, pull: PullRequest, comment: str) -> None:
        """Closes without merging. It comments first, so that the next run completes an interrupted one."""
        notices.comment_once(self.api, pull.number, f"Closed: {comment}.")
        self.api.send("PATCH", f"pulls/{pull.number}", {"state": "closed"})

    def merge(self, pull: PullRequest, how: str, by: str) -> PullRequest:
        """Merges exactly the head it names. Raises Refused when GitHub's rules or a conflict prevent it."""
        try:
            self.api.send("PUT", f"pulls/{pull.number}/merge", {"sha": pull.head, "merge_method": how})
        except GitHubFailed as error:
            if error.status not in (405, 409, 422):
                raise
            done = self.read(pull.number)
            if done and (done.state, done.head) == ("merged", pull.head):
                return done  # it was merged, and only GitHub's answer was lost
            raise Refused(f"#{pull.number} was not merged: {error.message}", help=pull.url) from error
        self.git.fetch(*self.git.branches)
        return self.read(pull.number) or pull

    def write_receipts(self, receipts: Sequence[Receipt | Checkpoint]) -> dict[str, str]:
        """Writes receipts one by one, so that each is an event of its own; returns the reason for each that failed."""
        refused: dict[str, str] = {}
        for receipt in receipts:
            try:
                write_tag(self.api, receipt)
            except GitHubFailed as error:
                if error.status not in (403, 409, 422):
                    raise
                refused[receipt.tag] = error.message
        return refused

    def start_workflow(self, name: str, inputs: Mapping[str, str]) -> None:
        """Starts the workflow of a file on the branch, once."""
        self.api.send("POST", f"actions/workflows/{name}/dispatches", {"ref": self.branch, "inputs": dict(inputs)})

    def announce(self, promoted: Sequence[Receipt], fault: str) -> list[str]:
        """Writes a deployment for each promotion, and one rolling issue of what is unapproved."""
        failures: list[str] = []
        steps: list[tuple[str, Callable[[], object]]] = [
            (f"the deployment of {each.tag}", partial(notices.deploy, self.api, each)) for each in promoted
        ]
        steps.append(("the issue of unapproved merges", partial(self.write_issue, notices.unapproved(fault))))
        for what, write in steps:
            try:
                write()
            except Error as error:
                failures.append(f"{what} could not be written: {error.message}")
        return failures
