"""GitHub without an App: people promote with their own token, and jobs judge and record with that of their run."""

from __future__ import annotations

import json

import pytest
from ground.house import House
from messages import lacking, lines_with

RUNS = "github-actions[bot]"


@pytest.fixture
def simple(released: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """What runs here has the token of a job, with the permissions that the workflow asks for."""
    writes = ("contents", "deployments", "issues", "pull_requests", "statuses")
    permissions = dict.fromkeys(writes, "write") | {"actions": "read", "administration": "none", "members": "none"}
    monkeypatch.setenv("GITHUB_TOKEN", released.token("of-the-run", login=RUNS, **permissions))
    return released


def _receipt(house: House, tag: str) -> dict[str, object]:
    text = house.bridge.one("for-each-ref", "--format=%(contents)", f"refs/tags/{tag}")
    return dict(json.loads(text.partition("\n\n")[2]))


def test_a_person_promotes_and_the_jobs_judge_and_record_recorded_contract(simple: House) -> None:
    simple.by_hand("promote", "churn", "--to", "staging", who="alice")
    (pull,) = simple.pull_requests()
    assert pull["user"]["login"] == "alice"
    simple.ok("check", "--all")
    assert simple.status(1) == "pending" and not lacking(simple.said(1), "operations", "0 of 1", "eligible: bob")
    simple.approve(1, "bob")
    simple.ok("check", "--all")
    assert (simple.status(1), simple.statuses(1)[0]["creator"]["login"]) == ("success", RUNS)
    simple.merge_pull(1, who="alice")
    simple.ok("record")
    receipt = _receipt(simple, "churn#staging#1")
    assert (receipt["approved"], [each["by"] for each in receipt["approvals"]]) == ("met", ["bob"])  # type: ignore[attr-defined]
    assert [deployment["environment"] for deployment in simple.api("GET", "deployments")] == ["staging"]
    simple.ok("audit")


def test_who_promotes_does_not_approve_recorded_contract(simple: House) -> None:
    simple.by_hand("promote", "churn", "--to", "staging", who="bob")
    simple.approve(1, "alice")
    simple.ok("check", "--all")
    assert simple.status(1) == "pending" and not lacking(simple.said(1), "operations", "no member is eligible")


def test_one_person_alone_needs_no_approval_and_the_audit_says_so_recorded_contract(simple: House) -> None:
    roles = simple.text("mlops.yaml", "main").partition("environments:")[0]
    simple.write("mlops.yaml", f"{roles}environments:\n  staging: {{}}\n  production: {{after: [staging]}}\n")
    simple.commit("Alone")
    simple.ok("record")
    simple.by_hand("promote", "churn", "--to", "staging", who="alice")
    number = simple.pull_requests()[0]["number"]
    simple.ok("check", "--all")
    assert simple.status(number) == "success"
    simple.merge_pull(number, who="alice")
    simple.ok("record")
    answer = simple.run("audit")
    assert lines_with(answer.out, "approvals", "none required", "1 of 1 promotion"), answer
