"""Stopped in the middle, by Ctrl-C or worse: the next run carries on to exactly one right pull request."""

from __future__ import annotations

import pytest
from house import Repository
from stopped import stopped


def _stopped(repository: Repository, at: int, signal: str, *args: str) -> int:
    return stopped(repository, at, signal, "-m", "mlops_gitops", *args)


@pytest.mark.parametrize("signal", ["INT", "KILL"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_promote(repository: Repository, at: int, signal: str) -> None:
    repository.release()
    assert _stopped(repository, at, signal, "promote", "churn", "--to", "staging") in (130, -9)
    repository.ok("promote", "churn", "--to", "staging")
    pulls = repository.ok("pr", "list", "--format", "json").json["pull_requests"]
    assert [pull["branch"] for pull in pulls] == ["promote/staging/churn/0001-1.0.0"]
    assert repository.sh("git", "ls-remote", "--heads", "origin").count("promote/staging") == 1
    repository.merge("bob")
    repository.ok("audit", "--data")


@pytest.mark.parametrize("at", [2, 3, 5])
def test_a_promotion_that_supersedes_another(repository: Repository, at: int) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.retrain(46)
    repository.ok("release", "churn", "1.1.0", "--local")
    _stopped(repository, at, "KILL", "promote", "churn", "--to", "staging")
    repository.ok("promote", "churn", "--to", "staging")
    pulls = repository.ok("pr", "list", "--format", "json").json["pull_requests"]
    assert [pull["title"] for pull in pulls] == ["Promote churn 1.1.0 to staging"]


@pytest.mark.parametrize("at", [2, 5])
def test_record(repository: Repository, at: int) -> None:
    repository.ok("release", "churn", "1.0.0")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "approve", 2, "--as", "bob@example.org")
    repository.ok("check", 2)
    repository.ok("pr", "merge", "--only", 2)
    repository.pull()
    _stopped(repository, at, "KILL", "record")
    repository.ok("record")
    repository.ok("audit", "--data")


def test_two_promotions_that_race_collide_and_the_second_is_made_anew(repository: Repository) -> None:
    repository.release()
    repository.retrain(46)
    repository.release("1.1.0")
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "-C", "../other", "config", "user.email", "carol@example.org")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.0.0")
    first = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    base = repository.sh("git", "rev-parse", "origin/main")
    repository.ok("pr", "approve", first, "--as", "bob@example.org")
    repository.ok("check", first)
    repository.ok("pr", "merge", "--only", first)
    # The other clone had composed its promotion before the merge: its branch is on the old base.
    repository.sh("git", "-C", "../other", "fetch", "-q")
    repository.sh("git", "push", "-q", "origin", f"{base}:refs/heads/main", "--force")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0", "--repo", "../other")
    second = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    merged = repository.ok("pr", "show", first, "--format", "json").json["pull_request"]["merged_commit"]
    repository.sh("git", "push", "-q", "origin", f"{merged}:refs/heads/main")
    answer = repository.run("check", second)
    assert (answer.code, "does not merge cleanly" in answer.err) == (1, True)
    repository.ok("record")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0", "--repo", "../other")
    pulls = repository.ok("pr", "list", "--format", "json").json["pull_requests"]
    assert [pull["branch"] for pull in pulls] == ["promote/staging/churn/0002-1.1.0"]
