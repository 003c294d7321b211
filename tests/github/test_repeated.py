"""Run again, run twice at once, run beside somebody else: one pull request, and nobody's work is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ground.copies import Copies
from ground.front import Entry
from ground.house import House
from messages import lines_with

TOP = Path(__file__).parents[2]
BRANCH = "promote/staging/churn/0001-1.0.0"
NEWER = "promote/staging/churn/0001-1.1.0"
PROMOTE = ("promote", "churn", "--to", "staging")
ROLLBACK = ("rollback", "churn", "--in", "staging", "--why", "Odd scores")


def writes(house: House, *words: object) -> list[Entry]:
    """What a run that passes writes."""
    mark = house.front.mark()
    house.ok(*words)
    return house.front.writes(mark)


def is_open(house: House) -> list[str]:
    """The branches of the open pull requests of the repository itself."""
    pulls = [pull for pull in house.pull_requests() if pull["head"]["repo"]["full_name"] == house.name]
    return [str(pull["head"]["ref"]) for pull in pulls]


def place(copies: Copies, method: str, end: str, prepare: Callable[[House], object] = House.mirror) -> int:
    """Which request of a whole run of `promote` in a copy is the first of this method and with this end."""
    house = copies.house()
    prepare(house)
    mark = house.front.mark()
    house.ok(*PROMOTE)
    requests = house.front.requests(mark)
    return next(n for n, entry in enumerate(requests, 1) if entry.method == method and entry.path.endswith(end))


def elsewhere(house: House, *words: str) -> Callable[[], object]:
    """A whole run of another process, in a clone of its own."""
    other = house.root.with_name("other")
    shutil.copytree(house.root, other, symlinks=True)
    command = [sys.executable, "-m", "mlops_gitops", *words]
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    return lambda: subprocess.run(command, cwd=other, env=environment, capture_output=True, check=True)


def others_approve(house: House) -> None:
    """Proposes, and then moves the base, so that the next run writes the branch again."""
    house.ok(*PROMOTE)
    house.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {approvals: {data-science: 1}}")
    house.commit("Others approve")
    house.mirror()


def test_a_release_proposed_again(hub: House) -> None:
    assert writes(hub, "release", "churn", "1.0.0") != []
    assert writes(hub, "release", "churn", "1.0.0") == []


def test_a_promotion_proposed_checked_and_recorded_again(released: House) -> None:
    assert writes(released, *PROMOTE) != []
    assert writes(released, *PROMOTE) == []
    assert writes(released, "check", 1) != []
    assert writes(released, "check", 1) == []
    released.approve(1, "bob")
    assert writes(released, "check", 1) != []
    assert writes(released, "check", 1) == []
    released.merge_pull(1, who="carol")
    assert writes(released, "record") != []
    assert writes(released, "record") == []


def test_a_rollback_proposed_again(in_staging: House) -> None:
    in_staging.retrain(46)
    in_staging.ok("release", "churn", "1.1.0", "--local")
    in_staging.commit("Release 1.1.0")
    in_staging.ok(*PROMOTE)
    in_staging.merge("bob")
    assert writes(in_staging, *ROLLBACK) != []
    assert writes(in_staging, *ROLLBACK) == []
    assert is_open(in_staging) == ["rollback/staging/churn/0003-1.0.0"]


def test_line_ends_of_github_s_form_are_no_other_words(released: House) -> None:
    released.ok(*PROMOTE)
    body = released.pull_requests()[0]["body"].replace("\r\n", "\n").replace("\n", "\r\n")
    released.api("PATCH", "pulls/1", {"body": body})
    assert "\r\n" in released.pull_requests()[0]["body"]
    assert writes(released, *PROMOTE) == []


@pytest.mark.parametrize(("method", "end"), [("GET", "/pulls"), ("POST", "/git/refs"), ("POST", "/pulls")])
def test_two_at_once_for_one_version(copies: Copies, method: str, end: str) -> None:
    copies.release("1.0.0")
    n = place(copies, method, end)
    house = copies.house()
    house.mirror()
    house.front.before(n, elsewhere(house, *PROMOTE))
    answer = house.run(*PROMOTE)
    assert (answer.code in (0, 3), "Traceback" in answer.err) == (True, False), answer
    house.ok(*PROMOTE)
    assert is_open(house) == [BRANCH]
    assert len(house.pull_requests("all")) == 1


@pytest.mark.parametrize(("mine", "theirs"), [("1.0.0", "1.1.0"), ("1.1.0", "1.0.0")])
def test_two_versions_at_once(copies: Copies, mine: str, theirs: str) -> None:
    copies.release("1.0.0", "1.1.0")
    n = place(copies, "POST", "/git/refs")
    house = copies.house()
    house.mirror()
    house.front.before(n, elsewhere(house, *PROMOTE, "--release", theirs))
    house.ok(*PROMOTE, "--release", mine)
    assert sorted(is_open(house)) == [BRANCH, NEWER]
    house.ok(*PROMOTE)
    assert is_open(house) == [NEWER]
    assert writes(house, *PROMOTE) == []


def test_somebody_s_commit_on_our_branch(released: House) -> None:
    released.ok(*PROMOTE)
    theirs = released.write_branch(BRANCH, {"notes.txt": "mine\n"})
    mark = released.front.mark()
    answer = released.run(*PROMOTE)
    assert answer.code == 1 and lines_with(answer.err, BRANCH, "pull request #1", "holds commits"), answer
    assert released.front.writes(mark) == []
    assert released.head(BRANCH) == theirs


def test_a_fork_s_pull_request_of_the_same_branch_is_not_ours(released: House) -> None:
    fork = released.open_from_fork(BRANCH, {"notes.txt": "theirs\n"})
    before = released.api("GET", f"pulls/{fork}")
    assert "opened" in released.ok(*PROMOTE).out
    assert is_open(released) == [BRANCH]
    assert writes(released, *PROMOTE) == []
    after = released.api("GET", f"pulls/{fork}")
    assert [after[name] for name in ("state", "title", "body")] == [before[name] for name in ("state", "title", "body")]
    assert (after["head"]["sha"], released.comments(fork)) == (before["head"]["sha"], [])


def test_a_branch_whose_pull_request_was_closed_is_replaced(released: House) -> None:
    released.ok(*PROMOTE)
    released.write_branch(BRANCH, {"notes.txt": "mine\n"})
    released.close(1)
    assert "pull request #2 opened" in released.ok(*PROMOTE).out
    assert released.bridge.one("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert "notes.txt" not in released.bridge.one("diff", "--name-only", "main", BRANCH)
    assert is_open(released) == [BRANCH]


def test_a_branch_that_nobody_opened_gets_one_pull_request(released: House) -> None:
    released.front.answer_next(403, to="POST pulls")
    assert released.run(*PROMOTE).code != 0
    assert (released.pull_requests("all"), bool(released.head(BRANCH))) == ([], True)
    released.ok(*PROMOTE)
    assert is_open(released) == [BRANCH]
    assert writes(released, *PROMOTE) == []
    assert len(released.pull_requests("all")) == 1


def test_a_branch_of_somebody_s_that_nobody_opened_is_left_alone(released: House) -> None:
    theirs = released.write_branch(BRANCH, {"notes.txt": "mine\n"})
    mark = released.front.mark()
    answer = released.run(*PROMOTE)
    assert (answer.code, "holds somebody's work" in answer.err) == (1, True), answer
    assert (released.front.writes(mark), released.head(BRANCH)) == ([], theirs)


@pytest.mark.parametrize("prepare", [House.mirror, others_approve])
def test_a_branch_that_moves_meanwhile_is_left_alone(copies: Copies, prepare: Callable[[House], object]) -> None:
    copies.release("1.0.0")
    n = place(copies, "POST", "/git/commits", prepare)
    house = copies.house()
    prepare(house)
    house.mirror()
    moved: list[str] = []
    house.front.before(n, lambda: moved.append(house.write_branch(BRANCH, {"notes.txt": "mine\n"})))
    answer = house.run(*PROMOTE)
    assert (answer.code, f"the branch {BRANCH} changed just now" in answer.err) == (3, True), answer
    assert [house.head(BRANCH)] == moved
