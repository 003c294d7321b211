"""The local forge: pull requests as append-only commits under refs/mlops/pulls/<n> in the repository's remote.

Each commit holds the whole pull request as it then was, and the head it was about as a second parent, so that what was
reviewed stays reachable. Several clones see the same ones: they are fetched before they are read, and pushed only
over what was read. Issues are kept beside them in the same way, by issue_refs.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from mlops_gitops.core.errors import Error, Refused, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Kept
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.checkpoint import Checkpoint
from mlops_gitops.forges.issue import CLOSED, Issue, IssueChange
from mlops_gitops.forges.pull_request import Account, PullRequest, Review, Status
from mlops_gitops.git import merge
from mlops_gitops.git.local_forge import issue_refs, pull_file
from mlops_gitops.git.local_forge.issue_refs import IssueRefs
from mlops_gitops.git.local_forge.numbered_refs import exact_number, near_number, next_number, refs_in
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.refs import REMOTE_TAGS
from mlops_gitops.git.repository import Git
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.runtime import clock

NAME = "local"
REFS = "refs/mlops/pulls"
_kept: Kept[PullRequest] = Kept(10_000)  # as commits hold them: each is read again for every other one


@frozen
class LocalForge:
    """Pull requests in the remote of one repository."""

    git: Git
    branch: str = ""  # set once the remote is read
    name: str = NAME
    self_declared: bool = True
    shares_status: bool = False

    @property
    def refspecs(self) -> tuple[str, ...]:
        """What brings all that the forge keeps in the remote."""
        return (f"+{REFS}/*:{REFS}/*", issue_refs.REFSPEC, *self.git.branches)

    def find(self, prefix: str = "", *, ended: bool = False) -> list[PullRequest]:
        """The open pull requests whose branch starts with `prefix`, oldest first; with `ended` the others too."""
        self.git.fetch_once(*self.refspecs)
        return [pull for pull in self.known() if pull.branch.startswith(prefix) and (ended or pull.state == "open")]

    def known(self) -> list[PullRequest]:
        """All that this clone has fetched before, without asking the remote, but for those that cannot be read."""
        read = (self._read(ref, commit) for ref, commit in self._refs().items())
        return sorted((found for found in read if isinstance(found, PullRequest)), key=lambda pull: pull.number)

    def unreadable_pulls(self) -> dict[str, Error]:
        """The references that hold no pull request, as last fetched, and why."""
        read = {ref: self._read(ref, commit) for ref, commit in self._refs().items()}
        return {ref: found for ref, found in read.items() if isinstance(found, Error)}

    def pull_requests_of(self, branch: str) -> list[PullRequest]:
        """Every pull request of exactly this branch, oldest first."""
        return [pull for pull in self.find(branch, ended=True) if pull.branch == branch]

    def read(self, number: int) -> PullRequest | None:
        """One pull request. Raises Undecided where a reference of that number holds none."""
        found = next((pull for pull in self.find(ended=True) if pull.number == number), None)
        unreadable = {} if found else self.unreadable_pulls()
        if lost := next((error for ref, error in unreadable.items() if near_number(ref, REFS) == number), None):
            raise lost
        return found

    def with_people(self, pull: PullRequest) -> PullRequest:
        """A pull request holds its reviews here, and nobody else is known."""
        return pull

    def merged_pull_requests(self, commits: Sequence[str]) -> dict[str, PullRequest]:
        """For each commit of the branch's first-parent line that a merge put there: its pull request.

        Raises Undecided where a commit has none and one of those that cannot be read may have brought it.
        """
        wanted, found = set(commits), dict[str, PullRequest]()
        for pull in self.find(ended=True) if commits else ():
            found |= {commit: pull for commit in self._put_there(pull) if commit in wanted and commit not in found}
        unreadable = self.unreadable_pulls() if commits else {}
        lost = next((error for ref, error in unreadable.items() if near_number(ref, REFS)), None)
        if lost and wanted - found.keys():
            raise lost
        return found

    def _put_there(self, pull: PullRequest) -> list[str]:
        """The commits that a merge put on the branch, none where those it names are not here."""
        before, after = pull.merged_before, pull.merged_commit
        if not (before and after and self.git.resolve(before) and self.git.resolve(after)):
            return []
        return self.git.first_parents(before, after)

    def with_statuses(self, pull: PullRequest) -> PullRequest:
        """A pull request holds them here."""
        return pull

    def branches_at(self, commit: str) -> list[str]:
        """The branches of the remote whose head is this commit, as last fetched."""
        branches = self.git.refs_below(self.git.remote_ref(""))
        return [name for name, id in branches.items() if id == commit and name != "HEAD"]

    def team_members(self, team: str) -> frozenset[str]:
        """The local forge knows no teams. Raises Undecided."""
        raise Undecided(f"the local forge cannot say who is in the team {team}", help="name its people by login")

    def teams_at_merge(self, pull: PullRequest, teams: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        """The local forge knows no teams."""
        return teams

    def own_login(self) -> str:
        """No token is needed here."""
        return ""

    def author_logins(self, commits: Sequence[str]) -> Mapping[str, str]:
        """Nobody's addresses are known here, but for those in mlops.yaml."""
        return {}

    def job_starters(self, run: str, head: str) -> frozenset[Account]:
        """No jobs run here."""
        return frozenset()

    # ── issues ──

    @property
    def _issue_refs(self) -> IssueRefs:
        self.git.fetch_once(*self.refspecs)
        return IssueRefs(self.git, self.branch)

    def issues(self, *, ended: bool = False) -> list[Issue]:
        """The open issues, oldest first; with `ended` the closed ones too."""
        return [issue for issue in self._issue_refs.issues() if ended or issue.state != CLOSED]

    def unreadable_issues(self) -> dict[str, Error]:
        """The references that hold no issue, as last fetched, and why."""
        return self._issue_refs.unreadable()

    def write_issue(self, wanted: Issue) -> IssueChange:
        """Makes the issue of a key say what is wanted, even if others write to it at the same time."""
        return self._issue_refs.write(wanted)

    def close_issue(self, issue: Issue) -> Issue:
        """Closes an issue as it is."""
        return self._issue_refs.close(issue)

    # ── writing ──

    def open(self, change: ChangeSet, head: str) -> PullRequest:
        """A pull request of a branch that is there."""
        self.find()
        return self._append(self._new(change, head), "open")

    def submit(self, change: ChangeSet, base: str, old: str, pull: PullRequest | None = None) -> PullRequest:
        """The change's branch, one commit on `base` in place of `old`, and its pull request, in one push.

        Raises Error where the remote has no room for the branch, Undecided where it changed meanwhile.
        """
        self._require_room(change.branch)
        head = self.git.commit(base, change.files, change.message)
        self.find()
        new = replace(pull, head=head, title=change.title, body=change.body) if pull else self._new(change, head)
        try:
            event = "describe" if pull else "open"
            return self._push(new, event, {f"refs/heads/{change.branch}": (old, head)})
        except GitFailed as error:
            raise Undecided(f"the branch {change.branch} could not be pushed: {error}", help="try again") from error

    def extend(self, branch: str, files: Mapping[str, bytes], message: str, tip: str) -> bool:
        """One commit of new files on a branch whose commit is `tip`; False where it is another by now."""
        self._require_room(branch)
        git, ref = self.git, f"refs/heads/{branch}"
        length = len(git.require_remote_tip(self.branch))
        tree = git.write_tree(tip, files) if tip else git.make_tree(files, length)
        head = git.commit_tree(tree, [tip] if tip else [], message)
        try:
            git.push({ref: head}, {ref: tip}, {git.remote_ref(branch): head})
        except GitFailed as error:
            git.fetch(*git.branches)
            if (git.remote_tip(branch) or "") != tip:
                return False
            raise Undecided(f"the branch {branch} could not be pushed: {error}") from error
        return True

    def _require_room(self, branch: str) -> None:
        parts = branch.split("/")
        for above in ("/".join(parts[:n]) for n in range(1, len(parts))):
            if self.git.remote_tip(above):
                reason = f"the remote's branch {above} leaves no room for {branch}"
                raise Error(reason, help=f"rename the branch {above} there")

    def _new(self, change: ChangeSet, head: str) -> PullRequest:
        number = next_number(self._refs(), REFS)
        author = Account(self.git.committer_email(), True)
        return PullRequest(number, change.branch, head, change.title, change.body, author)

    def describe(self, pull: PullRequest, change: ChangeSet) -> PullRequest:
        """The pull request with the change's title and body, of the head it names."""
        return self._append(replace(pull, title=change.title, body=change.body), "describe")

    def approve(self, pull: PullRequest, by: str) -> None:
        """Records an approval of the head."""
        review = Review(by, pull.head, clock.now())
        self._append(replace(pull, reviews=(*pull.reviews, review)), f"approved by {by}")

    def write_comment(self, pull: PullRequest, text: str) -> None:
        """Nothing is written: the person who checks has read it."""

    def set_status(self, pull: PullRequest, status: Status, people: Mapping[str, Sequence[str]]) -> None:
        """Records the status of a check, for this pull request alone, unless its newest says the same already."""
        if pull.statuses and replace(pull.statuses[-1], at=status.at) == status:
            return
        self._append(replace(pull, statuses=(*pull.statuses, status)), f"check: {status.state}")

    def hold(self, pull: PullRequest, why: str) -> None:
        """Nothing is written: a status can always be recorded here, and who merges is shown it."""

    def release_hold(self, pull: PullRequest) -> None:
        """Nothing is held here."""

    def close(self, pull: PullRequest, comment: str) -> None:
        """Closes without merging."""
        self._append(replace(pull, state="closed"), f"closed: {comment}")

    def merge(self, pull: PullRequest, how: str, by: str) -> PullRequest:
        """Merges into the base branch: merge, squash or rebase. Raises Refused on a conflict, or for another head."""
        before = self.git.require_remote_tip(self.branch)
        title = f"{pull.title} (#{pull.number})"
        message = title if how == "squash" else f"Merge pull request #{pull.number} from {pull.branch}\n\n{pull.title}"
        after = merge.merged_commit(self.git, before, pull.head, how, message)
        merged = replace(
            pull, state="merged", merged_before=before, merged_commit=after, merged_by=by, merged_at=clock.now()
        )
        # The branch of the pull request is held too: what somebody pushes to it now was not looked at.
        held = {f"refs/heads/{pull.branch}": (pull.head, pull.head)} if self.git.remote_tip(pull.branch) else {}
        try:
            return self._append(merged, "merge", {**held, f"refs/heads/{self.branch}": (before, after)})
        except Undecided:
            self.git.fetch(*self.refspecs)
            self._require_head(pull)
            raise

    def _require_head(self, pull: PullRequest) -> None:
        """Raises Refused where the pull request is about another head by now."""
        if any(known.head != pull.head for known in self.known() if known.number == pull.number):
            reason = f"pull request #{pull.number} changed since it was checked"
            raise Refused(reason, help=f"mlops-gitops check {pull.number}")

    def write_receipts(self, receipts: Sequence[Receipt | Checkpoint]) -> dict[str, str]:
        """Pushes receipts, all at once where that can be, and returns why each that could not be pushed was not."""
        if len(receipts) > 1 and not self._push_receipts(receipts):
            return {}
        return {receipt.tag: reason for receipt in receipts if (reason := self._push_receipts([receipt]))}

    def _push_receipts(self, receipts: Sequence[Receipt | Checkpoint]) -> str:
        """Pushes these receipts, or none of them; the reason why not, or ""."""
        git = self.git
        tags = {tag.tag: git.make_tag(tag.tag, tag.target, tag.message(), tag.time) for tag in receipts}
        here = {f"{folder}/{tag}": id for tag, id in tags.items() for folder in ("refs/tags", REMOTE_TAGS)}
        try:
            git.push({f"refs/tags/{tag}": id for tag, id in tags.items()}, here=here)
        except GitFailed as error:
            return str(error)
        return ""

    def start_workflow(self, name: str, inputs: Mapping[str, str]) -> None:
        """No workflows run here. Raises Error."""
        raise Error(f"a plain remote starts no workflow, so {name} cannot be started", help="then: pull_request")

    def announce(self, promoted: Sequence[Receipt], fault: str) -> list[str]:
        """Nobody listens here: `record` and `audit` print it."""
        return []

    def _refs(self) -> dict[str, str]:
        """The references below ours, with the commit that each holds."""
        return refs_in(self.git, REFS)

    def _read(self, ref: str, commit: str) -> PullRequest | Undecided:
        """A pull request, or why a reference holds none: it is nobody else's problem."""
        try:
            pull = _kept.get((ref, commit)) or _kept.add((ref, commit), self._parsed(ref, commit))
        except (ValueError, TypeError, KeyError, AttributeError, Undecided) as error:
            reason = f": {error}" if isinstance(error, ValueError) else ""
            help = f"git push {self.git.remote} :{ref} removes it"
            return Undecided(f"{ref} in the remote is not a pull request of this tool{reason}", help=help)
        if pull.state != "open":
            return pull
        # An open pull request is about what its branch holds now, pushed by anybody.
        return replace(pull, head=self.git.remote_tip(pull.branch) or pull.head)

    def _parsed(self, ref: str, commit: str) -> PullRequest:
        return pull_file.parse(self.git.file_at(commit, "pull.json"), exact_number(ref, REFS), len(commit))

    def _append(self, pull: PullRequest, event: str, more: Mapping[str, tuple[str, str]] | None = None) -> PullRequest:
        try:
            return self._push(pull, event, more or {})
        except GitFailed as error:
            reason = f"somebody changed pull request #{pull.number} just now: {error}"
            raise Undecided(reason, help="try again") from error

    def _push(self, pull: PullRequest, event: str, more: Mapping[str, tuple[str, str]]) -> PullRequest:
        """Writes what a pull request is now, and `more` references of the remote: each what it holds, and its new id.

        Raises GitFailed where one of them holds something else.
        """
        ref = f"{REFS}/{pull.number}"
        old = "" if event == "open" else self.git.object_of(ref) or ""
        tree = self.git.make_tree({"pull.json": pull_file.written(pull)}, len(pull.head))
        new = self.git.commit_tree(tree, [*([old] if old else []), pull.head], event)
        values = {ref: new} | {name: after for name, (_, after) in more.items()}
        leases = {ref: old} | {name: before for name, (before, _) in more.items()}
        here = {name.replace("refs/heads/", self.git.remote_ref(""), 1): id for name, id in values.items()}
        self.git.push(values, leases, here)
        return pull


def open_forge(git: Git) -> LocalForge:
    """The forge of a repository. Raises Error when it has no remote."""
    if not git.has_remote():
        raise no_remote(git)
    return LocalForge(git)


def no_remote(git: Git) -> Error:
    """Why a repository has no remote that pull requests are kept in."""
    if git.remotes:
        reason = f"none of the remotes {', '.join(git.remotes)} is named origin, so nothing says where pull requests go"
        return Error(reason, help=f"git config checkout.defaultRemote {shlex.quote(git.remotes[0])}")
    branch = next((name for name in ("main", "master") if git.local_tip(name)), "main")
    return Error(
        "this repository has no remote, and pull requests are kept there",
        help=git.first_push(branch, f"git init --bare -b {branch} ../o.git && git remote add origin ../o.git && "),
    )
