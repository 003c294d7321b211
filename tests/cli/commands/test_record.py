"""record: receipts from state, the same whoever writes them, in a form GTO reads."""

from __future__ import annotations

import json

import pytest
from house import Repository


def test_a_receipt_says_what_was_merged_and_who_approved(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    message = repository.sh("git", "tag", "-l", "--format=%(contents)", "churn#staging#1")
    facts = json.loads(message.partition("\n\n")[2])
    assert facts["path"] == "promotions/staging/churn/0001.json"
    assert facts["commit"] == repository.sh("git", "rev-parse", "HEAD")
    assert (facts["pull_request"], facts["approved"], facts["self_declared"]) == (2, "met", True)
    assert [(a["role"], a["by"]) for a in facts["approvals"]] == [("operations", "bob")]


def test_run_twice_it_writes_once(repository: Repository) -> None:
    repository.release()
    before = repository.sh("git", "ls-remote", "origin")
    assert "nothing to record" in repository.ok("record").out
    assert repository.sh("git", "ls-remote", "origin") == before


def test_same_facts_same_tag_object(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    tags = repository.sh("git", "show-ref", "--tags")
    repository.sh("git", "push", "-q", "origin", ":refs/tags/churn#staging#1")
    repository.sh("git", "tag", "-d", "churn#staging#1")
    repository.ok("record")
    assert repository.sh("git", "show-ref", "--tags") == tags


def test_a_lost_run_is_made_up_for_in_order(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    repository.pull()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    repository.ok("check", 2)
    repository.ok("pr", "merge", "--only", 2)
    repository.pull()
    receipts = repository.ok("record", "--format", "json").json["receipts"]
    assert [receipt["tag"] for receipt in receipts] == ["churn@v1.0.0", "churn#staging#1"]
    repository.ok("audit")


@pytest.mark.outside
def test_gto_agrees_with_status_and_history(repository: Repository) -> None:
    repository.to_production()
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    repository.promote("production", version="1.1.0")
    repository.ok("rollback", "churn", "--in", "production", "--why", "Odd scores")
    repository.merge("bob", "carol")
    shown = json.loads(repository.sh("gto", "show", "--json"))["churn"]
    ours = repository.ok("status", "--format", "json").json["models"]["churn"]
    assert {stage: "v" + value["release"] for stage, value in ours.items()} == shown["stage"]
    assert shown["version"] == "v1.1.0"
    events = json.loads(repository.sh("gto", "history", "--json"))
    theirs = [(e["stage"], e["version"]) for e in reversed(events) if e["event"] == "assignment"]
    history = repository.ok("history", "--format", "json").json["promotions"]
    assert theirs == [(p["environment"], "v" + p["release"]) for p in history]


def test_two_clones_write_the_same_receipts(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "push", "-q", "origin", ":refs/tags/churn#staging#1")
    repository.sh("git", "-C", "../other", "tag", "-d", "churn#staging#1")
    repository.sh("git", "-C", "../other", "config", "user.email", "bob@example.org")
    repository.ok("record", "--repo", "../other")
    assert repository.sh("git", "-C", "../other", "show-ref", "--tags") == repository.sh("git", "show-ref", "--tags")
