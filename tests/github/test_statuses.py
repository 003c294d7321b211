"""The one status of a commit: written when the answer changes, and never an old success where it cannot be written."""

from __future__ import annotations

from collections import Counter

from ground.checked import BRANCH, RECORD, STATE, check, told
from ground.house import House
from ground.statuses import MOST
from messages import lacking

from mlops_gitops.forges.pull_request import STATUS


def _use_up(house: House, left: int) -> None:
    """Fills the statuses of the head of #1, as any writer can, until `left` more of them fit."""
    newest = next(kept for kept in reversed(house.state.statuses) if kept["status"]["context"] == STATUS)
    older = newest | {"status": newest["status"] | {"state": "pending", "description": "by a workflow of a writer"}}
    house.state.statuses[:0] = [older] * (MOST - left - len(house.statuses(1)))


def test_the_same_answer_for_another_base_is_not_written_again_recorded_contract(proposed: House) -> None:
    assert told(proposed) == "pending"
    for n in range(2):
        proposed.write_branch("main", {"notes.txt": f"elsewhere {n}\n"})
        check(proposed, "--all")
    assert len(proposed.statuses(1)) == 1
    proposed.approve(1, "bob")
    assert told(proposed) == "success" and len(proposed.statuses(1)) == 2
    assert proposed.head()[:7] in proposed.said(1), "an answer names the base for which it was found"


def test_while_few_statuses_are_left_none_is_a_success_recorded_contract(proposed: House) -> None:
    """An old success could not be taken back once there are none."""
    review = proposed.approve(1, "bob")
    assert told(proposed) == "success"
    _use_up(proposed, left=10)
    proposed.dismiss(1, review)
    answer = check(proposed, "--all")
    assert answer.code == 3 and "push a new head" in answer.out
    assert proposed.status(1) == "pending" and not lacking(proposed.said(1), "1,000 statuses", "push a new head")
    proposed.approve(1, "bob")
    mark = proposed.front.mark()
    assert check(proposed, "--all").code == 3
    assert proposed.front.writes(mark) == [] and proposed.status(1) == "pending"


def test_a_promotion_on_whose_commit_no_status_can_be_set_is_closed_recorded_contract(proposed: House) -> None:
    """GitHub lets no account request changes of its own pull request, and the App opened this one."""
    review = proposed.approve(1, "bob")
    assert told(proposed) == "success"
    _use_up(proposed, left=0)
    proposed.dismiss(1, review)
    answer = check(proposed, "--all")
    assert answer.code == 3 and not lacking(answer.out, "#1 may not be merged", "maximum number of statuses")
    assert proposed.pull_requests() == []
    assert [said for said in proposed.comments(1) if "no status can be set" in said["body"]]
    proposed.ok("promote", "churn", "--to", "staging")
    (again,) = proposed.pull_requests()
    assert told(proposed, again["number"]) == "pending"


def test_changes_are_requested_until_there_is_a_new_head_recorded_contract(proposed: House) -> None:
    proposed.close(1)
    files: dict[str, str | None] = {path: proposed.text(path, BRANCH) for path in (RECORD, STATE)}
    proposed.write_branch("by-hand", files)
    number = proposed.open("by-hand")
    review = proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    _use_up(proposed, left=0)
    proposed.dismiss(number, review)
    for _ in range(2):
        assert check(proposed, "--all").code == 3
    assert _reviews(proposed, number) == {"DISMISSED": 1, "CHANGES_REQUESTED": 1}, "requested once"
    proposed.write_branch("by-hand", {"notes.txt": "a new head\n"})
    proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    assert _reviews(proposed, number) == {"DISMISSED": 2, "APPROVED": 1}
    labels = [label["name"] for label in proposed.api("GET", f"pulls/{number}")["labels"]]
    assert "mlops-gitops-held" not in labels


def _reviews(house: House, number: int) -> Counter[str]:
    return Counter(review["state"] for review in house.api("GET", f"pulls/{number}/reviews"))


def test_an_unchanged_pull_request_costs_at_most_3_requests_recorded_contract(released: House) -> None:
    """One that promotes nothing, as most do: nobody need approve it for this tool, so nobody is asked about."""
    for name in ("one", "two"):
        released.write_branch(name, {f"{name}.txt": "code\n"})
        released.approve(released.open(name), "bob")
    assert _asked(released) > 2
    assert _asked(released) <= 3 * 2


def test_an_unchanged_promotion_is_asked_about_and_not_written_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    mark = proposed.front.mark()
    assert _asked(proposed) <= 8
    assert proposed.front.writes(mark) == []


def _asked(house: House) -> int:
    """How many requests `check --all` makes, without that for the list of pull requests."""
    mark = house.front.mark()
    assert check(house, "--all").code == 0
    return len(house.front.requests(mark)) - 1
