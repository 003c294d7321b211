"""Receipts of the policy at GitHub: by the reviews of a pull request, and an issue while it is unproven."""

from __future__ import annotations

import json
from typing import Any

from ground.checked import rules
from ground.house import House

KPIS = "models/churn/kpis.yaml"
STATED = "decisions/2026-11-29-policy.yaml"


def receipt(house: House, commit: str) -> Any:
    """What the receipt of a change of the policy says, as it is at GitHub."""
    tag = f"mlops-gitops/policy/{commit}"
    return json.loads(house.bridge.one("tag", "-l", "--format=%(contents)", tag).partition("\n\n")[2])


def lowered(house: House, to: str) -> dict[str, str | None]:
    """The KPIs with a lower threshold."""
    return {KPIS: house.text(KPIS, "main").replace("at_least: 0.8\n", f"at_least: {to}\n")}


def stated(house: House) -> dict[str, str | None]:
    """The decision that states the policy as it is on main."""
    value = {
        "apiVersion": "mlops-gitops/v1", "kind": "Decision", "type": "policy", "role": "operations", "by": "bob",
        "subject": {"policy": house.run("audit", "--format", "json").json["policy"]["digest"]}, "reason": "We agree.",
    }  # fmt: skip
    return {STATED: json.dumps(value, indent=1)}


def issues(house: House) -> list[tuple[str, bool]]:
    """The issues of what stands unapproved: state, and whether the KPIs are among it."""
    listed = house.api("GET", "issues?state=all&labels=mlops-gitops-unapproved&per_page=100")
    return [(entry["state"], KPIS in entry["body"]) for entry in listed if "pull_request" not in entry]


def test_each_commit_of_a_rebase_has_a_receipt_and_the_last_was_reviewed_recorded_contract(released: House) -> None:
    for threshold in ("0.1", "0.7"):
        released.write_branch("lower", lowered(released, threshold), author="alice")
    number = released.open("lower")
    released.approve(number, "carol")
    assert rules(released.run("check", number, "--format", "json")) == ["passing-record"]
    released.merge_pull(number, how="rebase")  # past what the check says
    released.ok("record")
    passing, last = reversed(released.first_parents()[:2])
    assert [receipt(released, commit)["approved"] for commit in (passing, last)] == ["unproven", "met"]
    entry = receipt(released, last)
    assert (entry["pull_request"], entry["forge"], entry["required"]) == (number, "github", {"data-science": 1})
    assert [(one["role"], one["by"]) for one in entry["approvals"]] == [("data-science", "carol")]
    mark = released.front.mark()
    assert "nothing to record" in released.ok("record").out
    assert released.front.writes(mark) == []
    released.ok("audit")


def test_a_pushed_policy_stands_in_the_issue_until_it_is_restated_recorded_contract(released: House) -> None:
    pushed = released.write_branch("main", lowered(released, "0.1"), message="In a hurry")
    released.sh("git", "pull", "-q", "--ff-only", "origin", "main")
    released.ok("record")
    assert (receipt(released, pushed)["approved"], receipt(released, pushed)["pull_request"]) == ("unproven", None)
    assert (issues(released), released.run("audit").code) == ([("open", True)], 3)
    released.write_branch("restate", stated(released), author="alice")
    number = released.open("restate")
    released.approve(number, "bob")
    released.ok("check", number)
    assert (released.status(number), "0 of 1 approvals from data-science" in released.said(number)) == ("pending", True)
    released.approve(number, "carol")
    released.ok("check", number)
    assert released.status(number) == "success"
    released.merge_pull(number, how="squash")
    released.ok("record")
    assert [state for state, _ in issues(released)] == ["closed"]
    released.ok("audit")


def test_an_older_repository_states_a_baseline_recorded_contract(released: House) -> None:
    begin = released.first_parents()[-1]
    released.api("DELETE", f"git/refs/tags/mlops-gitops/policy/{begin}")
    assert "older than those are" in released.ok("record").out
    released.write_branch("baseline", stated(released), author="alice")
    number = released.open("baseline")
    for who in ("bob", "carol"):
        released.approve(number, who)
    released.merge_pull(number)
    assert released.run("audit").code == 3
    released.ok("record")
    answer = released.ok("audit", "--format", "json").json
    assert (answer["policy"]["baseline"], answer["policy"]["proven"]) == (STATED, True)
