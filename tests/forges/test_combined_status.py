"""Pull requests of one head: which answer their commit is given."""

from __future__ import annotations

from cases import cases

from mlops_gitops.forges.combined_status import Answer, counted_answers, grouped_by_status, worst_answer
from mlops_gitops.forges.pull_request import PullRequest, Status


def pull(number: int, head: str = "1" * 40, *, fork: bool = False) -> PullRequest:
    return PullRequest(number, f"branch-{number}", head, "A change", "", "alice", fork=fork)


def answer(number: int, word: str, *, fork: bool = False) -> Answer:
    """An answer in a word: a state of a status, or undecided."""
    state = "failure" if word == "undecided" else word
    status = Status("1" * 40, "0" * 40, "2026-01-05", state, f"{word}!", "")
    return Answer(pull(number, fork=fork), status, word == "undecided")


@cases(
    "words, number",
    [
        (["success", "failure"], 2), (["failure", "undecided"], 1), (["undecided", "failure"], 2),
        (["pending", "undecided", "success"], 2), (["success", "pending"], 2), (["pending", "pending"], 1),
    ],
)  # fmt: skip
def test_the_worst_counts(words: list[str], number: int) -> None:
    worst = worst_answer([answer(n, word) for n, word in enumerate(words, 1)])
    assert (worst.pull.number, worst.status.description) == (number, f"#{number}: {words[number - 1]}!")


def test_of_one_it_is_its_own() -> None:
    assert worst_answer([answer(1, "pending")]).status.description == "pending!"


@cases("theirs", ["failure", "undecided", "pending", "success"])
def test_a_fork_s_answer_counts_only_where_the_repository_has_none(theirs: str) -> None:
    own, fork = answer(1, "success"), answer(2, theirs, fork=True)
    assert counted_answers([fork, own]) == [own]
    assert counted_answers([fork]) == [fork]


def test_statuses_that_are_not_shared_are_each_pull_request_s_own() -> None:
    pulls = [pull(1), pull(2, "2" * 40), pull(3)]
    assert [[pull.number for pull in group] for group in grouped_by_status(pulls, shared=True)] == [[1, 3], [2]]
    assert [[pull.number for pull in group] for group in grouped_by_status(pulls, shared=False)] == [[1], [2], [3]]
