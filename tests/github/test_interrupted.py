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


def _writes(requests: list[Entry]) -> list[int]:
    """Which of a run's requests change something, counted from 1."""
    return [n for n, entry in enumerate(requests, 1) if entry.method != "GET"]


def _requests(house: House, *words: str) -> list[Entry]:
    mark = house.front.mark()
    house.ok(*words)
    return house.front.requests(mark)


@pytest.mark.parametrize("name", [name for name in CASES if name != "promotion"])
def test_cut_off_after_each_write(copies: Copies, name: str) -> None:
    """What is at GitHub changes with writes alone, so a cut after each reaches every state that there can be."""
    case = CASES[name]
    copies.release(*case.releases)
    whole = case.house(copies)
    requests = _requests(whole, *case.words)
    wanted = seen(whole)
    writes = _writes(requests)
    assert len([pull for pull in wanted["pulls"] if pull["state"] == "open"]) == (name != "record")
    # An update and a superseding begin as a promotion does, which is killed everywhere: they are cut where they differ.
    for n in writes[-3:] if name in ("update", "superseding") else writes:
        house = case.house(copies)
        main, where = house.head(), f"cut off after {requests[n - 1]}"
        _is_cut(house, n, *case.words, done=True)
        house.ok(*case.words)
        assert unlike(house, wanted) == {}, where
        assert house.head() == main, where


def test_cut_off_before_each_question(copies: Copies) -> None:
    case = CASES["promotion"]
    copies.release(*case.releases)
    house = case.house(copies)
    requests = _requests(case.house(copies), *case.words)
    for n in range(1, _writes(requests)[0] + 1):
        mark = house.front.mark()
        _is_cut(house, n, *case.words, done=False)
        assert [request for request in house.front.writes(mark) if request.status] == []
    house.ok(*case.words)


def _is_cut(house: House, n: int, *words: str, done: bool) -> None:
    house.front.cut(n, done=done)
    stopped = house.run(*words)
    house.front.restore()
    assert (stopped.code, "GitHub cannot be reached" in stopped.out + stopped.err) == (3, True), (n, stopped)


def _kill(house: House, n: int, *words: str) -> int:
    """Runs the program as a process of its own that is killed when its nth request arrives, which is carried out."""
    house.mirror()
    running: list[subprocess.Popen[bytes]] = []
    house.front.before(n, lambda: running[0].kill())
    command = [sys.executable, "-m", "mlops_gitops", *words]
    mark = house.front.mark()
    with house.form("alice"):
        environment = os.environ | {"PYTHONPATH": str(TOP)}
        running.append(subprocess.Popen(command, cwd=house.root, env=environment, stdout=-3, stderr=-3))
    code = running[0].wait()
    while len(house.front.requests(mark)) < n:
        time.sleep(0.01)
    return code


def test_killed_at_each_write(copies: Copies) -> None:
    case = CASES["promotion"]
    copies.release(*case.releases)
    whole = case.house(copies)
    requests = _requests(whole, *case.words)
    wanted = seen(whole)
    for n in _writes(requests):
        house = case.house(copies)
        main = house.head()
        assert _kill(house, n, *case.words) == -signal.SIGKILL
        house.ok(*case.words)
        assert unlike(house, wanted) == {}, requests[n - 1]
        assert house.head() == main, requests[n - 1]
