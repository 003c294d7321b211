"""Co-authors at GitHub: who is named in a commit wrote it too, by whichever address GitHub knows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ground.checked import BRANCH, asked, check, told
from ground.events import job, merge_group
from ground.house import House
from messages import lacking

TAG = "churn#staging#1"
HOME = "robert@home.example"


def named(house: House, message: str, *, who: str = "alice") -> None:
    """A commit of #1 with a message."""
    house.write_branch(BRANCH, {"notes.txt": f"{message}\n"}, who=who, message=message)


def receipt(house: House, tag: str = TAG) -> Any:
    """What a receipt says."""
    return json.loads(house.bridge.one("tag", "-l", "--format=%(contents)", tag).partition("\n\n")[2])


@pytest.fixture
def known(proposed: House) -> House:
    """GitHub knows an address of bob's that mlops.yaml does not list."""
    proposed.state.addresses[HOME] = "bob"
    return proposed


@pytest.mark.parametrize(
    "message",
    [
        f"Words\n\nCo-authored-by: Bob <{HOME}>",
        f"Words\n\nCO-AUTHORED-BY: R. <{HOME.upper()}>\nSigned-off-by: Alice <alice@example.org>",
        f"Words\n\nCo-authored-by: Carol <carol@example.org>\nCo-authored-by: Bob\n <{HOME}>",
        "Words\n\nCo-authored-by: Bob <bob@example.org>\n\nNo trailer any more, for git and for GitHub",
        "Words\n\nCo-authored-by: Bob <bob@users.noreply.github.com>\n\nThe same",
    ],
)
def test_who_is_named_as_a_co_author_does_not_approve_recorded_contract(known: House, message: str) -> None:
    named(known, message)
    known.approve(1, "bob")
    assert told(known) == "pending"
    assert not lacking(known.said(1), "operations", "0 of 1", "no member is eligible", "wrote")
    known.merge_pull(1, how="merge", who="carol")
    assert asked(known, "record").code == 0
    assert (receipt(known)["approved"], receipt(known)["approvals"]) == ("unmet", [])


def test_github_is_asked_for_authors_only_where_somebody_is_named_recorded_contract(known: House) -> None:
    known.approve(1, "bob")
    assert told(known) == "success"
    assert not [question for question in known.front.questions if "authors(" in question]
    named(known, f"Words\n\nCo-authored-by: Bob <{HOME}>")
    assert told(known) == "pending"
    assert [question for question in known.front.questions if "authors(" in question]


def test_a_stranger_named_excludes_nobody_else_recorded_contract(proposed: House) -> None:
    trailers = ["Co-authored-by: Eve <eve@elsewhere.example>", "Co-authored-by: C <7+Copilot@users.noreply.github.com>"]
    named(proposed, "Words\n\n" + "\n".join(trailers))
    proposed.approve(1, "bob")
    assert told(proposed) == "success"


def test_more_authors_than_github_tells_are_could_not_tell_recorded_contract(known: House) -> None:
    known.approve(1, "bob")
    for count, state in ((99, "success"), (100, "pending")):
        many = "\n".join(f"Co-authored-by: P <p{n}@example.org>" for n in range(count))
        known.write_branch(BRANCH, {"notes.txt": f"{count}\n"}, message=f"Words\n\n{many}")
        known.approve(1, "bob")
        assert told(known) == state
    assert "not all the co-authors that the commit" in known.said(1)


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_whom_the_merge_names_wrote_it_too_recorded_contract(known: House, how: str) -> None:
    """Whoever merges may write so into the message; the receipt then does not say that it was approved."""
    known.approve(1, "bob")
    assert told(known) == "success"
    body = {"merge_method": how, "commit_title": "Merge", "commit_message": f"Together\n\nCo-authored-by: Bob <{HOME}>"}
    known.api("PUT", "pulls/1/merge", body, who="carol")
    known.sh("git", "pull", "-q", "--ff-only", "origin", "main")
    assert asked(known, "record").code == 0
    assert receipt(known)["approved"] == "unmet"


def test_whom_a_merge_queue_names_wrote_it_too_recorded_contract(
    known: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known.approve(1, "bob")
    base = known.head()
    for message, state in (("Merge #1", "success"), (f"Merge #1\n\nCo-authored-by: Bob <{HOME}>", "pending")):
        group = known.queue(1, who="carol", message=message)
        job(monkeypatch, tmp_path, "merge_group", merge_group(known, 1, group, base))
        assert check(known).json["status"]["state"] == state
        known.delete_branch(f"gh-readonly-queue/main/pr-1-{base}")


def test_whom_a_squash_names_for_bringing_the_base_still_approved_it_recorded_contract(known: House) -> None:
    """GitHub's squash names the author of every commit, a clean merge of the base among them."""
    known.write_branch("main", {"notes.txt": "elsewhere\n"})
    known.api("PUT", "pulls/1/update-branch", {}, who="bob")
    known.approve(1, "bob")
    assert told(known) == "success"
    trailers = "Co-authored-by: Bob <bob@example.org>\nCo-authored-by: Alice <alice@example.org>"
    body = {"merge_method": "squash", "commit_title": "Promote (#1)", "commit_message": trailers}
    known.api("PUT", "pulls/1/merge", body, who="carol")
    known.sh("git", "pull", "-q", "--ff-only", "origin", "main")
    assert asked(known, "record").code == 0
    assert receipt(known)["approved"] == "met"


def test_a_co_author_who_cannot_be_read_is_could_not_tell_recorded_contract(proposed: House) -> None:
    named(proposed, "Words\n\nCo-authored-by: somebody of operations")
    proposed.approve(1, "bob")
    check(proposed, 1)
    assert proposed.status(1) == "pending"
    assert "not all the co-authors that the commit" in check(proposed, 1).out
    proposed.merge_pull(1, who="carol")
    assert asked(proposed, "record").code == 0
    assert receipt(proposed)["approved"] == "unproven"
