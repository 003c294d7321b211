"""Observations on the branch of records: written once, in order, by several at once, whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import monitored
import pytest
from house import Repository
from monitored import finding, observed, rows_finding
from stopped import stopped

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.monitoring.history.branch_tree import read_chains
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.orchestration.monitoring.records_branch import newest_digest, record_observations, records_tree
from mlops_gitops.orchestration.workspace import Workspace, open_workspace

SCRIPT = Path(monitored.__file__)


def _open(repository: Repository, folder: str = ".") -> Workspace:
    return open_workspace(str((repository.root / folder).resolve()))


def _written(repository: Repository) -> dict[str, Any]:
    """What the remote holds: the predicate of each record by its path."""
    git = ("git", "-C", "../origin.git")
    listed = repository.sh(*git, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    assert listed[0] == "README.md"
    return {path: json.loads(repository.sh(*git, "show", f"{BRANCH}:{path}"))["predicate"] for path in listed[1:]}


def _sequences(repository: Repository) -> list[int]:
    return [predicate["sequence"] for predicate in _written(repository).values()]


def _commits(repository: Repository) -> list[str]:
    return repository.sh("git", "-C", "../origin.git", "log", "--format=%s", BRANCH).splitlines()


def test_records_are_appended_to_a_branch_without_another_history(repository: Repository) -> None:
    workspace = _open(repository)
    (first,) = record_observations(workspace, [observed(0, rows_finding(4000))])
    fourth = observed(0, environment="staging")
    found = record_observations(workspace, [observed(1), observed(2), fourth])
    assert [recorded.is_new for recorded in (first, *found)] == [True] * 4
    written = _written(repository)
    assert list(written) == [f"monitoring/{name}.json" for name in (
        "production/churn/0001", "production/churn/0002", "production/churn/0003", "staging/churn/0001")]  # fmt: skip
    assert [predicate["window"]["index"] for predicate in written.values()] == [0, 1, 2, 0]
    assert _commits(repository) == ["3 monitoring records", "monitoring/production/churn/0001.json: alarm"]
    roots = repository.sh("git", "-C", "../origin.git", "rev-list", "--max-parents=0", BRANCH, "main").split()
    assert len(roots) == 2
    chains = read_chains(records_tree(_open(repository)))
    assert chains.faults == () and chains.number == 4
    assert newest_digest(workspace, "production", "churn") == found[1].record.digest
    assert repository.sh("git", "status", "--porcelain") == ""


def test_what_is_on_record_is_not_written_again(repository: Repository) -> None:
    workspace = _open(repository)
    (first,) = record_observations(workspace, [observed(0)])
    again = record_observations(_open(repository), [observed(0)])
    assert [(one.record.digest, one.is_new) for one in again] == [(first.record.digest, False)]
    late = observed(0, rows_finding(), finding("auc", "kpi"))
    (second,) = record_observations(workspace, [late])
    assert [one.watch for one in second.record.observation.findings] == ["auc"]
    assert len(_commits(repository)) == 2


def test_only_shown_nothing_is_written(repository: Repository) -> None:
    (shown,) = record_observations(_open(repository), [observed(0)], only_show=True)
    assert shown.is_new and shown.record.sequence == 1
    assert repository.sh("git", "ls-remote", "origin", BRANCH) == ""


@pytest.mark.parametrize("second, sequences", [(0, [1]), (1, [1, 2])])
def test_of_two_monitors_one_wins_and_the_other_reads_again(
    repository: Repository, second: int, sequences: list[int]
) -> None:
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "-C", "../other", "config", "user.email", "carol@example.org")
    slow, quick = _open(repository), _open(repository, "../other")
    assert slow.forge  # has read the remote
    record_observations(quick, [observed(0)])
    (recorded,) = record_observations(slow, [observed(second)])
    assert recorded.is_new == (second == 1)
    assert _sequences(repository) == sequences


def test_monitors_at_once_write_one_chain(repository: Repository) -> None:
    record_observations(_open(repository), [observed(9)])
    running = [subprocess.Popen([sys.executable, str(SCRIPT), ".", index], **_place(repository)) for index in "011"]
    assert [process.wait() for process in running] == [0] * 3
    written = _written(repository)
    assert [predicate["sequence"] for predicate in written.values()] == [1, 2, 3]
    assert sorted(predicate["window"]["index"] for predicate in written.values()) == [0, 1, 9]
    workspace = _open(repository)
    assert workspace.forge and read_chains(records_tree(workspace)).faults == ()


def _place(repository: Repository, **environment: str) -> dict[str, Any]:
    """Where the script runs: of each process its own clone would do the same, and this asks more."""
    path = os.pathsep.join([str(SCRIPT.parent.parent), str(SCRIPT.parent)])
    return {"cwd": repository.root, "env": os.environ | {"PYTHONPATH": path} | environment}


@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_at_each_write(repository: Repository, at: int) -> None:
    """Git is stopped after the references before the push, after the push, and after those that follow it."""
    record_observations(_open(repository), [observed(0)])
    assert stopped(repository, at, "KILL", str(SCRIPT), ".", "1") == -signal.SIGKILL
    assert _sequences(repository) == ([1] if at == 1 else [1, 2])
    (recorded,) = record_observations(_open(repository), [observed(1, rows_finding())])
    assert (recorded.record.sequence, recorded.is_new) == (2, at == 1)
    assert _sequences(repository) == [1, 2]
    workspace = _open(repository)
    assert workspace.forge and read_chains(records_tree(workspace)).faults == ()


def test_nothing_is_added_to_a_chain_that_is_not_whole(repository: Repository) -> None:
    record_observations(_open(repository), [observed(0), observed(1)])
    repository.sh("git", "fetch", "-q")
    repository.sh("git", "switch", "-q", "-c", "forged", f"origin/{BRANCH}")
    repository.sh("git", "rm", "-q", "monitoring/production/churn/0001.json")
    repository.sh("git", "commit", "-q", "-m", "Forget")
    repository.sh("git", "push", "-q", "origin", f"HEAD:{BRANCH}")
    repository.sh("git", "switch", "-q", "main")
    with pytest.raises(Undecided, match=r"0001\.json is missing"):
        record_observations(_open(repository), [observed(2)])
    (other,) = record_observations(_open(repository), [observed(0, environment="staging")])
    assert other.is_new


def test_a_branch_in_its_way_is_named(repository: Repository) -> None:
    repository.sh("git", "push", "-q", "origin", "HEAD:refs/heads/mlops-gitops")
    with pytest.raises(Error, match="mlops-gitops leaves no room"):
        record_observations(_open(repository), [observed(0)])


def test_a_remote_that_refuses_says_why(repository: Repository) -> None:
    hook = repository.root.parent / "origin.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no monitors here >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Undecided, match=f"{BRANCH} could not be pushed"):
        record_observations(_open(repository), [observed(0)])
