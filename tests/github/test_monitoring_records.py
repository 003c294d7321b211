"""Monitoring records at GitHub: cut off or killed at each write, and beside another run, one whole chain comes out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import monitored
import pytest
from ground.copies import Copies
from ground.front import Entry
from ground.house import House
from house import Repository
from monitored import observed, rows_finding

from mlops_gitops.core.errors import Error
from mlops_gitops.monitoring.history.append import Recorded
from mlops_gitops.monitoring.history.branch_tree import Chains, read_chains
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.monitoring.records_branch import record_observations, records_tree
from mlops_gitops.orchestration.workspace import open_workspace

SCRIPT = Path(monitored.__file__)


def _record(house: House, *observations: Observation) -> list[Recorded]:
    house.mirror()
    return record_observations(open_workspace(str(house.root)), observations)


def _chains(house: House) -> Chains:
    """What a clone reads of GitHub now."""
    house.mirror()
    workspace = open_workspace(str(house.root))
    workspace.git.fetch(*workspace.git.branches)
    return read_chains(records_tree(workspace))


def _windows(house: House) -> list[int | None]:
    chains = _chains(house)
    assert chains.faults == ()
    return [one.observation.window.index for one in chains.chain("production", "churn").records]


def _writes(house: House, *observations: Observation) -> list[Entry]:
    mark = house.front.mark()
    _record(house, *observations)
    return house.front.writes(mark)


def test_a_record_is_one_commit_that_github_signs(hub: House) -> None:
    first, second = (_writes(hub, observed(index)) for index in (0, 1))
    assert [entry.path.rpartition("/git/")[2] for entry in first] == ["blobs", "blobs", "trees", "commits", "refs"]
    assert [entry.method for entry in second] == ["POST", "POST", "POST", "PATCH"]
    assert second[-1].body["force"] is False
    assert _writes(hub, observed(1)) == []
    assert _windows(hub) == [0, 1]
    assert hub.head(BRANCH) in hub.state.signed
    assert len(hub.first_parents(BRANCH)) == 2
    assert hub.bridge.git("merge-base", "main", BRANCH, code=1) == b""


@pytest.mark.parametrize("before", [0, 1])
def test_cut_off_after_each_write(copies: Copies, before: int) -> None:
    if before:
        _record_locally(copies.clone)
    number = len(_writes(copies.house(), observed(1)))
    assert number == (4 if before else 5)
    for n in range(1 if before else 4, number + 1):  # the first record begins with the same requests
        house = copies.house()
        house.mirror()
        house.front.cut(n, only_writes=True)
        with pytest.raises(Error, match="GitHub cannot be reached"):
            _record(house, observed(1))
        house.front.restore()
        (recorded,) = _record(house, observed(1))
        assert recorded.is_new == (n < number)
        assert _windows(house) == [0, 1][1 - before :]


def _record_locally(clone: Repository) -> None:
    record_observations(open_workspace(str(clone.root)), [observed(0)])


def test_killed_while_the_branch_is_moved(hub: House) -> None:
    _record(hub, observed(0))
    mark = hub.front.mark()
    hub.mirror()
    running: list[subprocess.Popen[bytes]] = []
    requests = len(_requests(hub, observed(1)))
    hub.front.before(requests, lambda: running[0].kill())
    mark = hub.front.mark()
    path = os.pathsep.join([str(SCRIPT.parent.parent), str(SCRIPT.parent)])
    words = [sys.executable, str(SCRIPT), str(hub.root), "2"]
    running.append(subprocess.Popen(words, env=os.environ | {"PYTHONPATH": path}))
    assert running[0].wait() == -signal.SIGKILL
    while len(hub.front.requests(mark)) < requests:
        time.sleep(0.01)
    (recorded,) = _record(hub, observed(2, rows_finding()))
    assert not recorded.is_new  # the request was carried out, and its answer went to nobody
    assert _windows(hub) == [0, 1, 2]


def _requests(house: House, *observations: Observation) -> list[Entry]:
    mark = house.front.mark()
    _record(house, *observations)
    return house.front.requests(mark)


@pytest.mark.parametrize("before, theirs", [(0, 1), (1, 2)])
def test_another_run_is_first(hub: House, before: int, theirs: int) -> None:
    """The branch is created, or moved on, by another run just before this one would."""
    if before:
        _record(hub, observed(0))
    last = len(["blobs"] * (2 - before) + ["trees", "commits", "refs"])
    hub.front.before(last, lambda: _record(hub, observed(theirs)))
    _record(hub, observed(1))
    assert _windows(hub) == [0, 1][:before] + ([2, 1] if theirs == 2 else [1])


def test_a_rule_of_github_that_refuses_says_why(hub: House) -> None:
    hub.front.answer_next(422, to="POST git/refs", body={"message": "Repository rule violations found"})
    with pytest.raises(Error, match="Repository rule violations found"):
        _record(hub, observed(0))
    assert _windows(hub) == []
