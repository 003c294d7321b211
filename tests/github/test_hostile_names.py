"""At GitHub: tags and branches that anybody may push, named as if they were the branch that judges."""

from __future__ import annotations

import pytest
from ground.checked import BRANCH, RECORD, STATE, asked
from ground.house import House
from house import PROJECT

NAMES = (
    "origin/main",
    "main",
    "HEAD",
    "origin/HEAD",
    f"origin/{BRANCH}",
    "refs/heads/main",
    "refs/remotes/origin/main",
)
LAX = PROJECT.replace("staging: {approvals: {operations: 1}}", "staging: {}")


def plant(house: House, kind: str) -> None:
    """Each name at a commit that asks for no approvals and holds the record of #1, which main does not.

    As a tag or a branch of GitHub, and in this clone as a job fetches it.
    """
    files = {path: house.text(path, BRANCH) for path in (RECORD, STATE)}
    lax = house.write_branch("lax", {"mlops.yaml": LAX, **files})
    house.sh("git", "fetch", "-q", "origin", "refs/heads/lax")
    for name in NAMES:
        if (kind, name) != ("heads", "main"):
            house.api("POST", "git/refs", {"ref": f"refs/{kind}/{name}", "sha": lax})
    house.mirror()
    house.sh("git", "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


@pytest.mark.parametrize("kind", ["tags", "heads"])
def test_the_branch_judges_and_nothing_else_of_its_name_recorded_contract(proposed: House, kind: str) -> None:
    state = proposed.text(STATE, BRANCH)
    plant(proposed, kind)
    proposed.write_branch("by-hand", {STATE: state})
    number = proposed.open("by-hand")
    judged = {pull["pull_request"]: pull["state"] for pull in asked(proposed, "check", "--all").json["judged"]}
    assert judged == {1: "pending", number: "failure"}
    assert (proposed.status(1), proposed.status(number)) == ("pending", "failure")
    assert asked(proposed, "record").json["receipts"] == []
    assert "nothing was written" in proposed.ok("promote", "churn", "--to", "staging").out
    proposed.approve(1, "bob")
    proposed.ok("check", 1)
    proposed.merge_pull(1, pull=False)
    proposed.sh("git", "fetch", "-q", "origin", "refs/heads/main:refs/remotes/origin/main")
    receipts = asked(proposed, "record").json["receipts"]
    assert [(receipt["tag"], receipt["approved"], receipt["pull_request"]) for receipt in receipts] == [
        ("churn#staging#1", "met", 1)
    ]


def test_a_branch_left_lying_there_is_looked_up_as_a_branch_recorded_contract(released: House) -> None:
    """A tag of its name is nothing that is left."""
    released.sh("git", "tag", f"origin/{BRANCH}", "HEAD")
    assert released.ok("promote", "churn", "--to", "staging", "--format", "json").json["done"] == "opened"


def test_screen_reads_the_project_of_the_branch_recorded_contract(hub: House) -> None:
    moved = PROJECT.replace("roles:", "paths: {environments: elsewhere}\nroles:", 1)
    lax = hub.write_branch("lax", {"mlops.yaml": moved})
    hub.api("POST", "git/refs", {"ref": "refs/tags/main", "sha": lax})
    hub.write_branch("by-hand", {STATE: "a\n"})
    number = hub.open("by-hand")
    answer = asked(hub, "screen", number)
    assert (answer.json["state"], hub.status(number)) == ("", ""), "main's own mlops.yaml says that this promotes"
