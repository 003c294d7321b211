"""record at GitHub: receipts from state, deployments, and one issue of what stands unapproved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ground.checked import BRANCH, RECORD, STATE, asked
from ground.events import job
from ground.house import BOT, House
from house import Answer
from messages import lacking
from tracing import started, traced

TAG = "churn#staging#1"
LABEL = "mlops-gitops-unapproved"


def record(house: House) -> Answer:
    return asked(house, "record")


def receipt(house: House, tag: str = TAG) -> Any:
    """What a receipt says, as it is at GitHub."""
    return json.loads(house.bridge.one("tag", "-l", "--format=%(contents)", tag).partition("\n\n")[2])


def tags(house: House) -> dict[str, tuple[str, int]]:
    """Each tag with the id of its object and its date."""
    listed = house.bridge.one("for-each-ref", "--format=%(refname:strip=2) %(objectname) %(taggerdate:unix)",
                              "refs/tags")  # fmt: skip
    rows = [line.split(" ") for line in listed.splitlines()]
    return {name: (sha, int(time)) for name, sha, time in rows}


def deployed(house: House) -> list[tuple[str, str, list[str]]]:
    """Every deployment, oldest first: environment, task, and the states it went through."""
    found = []
    for deployment in reversed(house.api("GET", "deployments?per_page=100")):
        states = [one["state"] for one in reversed(house.api("GET", f"deployments/{deployment['id']}/statuses"))]
        found.append((deployment["environment"], deployment["task"], states))
    return found


def issues(house: House) -> list[tuple[str, str]]:
    """The issues of what stands unapproved: state and text."""
    listed = house.api("GET", f"issues?state=all&labels={LABEL}&per_page=100")
    return [(entry["state"], entry["body"]) for entry in listed if "pull_request" not in entry]


def push(house: House, branch: str = BRANCH) -> None:
    """Puts the promotion of #1 on main without a pull request."""
    house.write_branch("main", {path: house.text(path, branch) for path in (RECORD, STATE)}, message="In a hurry")
    house.close(1)
    house.sh("git", "pull", "-q", "--ff-only", "origin", "main")


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_receipt_of_several_commits_says_who_approved_what_recorded_contract(proposed: House, how: str) -> None:
    head = proposed.write_branch(BRANCH, {"notes.txt": "One more thing\n"})
    review = proposed.approve(1, "bob")
    proposed.ok("check", 1)
    proposed.merge_pull(1, how=how, who="carol")
    assert record(proposed).code == 0
    entry = receipt(proposed)
    added = proposed.bridge.one("log", "--first-parent", "--diff-filter=A", "--format=%H", "main", "--", RECORD)
    assert (entry["approved"], entry["forge"], entry["pull_request"], entry["merged_by"]) == (
        "met",
        "github",
        1,
        "carol",
    )
    assert (entry["head"], entry["commit"]) == (head, added)
    given = proposed.api("GET", f"pulls/1/reviews/{review}")["submitted_at"]
    assert entry["approvals"] == [{"role": "operations", "by": "bob", "at": given}]
    assert entry["required"] == {"operations": 1}
    assert "self_declared" not in entry
    before = tags(proposed)
    mark = proposed.front.mark()
    assert record(proposed).json["receipts"] == []
    assert (tags(proposed), proposed.front.writes(mark)) == (before, [])
    proposed.ok("audit")


def test_three_merges_at_once_without_any_data_recorded_contract(hub: House, tmp_path: Path) -> None:
    hub.ok("release", "churn", "1.0.0")
    hub.merge_pull(1)
    hub.ok("promote", "churn", "--to", "staging")
    hub.approve(2, "bob")
    hub.merge_pull(2, how="squash")
    decision = {
        "apiVersion": "mlops-gitops/v1", "kind": "Decision", "type": "quarantine", "role": "operations", "by": "bob",
        "subject": {"model": "churn", "release": "1.0.0"}, "reason": "Odd scores",
    }  # fmt: skip
    hub.write_branch("stop", {"decisions/2026-11-24-stop.yaml": json.dumps(decision, indent=1)})
    hub.merge_pull(hub.open("stop"), how="rebase")
    hub.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv", "models/churn/model.skops")
    with traced(tmp_path / "trace"):
        answer = record(hub)
    assert answer.code == 0
    fetches = [command for command in started(tmp_path / "trace") if command.startswith("fetch ")]
    assert len(fetches) == 3  # of the branches, of the heads of all three, and of the receipts
    written = [(entry["tag"], entry["approved"], entry["pull_request"]) for entry in answer.json["receipts"]]
    assert written == [
        ("churn@v1.0.0", "met", 1), (TAG, "met", 2), ("mlops-gitops/decision/2026-11-24-stop", "met", 3),
    ]  # fmt: skip
    assert deployed(hub) == [("staging", "promote:churn:1", ["success"])]
    assert issues(hub) == []


def test_each_promotion_has_one_deployment_and_a_lost_receipt_comes_back_recorded_contract(proposed: House) -> None:
    proposed.merge("bob")
    proposed.ok("promote", "churn", "--to", "production")
    proposed.merge("bob", "carol")
    whole = [("staging", "promote:churn:1", ["success"]), ("production", "promote:churn:1", ["success"])]
    assert deployed(proposed) == whole
    sent = proposed.api("GET", "deployments?environment=staging")[0]
    assert (sent["sha"], sent["payload"]["record"]) == (receipt(proposed)["commit"], RECORD)
    before = tags(proposed)
    proposed.api("DELETE", "git/refs/tags/churn%23staging%231")
    assert [entry["tag"] for entry in record(proposed).json["receipts"]] == [TAG]
    assert tags(proposed) == before
    assert before["churn@v1.0.0"][1] < before[TAG][1] < before["churn#production#1"][1]
    assert deployed(proposed) == whole
    assert issues(proposed) == []


def test_an_older_receipt_filled_in_late_is_no_new_deployment_recorded_contract(proposed: House) -> None:
    push(proposed)
    assert record(proposed).code == 0
    proposed.ok("promote", "churn", "--to", "staging")
    proposed.merge("bob")
    whole = [("staging", f"promote:churn:{n}", ["success"]) for n in (1, 2)]
    assert deployed(proposed) == whole
    kept = proposed.state.deployments
    kept.remove(next(entry for entry in kept if entry["task"] == "promote:churn:1"))
    proposed.api("DELETE", "git/refs/tags/churn%23staging%231")
    assert [entry["tag"] for entry in record(proposed).json["receipts"]] == [TAG]
    assert deployed(proposed) == whole[1:]
    kept.clear()
    for n in (1, 2):
        proposed.api("DELETE", f"git/refs/tags/churn%23staging%23{n}")
    assert len(record(proposed).json["receipts"]) == 2  # both new: told in their order
    assert deployed(proposed) == whole


def test_a_direct_push_is_unproven_until_somebody_makes_it_good_recorded_contract(proposed: House) -> None:
    push(proposed)
    answer = record(proposed)
    assert (answer.code, receipt(proposed)["approved"], receipt(proposed)["pull_request"]) == (0, "unproven", None)
    ((state, text),) = issues(proposed)
    assert (state, f"`{RECORD}`: approvals unproven" in text) == ("open", True)
    assert proposed.run("promote", "churn", "--to", "production").code == 1
    mark = proposed.front.mark()
    assert record(proposed).code == 0
    assert proposed.front.writes(mark) == []
    proposed.ok("promote", "churn", "--to", "staging")
    proposed.merge("bob")
    assert [state for state, _ in issues(proposed)] == ["closed"]
    assert [environment for environment, *_ in deployed(proposed)] == ["staging", "staging"]
    proposed.ok("promote", "churn", "--to", "production")
    proposed.merge_pull(int(proposed.pull_requests()[-1]["number"]), who="carol")
    assert record(proposed).code == 0
    ((state, text),) = issues(proposed)  # the same one again, with what stands now
    assert (state, RECORD in text, "promotions/production/churn/0001.json" in text) == ("open", False, True)


def test_an_administrator_s_merge_is_unmet_and_a_late_approval_mends_nothing_recorded_contract(
    proposed: House,
) -> None:
    proposed.merge_pull(1)
    late = proposed.approve(1, "bob")
    reviews = proposed.front.stateful.ok("GET", f"/repos/{proposed.name}/pulls/1/reviews")
    later = [review | {"submitted_at": "2100-01-01T00:00:00Z"} for review in reviews if review["id"] == late]
    proposed.front.answer_next(200, body=later, to="GET pulls/{pull_number}/reviews", times=1)
    assert record(proposed).code == 0
    assert (receipt(proposed)["approved"], receipt(proposed)["approvals"]) == ("unmet", [])
    ((state, text),) = issues(proposed)
    assert (state, "approvals unmet" in text) == ("open", True)


def test_nobody_else_s_issue_is_touched_recorded_contract(proposed: House) -> None:
    forged = {"title": "All is well", "body": "<!-- mlops-gitops: unapproved -->", "labels": [LABEL]}
    number = proposed.api("POST", "issues", forged, who="mallory")["number"]
    push(proposed)
    record(proposed)
    listed = {issue["number"]: issue for issue in proposed.api("GET", f"issues?state=all&labels={LABEL}")}
    assert len(listed) == 2
    assert (listed[number]["state"], listed[number]["body"]) == ("open", forged["body"])
    assert {value["user"]["login"] for value in listed.values()} == {"mallory", BOT}


def test_a_deployment_that_could_not_be_told_is_told_by_the_next_run_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed.approve(1, "bob")
    proposed.merge_pull(1)
    monkeypatch.setenv("GITHUB_TOKEN", proposed.token("narrow", deployments="read"))
    answer = record(proposed)
    assert (answer.code, receipt(proposed)["approved"]) == (3, "met")
    (said,) = answer.json["undecided"]
    assert not lacking(said, "deployment", TAG, "could not be written", "does not let this token", "deployments")
    assert deployed(proposed) == []
    monkeypatch.setenv("GITHUB_TOKEN", proposed.environment["GITHUB_TOKEN"])
    proposed.front.answer_next(500, to="POST deployments/{deployment_id}/statuses")
    assert record(proposed).code == 3
    assert deployed(proposed) == [("staging", "promote:churn:1", [])]
    for _ in range(2):
        answer = record(proposed)
        assert (answer.code, answer.json["receipts"]) == (0, [])
        assert deployed(proposed) == [("staging", "promote:churn:1", ["success"])]


def test_a_receipt_that_cannot_be_told_yet_holds_up_no_other_recorded_contract(
    hub: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.edit("mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{team: example/ops}")
    hub.commit("A team")
    hub.ok("release", "churn", "1.0.0")
    hub.merge_pull(1)
    hub.ok("promote", "churn", "--to", "staging")
    hub.approve(2, "bob")
    hub.merge_pull(2)
    monkeypatch.setenv("GITHUB_TOKEN", hub.token("blind", members="none"))
    answer = record(hub)
    assert (answer.code, [entry["tag"] for entry in answer.json["receipts"]]) == (3, ["churn@v1.0.0"])
    assert not lacking(answer.json["refused"][TAG], "members", "team example/ops", "not known")
    monkeypatch.setenv("GITHUB_TOKEN", hub.environment["GITHUB_TOKEN"])
    answer = record(hub)
    assert (answer.code, [entry["approved"] for entry in answer.json["receipts"]]) == (0, ["met"])


def test_a_run_that_nobody_can_look_up_holds_up_no_other_receipt_recorded_contract(hub: House) -> None:
    hub.ok("release", "churn", "1.0.0")
    hub.merge_pull(1)
    hub.ok("promote", "churn", "--to", "staging")
    item = json.loads(hub.text(RECORD, BRANCH))
    item["predicate"]["requested_by"] = {"login": "alice", "via": "workflow_dispatch", "run": "999"}
    hub.write_branch(BRANCH, {RECORD: json.dumps(item, indent=2) + "\n"})
    hub.approve(2, "bob")
    hub.merge_pull(2)
    answer = record(hub)
    assert (answer.code, [entry["tag"] for entry in answer.json["receipts"]]) == (3, ["churn@v1.0.0"])
    assert "run 999" in answer.json["refused"][TAG]
    hub.workflow_run(999, actor="bob")
    assert [entry["approved"] for entry in record(hub).json["receipts"]] == ["unmet"]


def test_a_pull_request_that_cannot_be_read_holds_up_no_other_receipt_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    proposed.merge_pull(1)
    manifest = proposed.text("releases/churn/1.0.0.yaml", "main").replace("1.0.0", "1.1.0")
    proposed.write_branch("next", {"releases/churn/1.1.0.yaml": manifest})
    number = proposed.open("next")
    proposed.merge_pull(number)
    whole = proposed.api("GET", "pulls/1") | {"commits": 251}
    proposed.front.answer_next(200, body=whole, to="GET pulls/{pull_number}", times=2)
    answer = record(proposed)
    assert (answer.code, [entry["tag"] for entry in answer.json["receipts"]]) == (3, ["churn@v1.1.0"])
    assert "has 251 commits" in answer.json["refused"][TAG]
    assert record(proposed).code == 0


def test_a_tag_in_the_way_is_told_with_the_command_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    proposed.merge_pull(1)
    proposed.api("POST", "git/refs", {"ref": f"refs/tags/{TAG}", "sha": proposed.head()}, who="alice")
    answer = record(proposed)
    assert answer.code == 3
    assert f"git push origin :refs/tags/{TAG}" in answer.json["refused"][TAG]
    assert deployed(proposed) == []


def test_the_requester_s_job_and_a_rollback_recorded_contract(
    in_staging: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    in_staging.retrain(46)
    in_staging.ok("release", "churn", "1.1.0")
    in_staging.merge()
    in_staging.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    in_staging.merge("bob")
    job(monkeypatch, tmp_path, "workflow_dispatch", {})
    monkeypatch.setenv("GITHUB_RUN_ID", "5")
    in_staging.workflow_run(5, actor="alice")
    in_staging.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    in_staging.merge("bob", how="squash")
    entry = receipt(in_staging, "churn#staging#3")
    assert (entry["approved"], entry["requested_by"]) == (
        "met",
        {"login": "alice", "via": "workflow_dispatch", "run": "5"},
    )
    assert [task for _, task, _ in deployed(in_staging)] == [f"promote:churn:{n}" for n in (1, 2, 3)]
    assert "1.0.0" in in_staging.ok("status").out
    in_staging.ok("audit")
