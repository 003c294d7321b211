"""What a forge is: where pull requests live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from mlops_gitops.core.errors import Undecided

if TYPE_CHECKING:
    from mlops_gitops.core.errors import Error
    from mlops_gitops.forges.change_set import ChangeSet
    from mlops_gitops.forges.checkpoint import Checkpoint
    from mlops_gitops.forges.issue import Issue, IssueChange
    from mlops_gitops.forges.pull_request import Account, PullRequest, Status
    from mlops_gitops.records.receipt import Receipt


class JobGone(Undecided):
    """Nobody can say any more who started a job."""


class Forge(Protocol):
    """Where pull requests live. Every method can raise Undecided, or Error for its token."""

    @property
    def name(self) -> str:
        """What receipts call it."""

    @property
    def branch(self) -> str:
        """The branch where merging promotes."""

    @property
    def self_declared(self) -> bool:
        """Whether an approval is only what the approver's git configuration says."""

    @property
    def shares_status(self) -> bool:
        """Whether a status belongs to a commit, and so to every pull request of the same head."""

    @property
    def refspecs(self) -> tuple[str, ...]:
        """What one fetch brings for the rest: the branches of the remote, and what the forge keeps beside them."""

    # ── reading ──

    def find(self, prefix: str = "", *, ended: bool = False) -> list[PullRequest]:
        """The open pull requests whose branch starts with `prefix`, oldest first; with `ended` the others too.

        Their heads are fetched. Reviews, writers and pushes are what `with_people` gives.
        """

    def unreadable_pulls(self) -> Mapping[str, Error]:
        """The references that hold no readable pull request, each with the reason. `find` leaves them out."""

    def pull_requests_of(self, branch: str) -> list[PullRequest]:
        """Every pull request of exactly this branch, oldest first."""

    def read(self, number: int) -> PullRequest | None:
        """One pull request, its head fetched; None where there is none.

        Raises Undecided where what lies there cannot be read as one.
        """

    def with_people(self, pull: PullRequest) -> PullRequest:
        """The pull request that was read with its reviews, writers and pushes."""

    def with_statuses(self, pull: PullRequest) -> PullRequest:
        """The pull request with the statuses of its head, as far as the forge keeps them, the newest last."""

    def merged_pull_requests(self, commits: Sequence[str]) -> dict[str, PullRequest]:
        """For each commit of the branch's first-parent line that a merge put there: its pull request, with people."""

    def branches_at(self, commit: str) -> list[str]:
        """The branches of the repository itself whose head is this commit."""

    def team_members(self, team: str) -> frozenset[str]:
        """The logins of a team."""

    def teams_at_merge(self, pull: PullRequest, teams: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        """The members of teams among the approvers of a merged pull request, as of its merge, as far as that is kept.

        `teams` are the current members.
        """

    def own_login(self) -> str:
        """The login of this token's account, an App's with `[bot]` at its end; "" where no token is needed."""

    def author_logins(self, commits: Sequence[str]) -> Mapping[str, str]:
        """The logins of those who wrote commits, co-authors too, by address in small letters, as the forge knows."""

    def job_starters(self, run: str, head: str) -> frozenset[Account]:
        """The accounts that started a job, the first time and again; of one that is gone, as kept with `head`.

        Raises JobGone where nobody can say any more.
        """

    # ── issues ──

    def issues(self, *, ended: bool = False) -> list[Issue]:
        """The open issues of this tool, oldest first; with `ended` the closed ones too."""

    def unreadable_issues(self) -> Mapping[str, Error]:
        """The references that hold no readable issue, each with the reason. `issues` leaves them out."""

    def write_issue(self, wanted: Issue) -> IssueChange:
        """Makes the issue of a key say what is wanted: opens it, edits it in place, or closes it; or nothing.

        Of two who do so at once, the second edits what the first opened. Raises ValueError for a malformed key.
        """

    def close_issue(self, issue: Issue) -> Issue:
        """Closes an issue as it is."""

    # ── writing ──

    def submit(self, change: ChangeSet, base: str, old: str, pull: PullRequest | None = None) -> PullRequest:
        """The change's branch, one commit on `base` in place of `old` ("" for a new branch), and its pull request.

        A new one, or `pull` with the change's title and body.
        """

    def extend(self, branch: str, files: Mapping[str, bytes], message: str, tip: str) -> bool:
        """One commit of new files on a branch whose commit is `tip` ("" for a new branch without a history).

        Nothing of the branch is replaced: False, and nothing is changed, where its commit is another by now, which is
        then fetched.
        """

    def open(self, change: ChangeSet, head: str) -> PullRequest:
        """Opens a pull request of an existing branch."""

    def describe(self, pull: PullRequest, change: ChangeSet) -> PullRequest:
        """Writes the change's title, body, labels and reviewers to the pull request of the head it names."""

    def set_status(self, pull: PullRequest, status: Status, people: Mapping[str, Sequence[str]]) -> None:
        """Sets the status of a head, and keeps sentences about people with it: beginning → logins."""

    def hold(self, pull: PullRequest, why: str) -> None:
        """Keeps a pull request whose status cannot be set from being merged until it has another head."""

    def release_hold(self, pull: PullRequest) -> None:
        """Ends that for a pull request that is `held`, as far as the forge lets it."""

    def write_comment(self, pull: PullRequest, text: str) -> None:
        """Explains the status in one comment that is edited in place."""

    def close(self, pull: PullRequest, comment: str) -> None:
        """Closes without merging."""

    def merge(self, pull: PullRequest, how: str, by: str) -> PullRequest:
        """Merges exactly the head it names: merge, squash or rebase. Raises Refused on a conflict."""

    def write_receipts(self, receipts: Sequence[Receipt | Checkpoint]) -> dict[str, str]:
        """Writes receipts, or a checkpoint, and returns why each that could not be written was not."""

    def start_workflow(self, name: str, inputs: Mapping[str, str]) -> None:
        """Starts the workflow of a file on the branch, once. Raises Error where this forge has no workflows."""

    def announce(self, promoted: Sequence[Receipt], fault: str) -> list[str]:
        """Announces receipts of promotions, once each, and the unapproved merges ("" for none).

        Returns a sentence for each announcement that failed.
        """
