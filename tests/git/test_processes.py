"""How many git processes a command starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from house import Repository
from tracing import started, traced

MOST = 12
FIRST = {"record": 17}  # writes receipts of the policy, and of what they prove, by two pushes


class Counting:
    """Runs commands, and keeps what each of them started."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.repository, self.folder = repository, folder
        self.found: dict[str, list[str]] = {}

    def ok(self, *words: object) -> int:
        """How many git processes a command that passes starts."""
        name = f"{len(self.found) + 1}: {' '.join(map(str, words))}"
        trace = self.folder / f"trace-{len(self.found)}"
        with traced(trace):
            self.repository.ok(*words)
        self.found[name] = started(trace)
        return len(self.found[name])

    def over(self, most: int, other: Mapping[str, int]) -> list[str]:
        """The commands that start more, each with all of what it starts."""
        limits = {name: other.get(name.split(" ")[1], most) for name in self.found}
        return [
            "\n    ".join([f"{name} starts {len(commands)} git processes, not at most {limits[name]}:", *commands])
            for name, commands in self.found.items()
            if len(commands) > limits[name]
        ]


@pytest.fixture
def counting(repository: Repository, tmp_path: Path) -> Counting:
    folder = tmp_path / "traces"
    folder.mkdir()
    return Counting(repository, folder)


def promoted(counting: Counting, number: int, environment: str, how: str) -> None:
    """Takes release 1.0.0 to an environment, from the proposal to the receipt."""
    counting.ok("promote", "churn", "--to", environment, "--release", "1.0.0")
    for person in ("bob", "carol"):
        counting.ok("pr", "approve", number, "--as", f"{person}@example.org")
    counting.ok("check", number)
    counting.ok("pr", "merge", "--only", number, how)
    counting.repository.pull()
    counting.ok("record")


def test_a_command_starts_few_git_processes(counting: Counting) -> None:
    repository = counting.repository
    counting.ok("release", "churn", "1.0.0")
    repository.write("notes.txt", "The base moves on, so that what is checked and merged is a merge.\n")
    repository.commit("Notes")
    counting.ok("check", 1)
    counting.ok("pr", "merge", "--only", 1)
    repository.pull()
    counting.ok("record")
    promoted(counting, 2, "staging", "--squash")
    early = [counting.ok(*words) for words in (["audit"], ["history"], ["status"], ["record"])]
    promoted(counting, 3, "production", "--rebase")
    repository.retrain(46)
    counting.ok("release", "churn", "1.1.0")
    repository.merge()
    counting.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    repository.merge("bob")
    counting.ok("rollback", "churn", "--in", "staging", "--why", "Too many calls.")
    counting.ok("check", "--all")
    counting.ok("pr", "list")
    counting.ok("check", "--push")
    counting.ok("gate", "churn")
    late = [counting.ok(*words) for words in (["audit"], ["history"], ["status"], ["record"])]
    assert late == early, "more processes the longer the history is"
    assert counting.over(MOST, FIRST) == []
    fetches = {name for name, commands in counting.found.items() if any(c.startswith("fetch") for c in commands)}
    assert fetches == set(), "this clone has all that the remote has: it pushed it"


def test_an_automatic_promotion_starts_few_git_processes(counting: Counting) -> None:
    repository = counting.repository
    repository.edit("mlops.yaml", "environments:\n", "policies: {auto_promote: [staging]}\nenvironments:\n")
    repository.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")
    repository.begin_so()
    repository.release()
    counting.ok("advance")  # proposes, checks, sets a status and merges: four pushes
    assert counting.over(0, {"advance": 24}) == []
