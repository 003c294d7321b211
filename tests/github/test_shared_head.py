"""A status belongs to a commit: pull requests of one head, of the repository and of forks, and which answer counts."""

from __future__ import annotations

from typing import Any

import pytest
from ground.checked import BRANCH, RECORD, asked, check
from ground.house import BOT, House
from house import Answer
from messages import lacking, lines_with


@pytest.fixture
def approved(proposed: House) -> House:
    """The promotion #1, approved, with a success on its head."""
    proposed.approve(1, "bob")
    proposed.ok("check", 1)
    assert proposed.status(1) == "success"
    return proposed


def states(answer: Answer) -> dict[int, str]:
    return {pull["pull_request"]: pull["state"] for pull in answer.json["judged"]}


def also(house: House, branch: str, base: str = "main") -> int:
    """Opens a pull request of the repository itself from another branch at the head of #1; its number."""
    house.api("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": house.head(BRANCH)})
    body = {"title": "The same", "head": branch, "base": base, "body": ""}
    return int(house.api("POST", "pulls", body, who="carol")["number"])


def test_a_fork_of_the_same_head_blocks_no_promotion_recorded_contract(approved: House) -> None:
    number = approved.open_head_from_fork("mine", approved.head(BRANCH))
    mark = approved.front.mark()
    answer = asked(approved, "screen", number)
    assert (answer.code, answer.json["state"], BRANCH in answer.json["because"]) == (1, "", True)
    assert approved.front.writes(mark) == []
    judged = check(approved, "--all")
    assert (judged.code, states(judged)) == (0, {1: "success", number: "failure"})
    answer = approved.run("check", number)
    assert (answer.code, "one status, the answer of #1" in answer.out) == (1, True)
    assert "commit status: success" in answer.out
    approved.sh("git", "checkout", "-q", f"origin/{BRANCH}")
    assert asked(approved, "check").json["pull_request"] == 1
    assert approved.status(1) == "success"
    approved.close(number)
    assert states(check(approved, "--all")) == {1: "success"}
    assert approved.status(1) == "success"


def test_the_token_of_the_job_screen_may_ask_that_recorded_contract(
    approved: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = approved.open_head_from_fork("mine", approved.head(BRANCH))
    rest = dict.fromkeys(("actions", "issues", "deployments", "members", "administration", "checks"), "none")
    token = approved.token("screens", contents="read", pull_requests="read", statuses="write", **rest)
    monkeypatch.setenv("GITHUB_TOKEN", token)
    answer = asked(approved, "screen", number)
    assert (answer.code, BRANCH in answer.json["because"]) == (1, True)


def test_what_a_fork_had_set_is_put_right_recorded_contract(approved: House) -> None:
    """It was opened while the head was no branch's, or an older version answered it."""
    number = approved.open_head_from_fork("mine", approved.head(BRANCH))
    refusal = {"state": "failure", "context": "mlops-gitops/promotion", "description": "a fork cannot promote"}
    for closed in (False, True):
        approved.api("POST", f"statuses/{approved.head(BRANCH)}", refusal, who=BOT)
        if closed:
            approved.close(number)
        check(approved, "--all")
        assert approved.status(1) == "success"
    approved.api("POST", f"statuses/{approved.head(BRANCH)}", refusal, who=BOT)
    approved.ok("check", 1)
    assert approved.status(1) == "success"


def test_a_fork_whose_head_became_a_branch_here_recorded_contract(hub: House) -> None:
    number = hub.open_from_fork("mine", {RECORD: "{}\n"})
    assert asked(hub, "screen", number).json["state"] == "failure"
    assert hub.status(number) == "failure"
    head = hub.api("GET", f"pulls/{number}")["head"]["sha"]
    hub.api("POST", "git/refs", {"ref": "refs/heads/taken-over", "sha": head})
    mark = hub.front.mark()
    assert asked(hub, "screen", number).json["state"] == ""
    answer = check(hub, "--all")
    (judged,) = answer.json["judged"]
    assert (judged["state"], "also the head of taken-over" in judged["note"]) == ("failure", True)
    assert "also the head of taken-over" in hub.run("check", number).out
    assert [request.path for request in hub.front.writes(mark) if "statuses" in request.path] == []


def test_a_fork_that_promotes_nothing_is_a_success_wherever_its_head_lies_recorded_contract(hub: House) -> None:
    number = hub.open_from_fork("mine", {"notes.txt": "a\n"})
    head = hub.api("GET", f"pulls/{number}")["head"]["sha"]
    hub.api("POST", "git/refs", {"ref": "refs/heads/taken-over", "sha": head})
    assert asked(hub, "screen", number).json["state"] == "success"
    assert hub.status(number) == "success"
    assert states(check(hub, "--all")) == {number: "success"}


def test_two_of_the_repository_itself_and_the_worst_counts_recorded_contract(approved: House) -> None:
    number = also(approved, "beside")
    approved.ok("check", 1)
    assert approved.status(1) == "pending"
    assert approved.said(1).startswith(f"#{number}: ") and not lacking(approved.said(1), "operations", "0 of 1")
    assert states(check(approved, "--all")) == {1: "success", number: "pending"}
    assert approved.status(1) == "pending"
    approved.approve(number, "bob")
    assert states(check(approved, "--all")) == {1: "success", number: "success"}
    assert approved.status(1) == "success"
    approved.request_changes(number, "bob")
    answer = approved.run("check", number)
    assert "the worst answer of" in answer.out and approved.status(1) == "pending"
    approved.close(number)
    assert states(check(approved, "--all")) == {1: "success"}
    assert (approved.status(1), approved.said(1)[:5]) == ("success", "every")


def test_one_onto_another_branch_does_not_count_recorded_contract(approved: House) -> None:
    approved.write_branch("release-1", {"notes.txt": "a\n"})
    number = also(approved, "beside", base="release-1")
    answer = asked(approved, "screen", number)
    assert (answer.json["state"], answer.json["because"][:14]) == ("", "it is not onto")
    assert states(check(approved, "--all")) == {1: "success"}
    approved.ok("check", 1)
    assert approved.status(1) == "success"


def test_forks_of_one_head_and_the_worst_counts_recorded_contract(hub: House) -> None:
    first = hub.open_from_fork("mine", {RECORD: "{}\n"})
    head = hub.api("GET", f"pulls/{first}")["head"]["sha"]
    second = hub.open_head_from_fork("mine", head, who="carol")
    answer = check(hub, "--all")
    assert states(answer) == {first: "failure", second: "failure"}
    assert (hub.status(first), hub.said(first)[:4]) == ("failure", f"#{first}: ")


def test_where_the_branches_are_not_told_a_fork_is_refused_recorded_contract(hub: House) -> None:
    number = hub.open_from_fork("mine", {RECORD: "{}\n"})
    hub.front.answer_next(500, to="GET commits/{commit_sha}/branches-where-head", times=9)
    assert states(check(hub, "--all")) == {number: "failure"}
    assert hub.status(number) == "failure"


def test_a_fork_s_group_of_the_merge_queue_is_refused_recorded_contract(hub: House) -> None:
    """Its commit is the head of a branch here, of the queue's, and nobody else's."""
    number = hub.open_from_fork("mine", {RECORD: "{}\n"})
    group = hub.queue(number, who="alice")
    answer = check(hub, "--all")
    assert [pull["state"] for pull in answer.json["judged"]] == ["failure", "failure"]
    assert hub.api("GET", f"commits/{group}/statuses")[0]["state"] == "failure"


# ── whatever goes wrong with one ──

REVIEW = {"state": "APPROVED", "submitted_at": "2026-01-05T08:00:00Z", "commit_id": "1" * 40}
ODD: list[Any] = [[REVIEW | {"user": "bob"}], [REVIEW | {"user": {"login": ["bob"]}}]]


@pytest.mark.parametrize("odd", ODD)
def test_a_foreign_answer_about_one_pull_request_is_its_own_recorded_contract(approved: House, odd: Any) -> None:
    approved.write_branch("docs", {"notes.txt": "a\n"})
    approved.open("docs")
    approved.front.answer_next(200, body=odd, to="GET activity", times=2)
    answer = check(approved, "--all")
    assert (answer.code, states(answer)) == (3, {1: "undecided", 2: "success"})
    assert [approved.status(1), approved.status(2)] == ["failure", "success"]
    assert not lacking(approved.said(1), "could not be judged", "in place of GitHub")
    approved.ok("check", "--all")
    assert approved.status(1) == "success"


def test_a_team_that_cannot_be_read_takes_back_an_older_success_recorded_contract(approved: House) -> None:
    approved.edit("mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{team: example/ops}")
    approved.commit("A team")
    approved.front.answer_next(200, body=[{"login": ["bob"]}], to="GET /orgs/{org}/teams/{team_slug}/members")
    answer = approved.run("check", 1)
    assert lines_with(answer.out, "approvals", "example/ops", "not known") and answer.code == 1
    assert approved.status(1) == "failure"


def test_a_foreign_answer_about_one_receipt_holds_up_no_other_recorded_contract(approved: House) -> None:
    approved.merge_pull(1, who="carol")
    approved.ok("release", "churn", "1.1.0")
    approved.merge_pull(2, who="carol")
    approved.front.answer_next(200, body=ODD[0], to="GET pulls/{pull_number}/reviews", times=2)
    answer = asked(approved, "record")
    assert (answer.code, [receipt["tag"] for receipt in answer.json["receipts"]]) == (3, ["churn@v1.1.0"])
    assert list(answer.json["refused"]) == ["churn#staging#1"]
    assert "in place of GitHub" in answer.json["refused"]["churn#staging#1"]
    assert [receipt["tag"] for receipt in asked(approved, "record").json["receipts"]] == ["churn#staging#1"]


def test_a_list_tells_what_it_can_recorded_contract(approved: House) -> None:
    approved.write_branch("docs", {"notes.txt": "a\n"})
    approved.open("docs")
    approved.front.answer_next(200, body=[{"context": "mlops-gitops/promotion"}], to="GET commits/{ref}/statuses")
    answer = approved.run("pr", "list")
    assert (answer.code, "#1" in answer.out, "#2" in answer.out, "not known" in answer.out) == (3, True, True, True)
