"""The forge on what one query says of many open pull requests: to see which of them did not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.pull_request import PullRequest, Status
from mlops_gitops.github import notices, statuses
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.github.forge import GitHubForge
from mlops_gitops.github.queries.open_pulls import ReadAhead, open_pulls


@frozen
class ForgeReadAhead(GitHubForge):
    """The forge that reads what it knows already of open pull requests, and writes nothing of what it shows."""

    known: Mapping[int, ReadAhead] = {}

    def read(self, number: int) -> PullRequest | None:
        """One pull request, as it was read ahead; None where it was not, or is not onto the branch."""
        ahead = self.known.get(number)
        return self._pull(ahead.pull) if ahead and ahead.pull["base"]["ref"] == self.branch else None

    def with_people(self, pull: PullRequest) -> PullRequest:
        """The pull request with its reviews and writers as they were read ahead, and its pushes."""
        ahead = self.known[pull.number]
        return self.with_listed(pull, ahead.reviews, ahead.commits, lambda: ahead.events)

    def team_members(self, team: str) -> frozenset[str]:
        """The logins of a team, read once for all of these pull requests."""
        return self._members(team)

    @cached_property
    def _members(self) -> Callable[[str], frozenset[str]]:
        return cache(partial(GitHubForge.team_members, self))

    def shows(self, pull: PullRequest, status: Status, people: Mapping[str, Sequence[str]]) -> bool:
        """Whether the head shows this status, and these sentences about people."""
        ahead = self.known.get(pull.number) if status.commit == pull.head else None
        return ahead is not None and statuses.is_shown(self.api, ahead.statuses, status, people)

    def shows_success(self, pull: PullRequest) -> bool:
        """Whether the head shows a success."""
        ahead = self.known.get(pull.number)
        return ahead is not None and statuses.is_success(self.api, ahead.statuses)

    def shows_comment(self, pull: PullRequest, text: str) -> bool:
        """Whether our comment says this."""
        ahead = self.known.get(pull.number)
        return ahead is not None and notices.is_shown(self.api, ahead.comments, text)


def read_ahead(forge: Forge, pulls: Sequence[PullRequest]) -> ForgeReadAhead | None:
    """A forge that knows these open pull requests; None where it is not at GitHub, or GitHub does not answer.

    Those of which the answer is not whole are left out. Raises Undecided where their heads cannot be fetched.
    """
    if not isinstance(forge, GitHubForge):
        return None
    try:
        login, known = open_pulls(forge.api, pulls)
    except GitHubFailed:
        return None
    forge.fetch_heads([ahead.pull for ahead in known.values() if not forge.has_head(ahead.pull)])
    here = {number: ahead for number, ahead in known.items() if forge.has_head(ahead.pull)}
    return ForgeReadAhead(replace(forge.api, login=login), forge.git, forge.branch, known=here)
