"""Open pull requests of one head, and the one status that its commit can have.

The worst answer counts: failure, then undecided, then pending, then success. A fork's answer counts only where no pull
request of the repository itself has the same head: anyone who may open one could otherwise block it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.pull_request import PullRequest, Status

WORST_FIRST = ("failure", "undecided", "pending", "success")


@frozen
class Answer:
    """What a check says of one pull request; `undecided` where it could not judge it, which is a failure too."""

    pull: PullRequest
    status: Status
    undecided: bool = False

    @property
    def grade(self) -> int:
        """Its place from the worst to the best."""
        return WORST_FIRST.index("undecided" if self.undecided else self.status.state)


def grouped_by_status(pulls: Iterable[PullRequest], *, shared: bool) -> list[list[PullRequest]]:
    """Those that have one status together: of one head where a status is `shared`, else each for itself."""
    found: dict[object, list[PullRequest]] = {}
    for pull in pulls:
        found.setdefault(pull.head if shared else pull.number, []).append(pull)
    return list(found.values())


def counted_answers(answers: Sequence[Answer]) -> list[Answer]:
    """The answers that count: those of the repository's own pull requests, else those of forks."""
    return [answer for answer in answers if not answer.pull.fork] or list(answers)


def worst_answer(answers: Sequence[Answer]) -> Answer:
    """The worst of the answers that count, for the head; of several it names its pull request."""
    worst = min(answers, key=lambda answer: answer.grade)
    if len(answers) == 1:
        return worst
    return replace(worst, status=replace(worst.status, description=f"#{worst.pull.number}: {worst.status.description}"))


def shared_status_reason(numbers: Sequence[int]) -> str:
    """Why a pull request's head has another status than its own answer."""
    which = ", ".join(f"#{number}" for number in numbers)
    return f"its commit has one status, the {'worst ' if len(numbers) > 1 else ''}answer of {which}"


def fork_status_reason(branches: Sequence[str]) -> str:
    """Why the pull requests of forks set no status on a commit."""
    return f"its commit is also the head of {', '.join(branches[:3])} here, which a fork's answer must not block"
