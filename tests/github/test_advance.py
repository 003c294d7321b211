"""advance at GitHub: what `policies.auto_promote` names promotes itself, as far as GitHub lets it."""

from __future__ import annotations

from typing import Any

import pytest
from ground.house import House


@pytest.fixture
def automatic(released: House) -> House:
    """Release 1.0.0, and by pull request #1 a staging that needs nobody."""
    text = released.text("mlops.yaml", "main").replace("staging: {approvals: {operations: 1}}", "staging: {}")
    automatic = "policies: {auto_promote: [staging, production]}\nenvironments:\n"
    released.write_branch("automatic", {"mlops.yaml": text.replace("environments:\n", automatic)})
    released.open("automatic")
    released.merge("bob", "carol")
    return released


def advanced(house: House) -> list[tuple[str, str, str]]:
    """Environment, what was done, and why."""
    listed: list[Any] = house.ok("advance", "--format", "json").json["due"]
    return [(entry["environment"], entry["done"], entry["because"]) for entry in listed]


def test_what_needs_nobody_is_merged_and_the_next_waits_for_people_recorded_contract(automatic: House) -> None:
    assert advanced(automatic) == [("staging", "merged", "#2")]
    assert automatic.api("GET", "pulls/2")["merged"]
    assert automatic.status(2) == "success"
    automatic.ok("record")
    assert advanced(automatic) == [("production", "opened", "#3 waits for approvals: data-science 1, operations 1")]
    assert advanced(automatic) == [("production", "unchanged", "#3 waits for approvals: data-science 1, operations 1")]
    automatic.sh("git", "pull", "-q", "--ff-only", "origin", "main")
    automatic.merge("bob", "carol")
    assert automatic.ok("advance").out == "nothing is due\n"
    automatic.ok("audit")


def test_what_github_does_not_merge_stays_open_and_is_tried_again_recorded_contract(automatic: House) -> None:
    refusal = {"message": 'Required status check "tests" is expected.', "documentation_url": "", "status": "405"}
    automatic.front.answer_next(405, body=refusal, to="PUT pulls/{pull_number}/merge")
    ((environment, done, because),) = advanced(automatic)
    assert (environment, done) == ("staging", "opened")
    assert because == "#2 was not merged: GitHub refused PUT " + because.partition("PUT ")[2]
    assert 'Required status check "tests" is expected.' in because
    assert [pull["number"] for pull in automatic.pull_requests()] == [2]
    assert automatic.status(2) == "success"
    assert advanced(automatic) == [("staging", "merged", "#2")]
    assert automatic.pull_requests() == []


def test_a_frozen_day_is_left_alone_recorded_contract(automatic: House) -> None:
    automatic.write("FREEZE", "Holidays\n")
    automatic.commit("Freeze")
    assert automatic.ok("advance").out == "nothing is due\n"
    assert automatic.pull_requests() == []


def test_an_answer_that_is_not_githubs_stops_no_other_step_recorded_contract(automatic: House) -> None:
    automatic.front.answer_next(201, body={"number": 2, "head": "staging"}, to="POST pulls", done=True)
    answer = automatic.run("advance", "--format", "json")
    (entry,) = answer.json["due"]
    assert (answer.code, entry["environment"], "in place of GitHub" in entry["because"]) == (3, "staging", True)
    assert advanced(automatic) == [("staging", "merged", "#2")]
