"""Tags and branches that anybody may push, named as if they were the branch that judges: no answer changes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from house import Answer, Repository

from mlops_gitops.git.repository import open_repository

BRANCH = "promote/staging/churn/0001-1.0.0"
STATE = "environments/staging/churn.yaml"
NAMES = (
    "origin/main", "main", "HEAD", "origin/HEAD", f"origin/{BRANCH}", "refs/heads/main", "refs/remotes/origin/main",
    "refs/remotes/origin/HEAD", f"refs/remotes/origin/{BRANCH}",
)  # fmt: skip
READING = (
    ("status",), ("history",), ("audit",), ("doctor",), ("pr", "list"), ("pr", "show", 2), ("check", 2, "--no-status"),
    ("check", 3, "--no-status"), ("check", "--push"), ("record", "--dry-run"), ("advance", "--dry-run"),
    ("promote", "churn", "--to", "staging", "--dry-run"), ("rollback", "churn", "--in", "staging", "--why", "Odd"),
    ("fetch", "churn", "--in", "staging", "--out", "../out"), ("validate", "--base", "HEAD"), ("gate", "churn"),
    ("gate", "churn", "--rev", "HEAD"), ("audit", "--rev", "HEAD"), ("init", "--dry-run"),
)  # fmt: skip


def _lax(repository: Repository) -> str:
    """A commit that main does not hold: it asks for no approvals, and records that staging runs 1.0.0."""
    before = repository.sh("git", "rev-parse", "HEAD")
    repository.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")
    policy = f"refs/tags/mlops-gitops/policy/{repository.commit('Ask nobody')}"
    repository.ok("promote", "churn", "--to", "staging")
    repository.merge()
    lax = repository.sh("git", "rev-parse", "HEAD")
    repository.sh("git", "push", "-q", "--force", "origin", f"{before}:main", f":{BRANCH}", ":refs/mlops/pulls/2",
                  ":refs/tags/churn#staging#1", f":{policy}")  # fmt: skip
    repository.sh("git", "reset", "-q", "--hard", before)
    receipts = ("refs/tags/churn#staging#1", policy)
    for ref in (*receipts, *(receipt.replace("refs/", "refs/mlops/") for receipt in receipts), "refs/mlops/pulls/2"):
        repository.sh("git", "update-ref", "-d", ref)
    return lax


def _plant(repository: Repository, kind: str, lax: str) -> None:
    """Each name as a tag or a branch of the remote, fetched by this clone as a job that judges fetches it."""
    origin = str(repository.root.parent / "origin.git")
    for name in NAMES:
        if (kind, name) != ("heads", "main"):
            repository.sh("git", "-C", origin, "update-ref", f"refs/{kind}/{name}", lax)
            repository.sh("git", "update-ref", f"refs/{kind}/{name}", lax)
    repository.sh("git", "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


def _origin(repository: Repository, ref: str = "refs/heads/main") -> str:
    return repository.sh("git", "-C", str(repository.root.parent / "origin.git"), "rev-parse", "--verify", ref)


def _steady(answer: Answer) -> Answer:
    """An answer without the second in which a record was made, and the digest that follows from it."""
    return replace(answer, out=re.sub(r"sha256:[0-9a-f]{64}|[0-9]{4}-[0-9-]{5}T[0-9:]{8}Z", "…", answer.out))


@pytest.fixture
def proposed(repository: Repository) -> tuple[Repository, str]:
    """Release 1.0.0 proposed for staging as #2, the same edited by hand as #3, and a commit that lets both pass."""

    def propose() -> str:
        repository.release()
        lax = _lax(repository)
        repository.ok("promote", "churn", "--to", "staging")
        repository.sh("git", "switch", "-q", "-c", "by-hand")
        repository.write(STATE, repository.sh("git", "show", f"{lax}:{STATE}") + "\n")
        repository.commit("Edit it by hand", push=False)
        repository.sh("git", "push", "-q", "origin", "by-hand")
        repository.ok("pr", "open")
        return lax

    return repository, repository.once("a promotion proposed, and its edit by hand", propose)


@pytest.mark.parametrize("kind", ["tags", "heads"])
def test_every_answer_is_the_same_and_nothing_by_hand_is_accepted(proposed: tuple[Repository, str], kind: str) -> None:
    repository, lax = proposed
    before = {words: _steady(repository.run(*words)) for words in READING}
    _plant(repository, kind, lax)
    for words in READING:
        assert _steady(repository.run(*words)) == before[words], words
    judged = repository.run("check", "--all", "--format", "json").json["judged"]
    assert {pull["pull_request"]: pull["state"] for pull in judged} == {2: "pending", 3: "failure"}, "an edit by hand"
    refused = repository.run("pr", "merge", "--only", 3)
    assert (refused.code, "#3 may not be merged" in refused.err) == (1, True)
    assert repository.ok("record", "--format", "json").json["receipts"] == [], "the branch never held the record"
    assert "churn#staging#1" not in repository.sh("git", "ls-remote", "--tags", "origin")


@pytest.mark.parametrize("kind", ["tags", "heads"])
def test_every_command_that_writes_works_on_the_branch(proposed: tuple[Repository, str], kind: str) -> None:
    repository, lax = proposed
    main = _origin(repository)
    _plant(repository, kind, lax)
    assert "nothing was written" in repository.ok("promote", "churn", "--to", "staging").out
    repository.ok("pr", "close", 2)
    repository.sh("git", "push", "-q", "origin", f":refs/heads/{BRANCH}")
    assert _opened(repository, "promote", "churn", "--to", "staging") == (4, main)
    _accept(repository, 4)
    assert _origin(repository, "refs/heads/main^") == main
    (row,) = repository.ok("history", "--format", "json").json["promotions"]
    assert (row["commit"], row["approvals"]) == (_origin(repository), "met")
    main = _origin(repository)
    assert _opened(repository, "release", "churn", "1.1.0") == (5, main)
    _accept(repository, 5)
    _opened(repository, "promote", "churn", "--to", "staging", "--release", "1.1.0")
    _accept(repository, 6)
    main = _origin(repository)
    assert _opened(repository, "rollback", "churn", "--in", "staging", "--why", "Odd") == (7, main)
    _accept(repository, 7)
    assert "1.0.0" in repository.ok("status").out
    repository.ok("audit")
    assert _origin(repository, f"refs/{kind}/origin/main") == lax


def _opened(repository: Repository, *words: str) -> tuple[int, str]:
    """The number of the pull request that a command opens, and the commit it stands on."""
    made = repository.ok(*words, "--format", "json").json["pull_request"]
    return made["number"], repository.sh("git", "rev-parse", f"{made['head']}^")


def _accept(repository: Repository, number: int) -> None:
    """Approved, checked, merged and recorded."""
    repository.ok("pr", "approve", number, "--as", "bob@example.org")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.sh("git", "fetch", "-q", "origin", "refs/heads/main:refs/heads/main")
    assert [receipt["approved"] for receipt in repository.ok("record", "--format", "json").json["receipts"]] == ["met"]


@pytest.mark.parametrize("name", ["main", "by-hand", "heads/by-hand"])
def test_a_pull_request_is_opened_for_the_branch_and_not_for_a_tag_of_its_name(
    repository: Repository, name: str
) -> None:
    repository.sh("git", "switch", "-q", "-c", "by-hand")
    repository.write("notes.txt", "x\n")
    repository.commit("Notes", push=False)
    repository.sh("git", "push", "-q", "origin", "by-hand")
    repository.sh("git", "tag", name, "HEAD^")
    opened = repository.ok("pr", "open", "--format", "json").json["pull_request"]
    assert (opened["branch"], opened["head"]) == ("by-hand", repository.sh("git", "rev-parse", "HEAD"))


@pytest.mark.parametrize("name", ["refs/heads/main", "origin/main", "refs/remotes/origin/main", "heads/main"])
def test_the_branch_of_a_pull_request_may_have_the_name_of_another_reference(repository: Repository, name: str) -> None:
    """It is about the branch of that name, and merging it moves the base alone."""
    repository.release()
    main = _origin(repository)
    repository.sh("git", "switch", "-q", "-c", name)
    repository.write("notes.txt", "x\n")
    head = repository.commit("Notes", push=False)
    repository.sh("git", "push", "-q", "origin", f"{head}:refs/heads/{name}")
    opened = repository.ok("pr", "open", "--format", "json").json["pull_request"]
    assert (opened["branch"], opened["head"]) == (name, head)
    repository.ok("check", 2)
    repository.ok("pr", "merge", "--only", 2)
    assert (_origin(repository, "refs/heads/main^1"), _origin(repository, "refs/heads/main^2")) == (main, head)
    assert _origin(repository, f"refs/heads/{name}") == head


def test_a_branch_named_head_is_not_the_default_branch(repository: Repository) -> None:
    """A clone that was made by init and fetch has no refs/remotes/origin/HEAD until such a branch gives it one."""
    repository.edit("mlops.yaml", "branch: main", "branch: lax")
    lax = repository.commit("Lax", push=False)
    repository.sh("git", "reset", "-q", "--hard", "HEAD^")
    repository.sh("git", "push", "-q", "origin", f"{lax}:refs/heads/HEAD", f"{lax}:refs/heads/lax")
    repository.sh("git", "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
    assert "as of origin/main " in repository.ok("status").out
    assert "judged against origin/main " in repository.ok("check", "--push").err
    assert repository.ok("init", "--dry-run", "--format", "json").json["kept"][0] == "mlops.yaml"


def test_the_remote_s_default_branch_is_what_its_head_names(repository: Repository) -> None:
    """Not what other references say that are named HEAD too, while HEAD itself names no branch."""
    origin = str(repository.root.parent / "origin.git")
    repository.sh("git", "-C", origin, "update-ref", "refs/heads/lax", "refs/heads/main")
    for name in ("refs/heads/HEAD", "refs/tags/HEAD"):
        repository.sh("git", "-C", origin, "symbolic-ref", name, "refs/heads/lax")
    git = open_repository(str(repository.root))
    assert git.default_branch() == "main"
    repository.sh("git", "-C", origin, "symbolic-ref", "HEAD", "refs/heads/gone")
    git = open_repository(str(repository.root))  # a command asks once
    assert git.default_branch() is None
