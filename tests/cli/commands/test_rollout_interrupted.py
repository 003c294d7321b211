"""Two steps of a rollout at once, and one that is killed in the middle: one record, and nothing half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import Repository
from stopped import stopped
from targeted import MANIFEST, manifest, md5_of, write_rollout

ADVANCE = ("advance", "churn", "--in", "staging")
FREELY = """rollout:
  owner: operations
  waves:
    - {name: canary, targets: [eu-api], traffic: 10}
    - {name: cloud, targets: [eu-api, web]}
    - {name: fleet, targets: [tills]}
"""


@pytest.fixture
def opened(repository: Repository) -> Repository:
    """The repository in the canary of 1.1.0, whose next wave needs nobody."""

    def prepare() -> None:
        repository.release()
        repository.promote("staging")
        write_rollout(repository, FREELY)
        repository.agree("rollout", "bob", "carol")
        repository.retrain(46)
        repository.release("1.1.0")
        repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
        repository.merge("bob")

    repository.once("1.1.0 in its canary, and cloud needs nobody", prepare)
    return repository


def _steps(repository: Repository) -> list[str]:
    """The records of the rollout on the branch, as the remote has it."""
    repository.sh("git", "fetch", "-q", "origin", "main")
    names = repository.sh("git", "ls-tree", "-r", "--name-only", "FETCH_HEAD", "promotions/staging").split()
    return [Path(name).stem for name in names]


def _is_whole(repository: Repository) -> None:
    """The branch holds one more wave, its record is recorded, and both the tree and the history are sound."""
    assert _steps(repository) == ["0001", "0002", "0003"]
    repository.pull()
    assert (repository.root / MANIFEST).read_text() == manifest(md5_of(46))
    repository.ok("record")
    repository.ok("validate")
    repository.ok("audit")
    listed = repository.ok("pr", "list", "--all", "--format", "json").json["pull_requests"]
    assert [pull["state"] for pull in listed if pull["branch"].startswith("advance/")] == ["merged"]


def test_two_advances_race_and_one_wins(opened: Repository) -> None:
    repository = opened
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "-C", "../other", "config", "user.email", "carol@example.org")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "mlops_gitops", *ADVANCE], cwd=folder, env=env, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for folder in (repository.root, repository.root.parent / "other")
    ]  # fmt: skip
    said = [process.communicate() for process in running]
    codes = [process.returncode for process in running]
    assert 0 in codes and not any("Traceback" in error for _, error in said), said
    assert sum("merged" in out for out, _ in said) == 1, said
    _is_whole(repository)


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_step_that_is_killed_is_taken_by_the_next_run(opened: Repository, at: int) -> None:
    assert stopped(opened, at, "KILL", "-m", "mlops_gitops", *ADVANCE) == -9
    assert _steps(opened)[:2] == ["0001", "0002"]
    if len(_steps(opened)) == 2:
        opened.ok(*ADVANCE)
    _is_whole(opened)


def test_a_target_that_conflicts_is_named_and_nothing_is_written(opened: Repository) -> None:
    repository = opened
    repository.edit(MANIFEST, "canaryTrafficPercent: 10", "canaryTrafficPercent: [10]")
    repository.commit("By hand, past review")
    answer = repository.run(*ADVANCE)
    assert answer.code != 0 and MANIFEST in answer.out and "Traceback" not in answer.err, answer
    assert _steps(repository) == ["0001", "0002"]
    assert repository.sh("git", "ls-remote", "--heads", "origin", "advance/*") == ""
