"""The local forge, whose references anybody who may push can write: a malformed one is nobody else's problem."""

from __future__ import annotations

import json
from typing import Any

import pytest
import references
from house import Repository

from mlops_gitops.core.errors import Undecided
from mlops_gitops.git.local_forge.forge import LocalForge
from mlops_gitops.orchestration.workspace import open_workspace

NAMES = ["bad", "1/2", "0", "007", "-1", "1" + "0" * 30]
TEXTS = ["{}", "[]", "[" * 5000, "[" * 100_000, '{"number": "9"}', '{"branch": 5, "head": null}', "9" * 5000]
EDITS = [
    {"title": "a\x00b"}, {"title": "a\x1b[31mb"}, {"title": "a\x9bb"}, {"title": "a\ud800b"}, {"branch": "to\x00pic"},
    {"branch": "to\npic"}, {"branch": "to\udcffpic"}, {"author": "a\x00b"}, {"body": "a\x00b"}, {"state": "reviewed"},
    {"reviews": [{"by": "b\x00", "commit": "0" * 40, "at": ""}]}, {"head": "HEAD"},
]  # fmt: skip


@pytest.fixture
def opened(repository: Repository) -> Repository:
    """A release that is proposed as pull request #1; malformed references come beside it."""
    repository.ok("release", "churn", "1.0.0")
    return repository


def edited(repository: Repository, **changes: Any) -> str:
    return json.dumps(references.kept(repository, 1) | changes)


def malformed(repository: Repository) -> dict[str, object]:
    """Every kind of malformed reference, and what is wrong with each."""
    whole = references.kept(repository, 1)
    # Where #1 is, there is no room for 1/2.
    wrong: list[tuple[str, object, str]] = [(name.replace("1/", "5/"), name, json.dumps(whole)) for name in NAMES]
    contents = [(text[:9], text) for text in TEXTS] + [(edit, json.dumps(whole | edit)) for edit in EDITS]
    wrong += [(str(number), case, text) for number, (case, text) in enumerate(contents, 9)]
    blob = repository.sh("git", "hash-object", "-w", "mlops.yaml")
    repository.sh("git", "push", "-q", "origin", f"{blob}:{references.FOLDER}/8")
    found = {references.put(repository, name, text): case for name, case, text in wrong}
    return {**found, f"{references.FOLDER}/8": "no commit"}


def test_malformed_references_are_named_each_and_nobody_else_s_problem(opened: Repository) -> None:
    """Pull request #1 is listed, shown and judged, and each malformed one is named, with what removes it."""
    wrong = malformed(opened)
    assert len(wrong) == len(NAMES) + len(TEXTS) + len(EDITS) + 1
    listed, status = opened.ok("pr", "list").out, opened.ok("status").out
    removals = {reference: f"git push origin :{reference}" for reference in wrong}
    assert {reference: case for reference, case in wrong.items() if removals[reference] not in listed} == {}
    assert {reference: case for reference, case in wrong.items() if reference not in status} == {}
    as_json = opened.ok("pr", "list", "--format", "json").json
    assert [pull["number"] for pull in as_json["pull_requests"]] == [1]
    assert as_json["unreadable"].keys() == wrong.keys()
    for command in (("check", 1), ("pr", "show", 1), ("pr", "list"), ("status",)):
        assert "#1" in opened.ok(*command).out, command
    answer = opened.run("check", "--all", "--format", "json")
    assert answer.code == 3
    states = {pull["pull_request"] or pull["reference"]: pull["state"] for pull in answer.json["judged"]}
    assert states == {1: "success"} | dict.fromkeys(wrong, "undecided")
    opened.sh("git", "push", "-q", "origin", *(removal.split(" ")[-1] for removal in removals.values()))
    opened.ok("check", "--all")
    assert references.FOLDER not in opened.ok("pr", "list").out


@pytest.mark.parametrize(("name", "number"), [("9", 9), ("007", 7), ("5/2", 5)])
@pytest.mark.parametrize("command", [("pr", "show"), ("check",), ("pr", "merge"), ("pr", "approve"), ("pr", "close")])
def test_who_asks_for_the_malformed_one_is_told(
    opened: Repository, name: str, number: int, command: tuple[str, ...]
) -> None:
    reference = references.put(opened, name, "{}")
    answer = opened.run(*command, number)
    assert (answer.code, reference in answer.err, f"git push origin :{reference}" in answer.err) == (3, True, True)
    assert "there is no" not in answer.err


def test_a_pull_request_of_a_commit_that_is_nowhere(opened: Repository) -> None:
    references.put(opened, "9", edited(opened, branch="nowhere", head="1" * 40))
    answer = opened.run("check", "--all", "--format", "json")
    assert {pull["pull_request"]: pull["state"] for pull in answer.json["judged"]} == {1: "success", 9: "failure"}
    opened.ok("pr", "list")


def test_the_reason_shows_the_text_escaped(opened: Repository) -> None:
    references.put(opened, "9", edited(opened, title="a\x00b"))
    assert r"title holds a control character: 'a\x00b'" in opened.ok("pr", "list").out


def test_the_next_pull_request_takes_no_number_that_is_taken(opened: Repository) -> None:
    references.put(opened, "7", "{}")
    references.put(opened, "9/1", "{}")
    opened.sh("git", "switch", "-q", "-c", "topic")
    opened.write("notes.txt", "one\n")
    opened.commit("Notes", push=False)
    opened.sh("git", "push", "-q", "origin", "topic")
    assert opened.ok("pr", "open", "--format", "json").json["pull_request"]["number"] == 10


def test_no_pull_request_is_written_that_could_not_be_read(opened: Repository) -> None:
    answer = opened.run("pr", "approve", 1, "--as", "b\x1bob@example.org")
    assert (answer.code, "control character" in answer.err) == (2, True)
    opened.sh("git", "switch", "-q", "-c", "topic")
    opened.write("notes.txt", "one\n")
    opened.commit("Notes\x1b[31m", push=False)
    opened.sh("git", "push", "-q", "origin", "topic")
    assert opened.ok("pr", "open", "--format", "json").json["pull_request"]["title"] == r"Notes\x1b[31m"
    assert [pull["number"] for pull in opened.ok("pr", "list", "--format", "json").json["pull_requests"]] == [1, 2]


def test_what_a_lost_pull_request_brought_is_not_recorded_as_unproven(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    for step in (("pr", "approve", 2, "--as", "bob@example.org"), ("check", 2), ("pr", "merge", "--only", 2)):
        repository.ok(*step)
    repository.pull()
    whole = json.dumps(references.kept(repository, 2))
    reference = references.put(repository, "2", "{}")
    answer = repository.run("record")
    assert (answer.code, reference in answer.out) == (3, True)
    assert "churn#staging#1" not in repository.sh("git", "ls-remote", "origin", "refs/tags/*")
    references.put(repository, "2", whole)
    assert "met" in repository.ok("record").out


def test_a_merge_that_never_was_holds_up_no_receipt(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0")
    never = {
        "state": "merged",
        "merged_before": "1" * 40,
        "merged_commit": "2" * 40,
        "merged_by": "x",
        "merged_at": "y",
    }
    references.put(repository, "9", edited(repository, **never))
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    repository.pull()
    assert "churn@v1.0.0" in repository.ok("record").out


def _meanwhile(repository: Repository, *commands: str) -> None:
    """Has somebody change the remote between what the next command fetches and what it pushes."""
    script = repository.root.parent / "receive"
    lines = ["#!/bin/sh", 'cd "$1" || exit 1', *commands, 'exec git-receive-pack "$1"']
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    repository.sh("git", "config", "remote.origin.receivepack", str(script))


@pytest.mark.parametrize("how", ["--squash", "--rebase", None])
def test_a_head_that_changes_while_it_is_merged_is_not_merged(opened: Repository, how: str | None) -> None:
    opened.ok("check", 1)
    base, branch = opened.sh("git", "rev-parse", "HEAD"), "refs/heads/release/churn/1.0.0"
    _meanwhile(opened, f"git update-ref {branch} {base}")
    answer = opened.run("pr", "merge", "--only", 1, *([how] if how else []))
    assert (answer.code, "#1 changed since it was checked" in answer.err) == (1, True), answer
    assert opened.sh("git", "ls-remote", "origin", "refs/heads/main").split()[0] == base
    assert references.kept(opened, 1)["state"] == "open"


def test_a_base_that_moves_while_something_is_merged_stays_what_it_is(opened: Repository) -> None:
    opened.ok("check", 1)
    base = opened.sh("git", "rev-parse", "HEAD")
    moved = opened.sh("git", "commit-tree", "-p", base, "-m", "Meanwhile", f"{base}^{{tree}}")
    opened.sh("git", "push", "-q", "origin", f"{moved}:refs/other/keep")
    _meanwhile(opened, f"git update-ref refs/heads/main {moved}")
    answer = opened.run("pr", "merge", "--only", 1)
    assert (answer.code, "somebody changed pull request #1 just now" in answer.err) == (3, True), answer
    assert opened.sh("git", "ls-remote", "origin", "refs/heads/main").split()[0] == moved
    assert references.kept(opened, 1)["state"] == "open"


def test_an_approval_of_somebody_else_is_not_overwritten(opened: Repository) -> None:
    review = {"by": "bob@example.org", "commit": references.kept(opened, 1)["head"], "at": "2026-01-01T00:00:00Z"}
    old = opened.sh("git", "rev-parse", "refs/mlops/pulls/1")
    references.put(opened, "1", edited(opened, reviews=[review]))
    new = opened.sh("git", "ls-remote", "origin", "refs/mlops/pulls/1").split()[0]
    opened.sh("git", "push", "-q", "--force", "origin", f"{old}:refs/mlops/pulls/1", f"{new}:refs/other/keep")
    _meanwhile(opened, f"git update-ref refs/mlops/pulls/1 {new}")
    answer = opened.run("pr", "approve", 1, "--as", "carol@example.org")
    assert (answer.code, "somebody changed pull request #1 just now" in answer.err) == (3, True), answer
    assert [review["by"] for review in references.kept(opened, 1)["reviews"]] == ["bob@example.org"]
    opened.sh("git", "config", "--unset", "remote.origin.receivepack")
    opened.ok("pr", "approve", 1, "--as", "carol@example.org")
    assert [review["by"] for review in references.kept(opened, 1)["reviews"]] == [
        "bob@example.org",
        "carol@example.org",
    ]


def test_a_proposal_leaves_nothing_where_its_branch_or_its_number_is_taken_meanwhile(repository: Repository) -> None:
    base = repository.sh("git", "rev-parse", "HEAD")
    for taken in ("refs/heads/release/churn/1.0.0", "refs/mlops/pulls/1"):
        _meanwhile(repository, f"git update-ref {taken} {base}")
        answer = repository.run("release", "churn", "1.0.0")
        assert (answer.code, "could not be pushed" in answer.err) == (3, True), answer
        there = repository.sh("git", "ls-remote", "origin").splitlines()
        assert {row.split()[1] for row in there} == {"HEAD", "refs/heads/main", taken}
        repository.sh("git", "config", "--unset", "remote.origin.receivepack")
        repository.sh("git", "push", "-q", "origin", f":{taken}")
    repository.ok("release", "churn", "1.0.0")


def test_a_clone_that_cannot_note_what_it_pushed_says_so(opened: Repository) -> None:
    lock = opened.root / ".git/refs/mlops/pulls/1.lock"
    lock.touch()
    answer = opened.run("pr", "approve", 1, "--as", "bob@example.org")
    assert answer.code == 3 and "this clone cannot be written" in answer.err and "the remote has it" in answer.err
    assert opened.sh("git", "for-each-ref", "refs/mlops/pushed") == ""
    lock.unlink()
    assert "approved by bob@example.org" in opened.ok("pr", "show", 1).out


def test_a_tag_of_this_clone_in_the_way_of_a_receipt_has_no_receipt_removed(opened: Repository) -> None:
    opened.ok("check", 1)
    opened.ok("pr", "merge", "--only", 1)
    opened.pull()
    opened.sh("git", "tag", "churn@v1.0.0/mine")
    answer = opened.run("record")
    assert answer.code == 3 and "this clone cannot be written" in answer.err, answer
    assert "refs/tags/churn@v1.0.0\n" in opened.sh("git", "ls-remote", "origin")
    assert opened.ok("record").out == "nothing to record\n"


def test_a_full_disk_is_not_somebody_else(opened: Repository) -> None:
    opened.sh("git", "gc", "-q")
    for folder in (opened.root / ".git/objects" / f"{n:02x}" for n in range(256)):
        folder.touch()  # so that no object can be written
    before = opened.sh("git", "ls-remote", "origin")
    for words in (("pr", "approve", 1, "--as", "bob@example.org"), ("check", 1)):
        answer = opened.run(*words)
        assert answer.code == 3 and "this clone cannot be written" in answer.err and "nothing was pushed" in answer.err
    assert opened.sh("git", "ls-remote", "origin") == before


def test_an_approval_given_meanwhile_in_the_same_clone_is_not_lost(opened: Repository) -> None:
    forge = open_workspace(str(opened.root)).forge
    assert isinstance(forge, LocalForge)
    (pull,) = forge.find()
    opened.ok("pr", "approve", 1, "--as", "bob@example.org")
    forge.git.set_ref("refs/heads/other", pull.head)
    with pytest.raises(Undecided, match="somebody changed"):
        forge.approve(pull, "carol@example.org")
    assert "approved by bob@example.org" in opened.ok("pr", "show", 1).out
