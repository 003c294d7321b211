"""check at GitHub: the job answers validation and gates, the commit status answers people, time and order."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from ground.checked import BRANCH, RECORD, STATE, check, rules, told
from ground.house import BOT, House
from house import Answer
from messages import lacking, lines_with

HOSTILE = "@everyone <img src=x onerror=alert(1)> fixes #1 [x](javascript:alert(1)) ![y](https://evil.example/y.png)"


def again(house: House) -> Answer:
    """Every open pull request, judged again."""
    return check(house, "--all")


def states(answer: Answer) -> dict[int, str]:
    return {pull["pull_request"]: pull["state"] for pull in answer.json["judged"]}


def record(house: House, **changes: Any) -> str:
    """The record of #1 with other values."""
    entry = json.loads(house.text(RECORD, BRANCH))
    entry["predicate"] |= changes
    return json.dumps(entry, indent=2, ensure_ascii=False) + "\n"


def test_the_job_answers_files_and_gates_and_the_status_the_approvals_recorded_contract(proposed: House) -> None:
    answer = check(proposed, 1)
    assert (answer.code, rules(answer), rules(answer, "note")) == (0, [], ["approvals"])
    assert proposed.status(1) == "pending"
    assert not lacking(proposed.said(1), "operations", "0 of 1", "eligible: bob", "base")
    waits = proposed.ok("check", 1).out
    assert lines_with(waits, "passed", "files and gates", "pull request #1")
    assert lines_with(waits, "commit status: pending", "operations")
    proposed.approve(1, "bob")
    assert lines_with(proposed.ok("check", 1).out, "passed", "pull request #1", "may be merged")
    assert proposed.status(1) == "success"
    assert [status["context"] for status in proposed.statuses(1)] == ["mlops-gitops/promotion"] * 2
    mark = proposed.front.mark()
    assert told(proposed) == "success"
    assert proposed.front.writes(mark) == []


def test_an_approval_counts_until_it_is_taken_back_or_the_head_moves_recorded_contract(proposed: House) -> None:
    first = proposed.approve(1, "bob")
    proposed.review(1, "bob", "COMMENT")
    assert told(proposed) == "success"
    proposed.request_changes(1, "bob")
    assert told(proposed) == "pending"
    second = proposed.approve(1, "bob")
    proposed.dismiss(1, first)
    assert told(proposed) == "success"
    proposed.dismiss(1, second)
    assert told(proposed) == "pending"
    proposed.approve(1, "bob")
    proposed.write_branch(BRANCH, {"notes.txt": "one more thing\n"})
    assert told(proposed) == "pending"
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    proposed.dismiss(1, proposed.approve(1, "bob"))
    assert told(proposed) == "pending", "the one before does not count again"


def test_an_approval_counts_for_the_base_it_was_given_for_recorded_contract(proposed: House) -> None:
    """The same commit can promote onto one branch, and take back onto another what was never looked at."""
    proposed.write_branch("release", {"notes.txt": "another branch\n"})
    proposed.retarget(1, "release")
    proposed.approve(1, "bob")
    proposed.retarget(1, "main")
    assert told(proposed) == "pending"
    assert not lacking(
        proposed.said(1), "0 of 1", "eligible: bob", "bob approved it before its base branch was changed"
    )
    assert lines_with(proposed.ok("pr", "show", "1").out, "approved by bob", "does not count", "base branch")
    proposed.approve(1, "bob")
    assert told(proposed) == "success"


def test_an_approval_that_counts_for_nothing_when_it_is_merged_is_on_no_receipt_recorded_contract(
    proposed: House,
) -> None:
    proposed.write_branch("release", {"notes.txt": "another branch\n"})
    proposed.approve(1, "bob")
    proposed.retarget(1, "release")
    proposed.retarget(1, "main")
    proposed.merge_pull(1, how="squash")
    assert lines_with(proposed.ok("record").out, RECORD, "unmet")


def test_a_review_counts_as_it_was_when_it_was_merged_recorded_contract(proposed: House) -> None:
    """Who dismisses an approval afterwards does not take the promotion back, nor does a late approval restore it."""
    review = proposed.approve(1, "bob")
    proposed.merge_pull(1)
    proposed.dismiss(1, review)
    answer = proposed.ok("record")
    assert lines_with(answer.out, "churn#staging#1", "met", "bob") and "unmet" not in answer.out


def test_on_a_public_repository_only_who_belongs_to_it_approves_recorded_contract(proposed: House) -> None:
    """A role names a login; somebody who left the repository, or took the login over, can still write a review."""
    proposed.state.associations["bob"] = "CONTRIBUTOR"
    proposed.approve(1, "bob")
    assert told(proposed) == "pending"
    assert not lacking(proposed.said(1), "0 of 1", "bob is not shown as an owner, a member or a collaborator")
    assert "eligible" not in proposed.said(1)
    proposed.state.associations["bob"] = "COLLABORATOR"
    assert told(proposed) == "success"
    proposed.state.associations["bob"] = "NONE"
    proposed.state.repository["private"] = True
    assert told(proposed) == "success", "who sees a private repository was let in"


@pytest.mark.parametrize(("off", "state"), [(1, "pending"), (0, "success")])
def test_a_login_that_another_account_has_by_now_approves_nothing_recorded_contract(
    released: House, off: int, state: str
) -> None:
    number = released.front.stateful.user("bob")["id"] + off
    released.edit("mlops.yaml", "login: bob,", f"login: bob, id: {number},")
    released.commit("Bob's account has a number")
    released.ok("promote", "churn", "--to", "staging")
    released.approve(1, "bob")
    assert told(released) == state
    released.merge_pull(1)
    assert released.ok("record")
    receipt = released.bridge.one("for-each-ref", "--format=%(contents)", "refs/tags/churn#staging#1")
    approvals = json.loads(receipt.partition("\n\n")[2])["approvals"]
    assert [(approval["by"], approval["id"]) for approval in approvals] == [("bob", number)] * (1 - off)


def test_strangers_and_other_roles_approve_nothing_recorded_contract(proposed: House) -> None:
    for who in ("mallory", "carol", "alice"):
        proposed.approve(1, who)
        assert told(proposed) == "pending", who


def test_who_wrote_a_commit_does_not_approve_it_recorded_contract(proposed: House) -> None:
    proposed.write_branch(BRANCH, {"notes.txt": "by bob\n"}, who="alice", author="bob")
    proposed.approve(1, "bob")
    assert told(proposed) == "pending"
    assert not lacking(proposed.said(1), "operations", "0 of 1", "no member is eligible", "wrote")


def test_the_author_of_a_pull_request_does_not_approve_it_recorded_contract(proposed: House) -> None:
    """GitHub itself refuses an author's approval; one that came before is not counted either."""
    files = {path: proposed.text(path, BRANCH) for path in (RECORD, STATE)}
    proposed.write_branch("by-hand", dict(files), who="alice")
    number = proposed.open("by-hand", who="bob")
    body = {"event": "APPROVE", "body": "Mine", "commit_id": proposed.head("by-hand")}
    proposed.front.stateful.ok("POST", f"/repos/{proposed.name}/pulls/{number}/reviews", body, login="bob")
    assert [review["state"] for review in proposed.api("GET", f"pulls/{number}/reviews")] == ["APPROVED"]
    assert told(proposed, number) == "pending"
    assert "no member is eligible" in proposed.said(number)


def test_who_pushed_what_somebody_else_wrote_does_not_approve_it_recorded_contract(proposed: House) -> None:
    """GitHub tells who moved a branch, whatever names its commits bear; each page of that is asked for."""
    proposed.write_branch(BRANCH, {"notes.txt": "one"}, who="bob", author="alice")
    proposed.write_branch(BRANCH, {"notes.txt": "two"}, who=BOT, author="alice")
    proposed.front.page_size = 1
    proposed.approve(1, "bob")
    assert told(proposed) == "pending"
    assert not lacking(proposed.said(1), "operations", "0 of 1", "no member is eligible")


def test_who_only_brings_the_base_into_a_branch_still_approves_it_recorded_contract(proposed: House) -> None:
    proposed.write_branch("main", {"notes.txt": "elsewhere\n"})
    proposed.api("PUT", "pulls/1/update-branch", {}, who="bob")
    proposed.approve(1, "bob")
    assert told(proposed) == "success", proposed.said(1)


def test_pushes_that_are_not_all_listed_are_could_not_tell_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    listed = list(proposed.state.activity)
    for known in ([], listed[1:], [entry | {"activity_type": "push"} for entry in listed]):
        proposed.state.activity[:] = known
        check(proposed, 1)
        assert proposed.status(1) != "success"
        assert "GitHub does not list everybody who pushed" in proposed.said(1), known
    proposed.state.activity[:] = listed
    assert told(proposed) == "success"


def test_an_earlier_life_of_a_branch_excludes_nobody_recorded_contract(released: House) -> None:
    released.write_branch(BRANCH, {"notes.txt": "another change\n"}, who="bob")
    released.delete_branch(BRANCH)
    time.sleep(1.1)  # GitHub tells whole seconds
    released.ok("promote", "churn", "--to", "staging")
    released.approve(1, "bob")
    assert told(released) == "success"


@pytest.mark.parametrize(("actor", "again"), [("bob", ("alice",)), ("alice", ("bob",)), ("alice", ("bob", "alice"))])
def test_who_started_the_run_does_not_approve_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, actor: str, again: tuple[str, ...]
) -> None:
    for name, value in {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "alice", "GITHUB_RUN_ID": "77"}.items():
        monkeypatch.setenv(name, value)
    released.workflow_run(77, actor=actor, again=again)
    released.ok("promote", "churn", "--to", "staging")
    asked = json.loads(released.text(RECORD, BRANCH))["predicate"]["requested_by"]
    assert (asked["login"], asked["run"]) == ("alice", "77")
    released.approve(1, "bob")
    assert told(released) == "pending"
    assert "no member is eligible" in released.said(1)


def test_requester_and_one_person_in_two_roles_recorded_contract(in_staging: House) -> None:
    in_staging.edit("mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{login: bob}\n    - {login: carol}")
    in_staging.commit("carol may both")
    in_staging.ok("promote", "churn", "--to", "production")
    in_staging.approve(1, "alice")
    in_staging.approve(1, "carol")
    assert told(in_staging) == "pending"
    in_staging.approve(1, "bob")
    assert told(in_staging) == "success"


def test_team_members_count_where_the_team_can_be_read_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    released.edit("mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{team: example/ops}")
    released.commit("A team")
    released.ok("promote", "churn", "--to", "staging")
    assert told(released) == "pending"
    released.approve(1, "bob")
    assert told(released) == "success"
    monkeypatch.setenv("GITHUB_TOKEN", released.token("blind", members="none"))
    assert told(released) == "pending"
    assert not lacking(released.said(1), "members", "team example/ops", "not known")
    assert "could not tell" in released.comments(1)[0]["body"]


def test_numbers_that_do_not_come_out_again_recorded_contract(proposed: House) -> None:
    gates = json.loads(proposed.text(RECORD, BRANCH))["predicate"]["gates"]
    gates[0]["value"] = 0.99
    proposed.write_branch(BRANCH, {RECORD: record(proposed, gates=gates)})
    answer = check(proposed, 1)
    assert (answer.code, rules(answer), rules(answer, "note")) == (1, ["passing-record", "remeasured"], ["approvals"])
    assert proposed.status(1) == "failure"
    assert "measured again it is 0.9" in answer.out


def test_data_that_cannot_be_had_is_a_failure_that_says_so_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    proposed.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv", "models/churn/model.skops")
    assert check(proposed, 1).code == 3
    assert proposed.status(1) == "failure"
    assert "could not tell" in proposed.comments(1)[0]["body"]


def test_a_state_edited_by_hand_is_refused_with_the_command_recorded_contract(in_staging: House) -> None:
    edited = in_staging.text(STATE, "main").replace('"1.0.0"', '"1.1.0"')
    in_staging.write_branch("topic", {STATE: edited})
    number = in_staging.open("topic")
    answer = in_staging.run("check", number, "--format", "github")
    assert answer.code == 1
    assert f"::error file={STATE},line=5," in answer.out
    assert "mlops-gitops promote churn --to staging --release 1.1.0" in answer.out
    assert in_staging.status(number) == "failure"


def test_another_promotion_was_merged_meanwhile_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    proposed.write_branch("other", {RECORD: record(proposed, why="Another"), STATE: proposed.text(STATE, BRANCH)})
    proposed.merge_pull(proposed.open("other"))
    answer = again(proposed)
    assert (answer.code, states(answer)) == (0, {1: "failure"})
    assert proposed.status(1) == "failure"
    assert "does not merge cleanly" in proposed.said(1)
    assert str(proposed.root) not in proposed.said(1)


def test_a_base_that_moved_a_freeze_that_began_and_its_end_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    proposed.write("FREEZE", f"{HOSTILE}\nmore\n")
    proposed.commit("Freeze")
    assert states(again(proposed)) == {1: "pending"}
    assert not lacking(proposed.said(1), "staging", "frozen", "file FREEZE", "everyone")
    (said,) = proposed.comments(1)
    _harmless(said["body"])
    proposed.sh("git", "rm", "-q", "FREEZE")
    proposed.commit("Thaw")
    assert states(again(proposed)) == {1: "success"}
    proposed.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.7")
    proposed.commit("Another policy")
    answer = again(proposed)
    assert (answer.code, states(answer), proposed.status(1)) == (0, {1: "failure"}, "failure")
    assert [comment["id"] for comment in proposed.comments(1)] == [said["id"]]


def _harmless(text: str) -> None:
    """Nothing in a comment mentions, closes, links or is HTML, but for our own mark."""
    mark, _, rest = text.partition("\n")
    assert mark == "<!-- mlops-gitops: status -->"
    for word in ("@everyone", "<", "fixes #1", "](", "https://"):
        assert word not in rest, word


def test_a_decision_s_reason_does_not_get_through_into_the_comment_recorded_contract(proposed: House) -> None:
    decision = {
        "apiVersion": "mlops-gitops/v1", "kind": "Decision", "type": "quarantine", "role": "operations", "by": "bob",
        "subject": {"model": "churn", "release": "1.0.0"}, "reason": HOSTILE,
    }  # fmt: skip
    proposed.write("decisions/2026-11-24-stop.yaml", json.dumps(decision, indent=1))
    proposed.commit("Stop it")
    assert states(again(proposed)) == {1: "failure"}
    (said,) = proposed.comments(1)
    assert "everyone" in said["body"]
    _harmless(said["body"])


def test_the_why_of_a_promotion_does_not_get_through_recorded_contract(released: House) -> None:
    released.ok("promote", "churn", "--to", "staging", "--why", HOSTILE)
    check(released, 1)
    (said,) = released.comments(1)
    _harmless(said["body"])


def test_one_comment_is_edited_and_nobody_else_s_is_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = "<!-- mlops-gitops: status -->"
    forged, quoted = f"{mark}\n### All is well\n", f"> {mark}\nWhat does this mean?"
    proposed.api("POST", "issues/1/comments", {"body": forged}, who="mallory")
    proposed.api("POST", "issues/1/comments", {"body": quoted}, who=BOT)
    for _ in range(2):
        check(proposed, 1)
    proposed.approve(1, "bob")
    check(proposed, 1)
    bodies = [comment["body"] for comment in proposed.comments(1)]
    assert bodies[:2] == [forged, quoted]
    assert len(bodies) == 3
    assert "may be merged" in bodies[2]
    monkeypatch.setenv("GITHUB_TOKEN", "token-alice")
    for _ in range(2):
        check(proposed, 1)
    assert [comment["user"]["login"] for comment in proposed.comments(1)] == ["mallory", BOT, BOT, "alice"]


def test_one_that_cannot_be_judged_holds_up_no_other_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    asked = {"login": "carol", "via": "workflow_dispatch", "run": "999"}
    proposed.write_branch("gone", {RECORD: record(proposed, requested_by=asked), STATE: proposed.text(STATE, BRANCH)})
    assert proposed.open("gone") == 2
    proposed.write_branch("docs", {"notes.txt": "a\n"})
    assert proposed.open("docs") == 3
    answer = again(proposed)
    assert (answer.code, states(answer)) == (3, {1: "success", 2: "undecided", 3: "success"})
    assert [proposed.status(number) for number in (1, 2, 3)] == ["success", "failure", "success"]
    assert not lacking(proposed.said(2), "could not be judged", "the run 999")
    assert proposed.said(3).startswith("this promotes nothing")
    assert proposed.comments(3) == []


def test_one_that_cannot_even_be_read_loses_its_success_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    proposed.write_branch("docs", {"notes.txt": "a\n"})
    proposed.open("docs")
    proposed.front.answer_next(403, to="GET actions/runs/{run_id}", times=10)
    answer = again(proposed)
    assert (answer.code, states(answer)) == (3, {1: "undecided", 2: "success"})
    assert proposed.status(1) == "failure"


def test_another_day_s_answer_and_no_status_set_nothing_recorded_contract(proposed: House) -> None:
    mark = proposed.front.mark()
    for option in (("--no-status",), ("--today", "2030-01-01")):
        answer = check(proposed, 1, *option)
        assert (answer.code, answer.json["status"]["state"]) == (0, "pending")
    assert proposed.front.writes(mark) == []
    assert proposed.status(1) == ""


def test_soak_and_order_are_the_status_s_matter_too_recorded_contract(in_staging: House) -> None:
    in_staging.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {soak: 1d}")
    in_staging.commit("Let it soak")
    in_staging.ok("promote", "churn", "--to", "production")
    in_staging.approve(1, "bob")
    in_staging.approve(1, "carol")
    answer = check(in_staging, 1)
    assert (answer.code, rules(answer), rules(answer, "note")) == (0, [], ["soak"])
    assert in_staging.status(1) == "pending"
    assert re.search("in staging .*[0-9]+ min of 1 d", in_staging.said(1))
    in_staging.api("DELETE", "git/refs/tags/churn%23staging%231")
    answer = check(in_staging, 1)
    assert (answer.code, rules(answer)) == (0, [])
    assert set(rules(answer, "note")) == {"promotion-order", "soak"}
    assert in_staging.status(1) == "pending"


def test_a_change_of_the_policy_waits_for_those_it_belongs_to_recorded_contract(released: House) -> None:
    text = released.text("mlops.yaml", "main").replace("operations: 1}}\n  production", "operations: 2}}\n  production")
    released.write_branch("policy", {"mlops.yaml": text}, who="alice", author="alice")
    number = released.open("policy")
    answer = check(released, number)
    assert (answer.code, rules(answer), "policy-change" in rules(answer, "note")) == (0, [], True)
    assert released.status(number) == "pending"
    released.approve(number, "bob")
    assert told(released, number) == "pending"
    released.approve(number, "carol")
    assert told(released, number) == "success"
