"""Runs are deleted and teams change before a receipt is written: who the people were is kept when `check` judges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ground.checked import BRANCH, told
from ground.house import TEAMS, House
from messages import lacking, lines_with

PEOPLE = "mlops-gitops/people"
RUN = 900  # that alice's form makes
OVERRIDE = """apiVersion: mlops-gitops/v1
kind: Decision
type: override
subject: {model: churn, release: "1.0.0", environment: staging, skip: run}
role: operations
by: bob
reason: Somebody deleted the run.
expires: 2099-12-31
"""


def _receipt(house: House, tag: str = "churn#staging#1") -> Any:
    written = house.bridge.one("for-each-ref", "--format=%(contents)", f"refs/tags/{tag}")
    return json.loads(written.partition("\n\n")[2]) if written else None


def test_who_started_it_is_kept_when_check_judges_it_recorded_contract(proposed: House) -> None:
    proposed.workflow_run(RUN, actor="alice", again=("carol",), event="workflow_dispatch")
    proposed.approve(1, "bob")
    for _ in range(2):
        assert told(proposed) == "success"
    (kept,) = proposed.statuses(1, f"{PEOPLE}/run {RUN}")
    assert kept["description"] == f"run {RUN} was started by alice, carol"
    proposed.merge_pull(1)
    proposed.state.runs.clear()
    proposed.ok("record")
    assert (_receipt(proposed)["approved"], _receipt(proposed)["approvals"][0]["by"]) == ("met", "bob")


def test_who_restarted_it_does_not_approve_once_it_is_gone_recorded_contract(proposed: House) -> None:
    proposed.workflow_run(RUN, actor="alice", again=("bob",), event="workflow_dispatch")
    proposed.approve(1, "bob")
    assert told(proposed) == "pending"
    proposed.state.runs.clear()
    assert told(proposed) == "pending" and "no member is eligible" in proposed.said(1)


def test_a_run_that_was_gone_before_proves_nothing_and_a_decision_unblocks_it_recorded_contract(
    proposed: House,
) -> None:
    proposed.approve(1, "bob")
    proposed.merge_pull(1)
    proposed.state.runs.clear()
    words = f"run {RUN} was started by carol"
    forged = {"state": "success", "context": PEOPLE, "description": words}
    proposed.api("POST", f"statuses/{proposed.api('GET', 'pulls/1')['head']['sha']}", forged, who="mallory")
    refused = proposed.run("record")
    assert refused.code == 3 and _receipt(proposed) is None
    assert lines_with(refused.out, "churn#staging#1 could not be written", f"run {RUN}", "gone", "override")
    proposed.write_branch("decide", {"decisions/2026-01-09-run.yaml": OVERRIDE})
    number = proposed.open("decide")
    proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    proposed.merge_pull(number)
    proposed.ok("record")
    assert _receipt(proposed)["approved"] == "unproven" and _receipt(proposed)["approvals"] == []


def test_what_came_with_it_is_unblocked_too_recorded_contract(proposed: House) -> None:
    """A change of the policy in the same pull request: its approvals are unproven as well, until it is stated again."""
    kpis = "models/churn/kpis.yaml"
    lowered = proposed.text(kpis, "main").replace("at_least: 0.8\n", "at_least: 0.7\n")
    proposed.write_branch(BRANCH, {kpis: lowered}, author="alice")
    for who in ("bob", "carol"):
        proposed.approve(1, who)
    proposed.merge_pull(1)
    proposed.state.runs.clear()
    policy = proposed.head()
    refused = proposed.run("record")
    assert refused.code == 3
    for tag in ("churn#staging#1", f"mlops-gitops/policy/{policy}"):
        assert lines_with(refused.out, f"{tag} could not be written", f"run {RUN}", "gone", "override"), refused.out
    proposed.write_branch("decide", {"decisions/2026-01-09-run.yaml": OVERRIDE})
    number = proposed.open("decide")
    proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    proposed.merge_pull(number)
    proposed.ok("record")
    tags = (f"mlops-gitops/policy/{policy}", "churn#staging#1")
    assert [_receipt(proposed, tag)["approved"] for tag in tags] == ["unproven", "unproven"]


def test_an_override_that_nobody_approved_unblocks_nothing_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    proposed.merge_pull(1)
    proposed.state.runs.clear()
    proposed.write_branch("main", {"decisions/2026-01-09-run.yaml": OVERRIDE})
    answer = proposed.run("record")
    assert answer.code == 3 and not lacking(answer.out, "churn#staging#1", f"run {RUN}") and _receipt(proposed) is None


def test_a_team_counts_as_it_was_when_it_was_merged_recorded_contract(released: House) -> None:
    released.edit("mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{team: example/ops}")
    released.commit("A team")
    released.ok("promote", "churn", "--to", "staging")
    for who in ("bob", "mallory"):
        released.approve(1, who)
    assert told(released) == "success"
    (kept,) = released.statuses(1, f"{PEOPLE}/example/ops")
    assert kept["description"] == "approvers in example/ops: bob"
    released.merge_pull(1)
    with _team(released, "mallory"):
        released.ok("record")
    assert (_receipt(released)["approved"], _receipt(released)["approvals"][0]["by"]) == ("met", "bob")


@contextmanager
def _team(house: House, *members: str) -> Iterator[None]:
    """Lets other people be the members of the team ops."""
    path = "/orgs/example/teams/ops/memberships"
    for login in members:
        house.front.stateful.ok("PUT", f"{path}/{login}", {"role": "member"})
    for login in TEAMS["ops"]:
        house.front.stateful.ok("DELETE", f"{path}/{login}")
    try:
        yield
    finally:
        for login in members:
            house.front.stateful.ok("DELETE", f"{path}/{login}")
        for login in TEAMS["ops"]:
            house.front.stateful.ok("PUT", f"{path}/{login}", {"role": "member"})
