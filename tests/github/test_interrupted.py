"""Cut off, or killed, at every single request: the next run ends where a run that nobody stopped would have ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from ground.copies import Copies
from ground.front import Entry
from ground.house import House
from ground.seen import seen, unlike

TOP = Path(__file__).parents[2]
PROMOTE = ("promote", "churn", "--to", "staging")


def _older_is_open(house: House) -> None:
    house.ok(*PROMOTE, "--release", "1.0.0")


def _base_moved(house: House) -> None:
    house.ok(*PROMOTE)
    house.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {approvals: {data-science: 1}}")
    house.commit("Others approve")


def _merged_unapproved(house: House) -> None:
    house.ok(*PROMOTE)
    house.merge_pull(1)


@dataclass(frozen=True)
class Case:
    """A command, and what there is before it runs."""

    words: tuple[str, ...]
    releases: tuple[str, ...] = ("1.0.0",)
    prepare: Callable[[House], object] = House.mirror

    def house(self, copies: Copies) -> House:
        """A repository where the command can run."""
        house = copies.house()
        self.prepare(house)
        house.mirror()
        return house


CASES = {
    "release": Case(("release", "churn", "1.0.0"), ()),
    "promotion": Case(PROMOTE),
    "update": Case(PROMOTE, prepare=_base_moved),
    "superseding": Case(PROMOTE, ("1.0.0", "1.1.0"), _older_is_open),
    "record": Case(("record",), prepare=_merged_unapproved),
}


def _requests(house: House, *words: str) -> list[Entry]:
    mark = house.front.mark()
    house.ok(*words)
    return house.front.requests(mark)


def _tries(requests: list[Entry], *, before: bool) -> list[tuple[int, bool]]:
    """Where to cut: after each write is carried out, and `before` each request.

    What has been done when a request is cut off before it is what the one before it has done, so the first set reaches
    every state; only what this side knows of it is another.
    """
    places = range(1, len(requests) + 1)
    after = [(n, True) for n in places if requests[n - 1].method != "GET"]
    return after + [(n, False) for n in places if before]


@pytest.mark.parametrize("name", CASES)
def test_cut_off_at_each_request(copies: Copies, name: str) -> None:
    case = CASES[name]
    copies.release(*case.releases)
    whole = case.house(copies)
    requests = _requests(whole, *case.words)
    wanted = seen(whole)
    assert len([its for its in wanted["pulls"] if its["state"] == "open"]) == (name != "record")
    tries = _tries(requests, before=name == "promotion")
    # An update and a superseding write what a promotion does, which is cut everywhere: here every third write is.
    for n, done in tries[::3] if name in ("update", "superseding") else tries:
        house = case.house(copies)
        main, where = house.head(), f"cut off {'after' if done else 'before'} {requests[n - 1]}"
        copies.front.cut(n, done=done)
        stopped = house.run(*case.words)
        copies.front.mend()
        assert (stopped.code, "GitHub cannot be reached" in stopped.out + stopped.err) == (3, True), (where, stopped)
        house.ok(*case.words)
        assert unlike(house, wanted) == {}, where
        assert house.head() == main, where


def _kill(house: House, n: int, *words: str) -> int:
    """Runs the program as a process of its own that is killed when its nth request arrives, which is carried out."""
    house.mirror()
    running: list[subprocess.Popen[bytes]] = []
    house.front.before(n, lambda: running[0].kill())
    command = [sys.executable, "-m", "mlops_gitops", *words]
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    mark = house.front.mark()
    running.append(subprocess.Popen(command, cwd=house.root, env=environment, stdout=-3, stderr=-3))
    code = running[0].wait()
    while len(house.front.requests(mark)) < n:
        time.sleep(0.01)
    return code


@pytest.mark.parametrize("name", ["promotion", "record"])
def test_killed_while_a_request_is_under_way(copies: Copies, name: str) -> None:
    case = CASES[name]
    copies.release(*case.releases)
    whole = case.house(copies)
    requests = _requests(whole, *case.words)
    wanted = seen(whole)
    for n in [n for n, its in enumerate(requests, 1) if its.path.endswith(("/git/refs", "/pulls", "/deployments"))]:
        house = case.house(copies)
        assert _kill(house, n, *case.words) == -signal.SIGKILL
        house.ok(*case.words)
        assert unlike(house, wanted) == {}, requests[n - 1]
