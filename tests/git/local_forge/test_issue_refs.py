"""Issues of the local forge: one for each key, even if several write at once or push other things beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import references
from house import Repository
from stopped import stopped

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.issue import CLOSED, Issue, Step, monitoring_key
from mlops_gitops.orchestration.workspace import open_workspace

KEY = monitoring_key("production", "churn", "drift")
WANTED = Issue(KEY, "churn in production: drift", "age: 0.31")
REFS = "refs/mlops/issues"
WRITE = """
import sys
from mlops_gitops.forges.issue import Issue
from mlops_gitops.orchestration.workspace import open_workspace
open_workspace(".").forge.write_issue(Issue(*sys.argv[1:]))
"""


def forge_of(repository: Repository, folder: str = ".") -> Forge:
    return open_workspace(str(repository.root / folder)).forge


def listed(repository: Repository) -> list[tuple[int, str, str]]:
    found = repository.ok("issue", "list", "--all", "--format", "json").json["issues"]
    return [(issue["number"], issue["state"], issue["key"]) for issue in found]


def put(repository: Repository, name: str, text: str) -> str:
    """Pushes a text as issue.json of the reference `name`, as anybody may who may push."""
    return references.put(repository, name, text, folder=REFS, file="issue.json")


def edited(**changes: Any) -> str:
    fields = {"key": KEY, "title": "churn", "body": "age", "state": "open", "labels": []}
    return json.dumps(fields | changes)


def test_windows_of_alarms_are_commits_of_one_issue(repository: Repository) -> None:
    forge = forge_of(repository)
    changes = [forge.write_issue(replace(WANTED, body=f"window {n}")) for n in range(3)]
    changes.append(forge.write_issue(replace(WANTED, body="window 2")))
    changes.append(forge.write_issue(replace(WANTED, body="fine", state=CLOSED)))
    changes.append(forge.write_issue(replace(WANTED, body="window 5")))
    assert [change.step for change in changes] == ["open", "edit", "edit", "nothing", "close", "reopen"]
    assert {change.issue.number for change in changes if change.issue} == {1}
    subjects = repository.sh("git", "log", "--format=%s", f"{REFS}/1").splitlines()
    assert subjects == [f"{step} {KEY}" for step in ("reopen", "close", "edit", "edit", "open")]
    (other,) = forge_of(repository).issues(ended=True)
    assert (other.key, other.body, other.state) == (KEY, "window 5", "open")


def test_list_show_and_close(repository: Repository) -> None:
    assert repository.ok("issue", "list").out == "no open issues\n"
    forge_of(repository).write_issue(replace(WANTED, body="| a |\n| --- |\n| 1 &#x3c; 2 |", labels=("ml",)))
    shown = repository.ok("issue", "show", 1)
    assert shown.out.splitlines() == [
        "#1 churn in production: drift (open)", "labels: mlops-gitops-monitoring, ml", "", "| a |", "| --- |",
        "| 1 < 2 |",
    ]  # fmt: skip
    assert repository.ok("issue", "close", 1).out == "#1 closed: churn in production: drift\n"
    assert "#1" not in repository.ok("issue", "list").out
    assert "closed" in repository.ok("issue", "list", "--all").out
    again = repository.run("issue", "close", 1)
    assert (again.code, "closed already" in again.err) == (2, True)
    missing = repository.run("issue", "show", 2)
    assert (missing.code, "issue list --all" in missing.err) == (2, True)


def test_of_two_who_write_at_once_the_second_edits_what_the_first_opened(repository: Repository) -> None:
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "-C", "../other", "config", "user.email", "carol@example.org")
    first, second = forge_of(repository), forge_of(repository, "../other")
    assert (first.issues(), second.issues()) == ([], [])  # both have read before either writes
    auc = monitoring_key("production", "churn", "auc")
    assert first.write_issue(WANTED).step is Step.OPEN
    assert second.write_issue(replace(WANTED, body="age: 0.4")).step is Step.EDIT
    opened = first.write_issue(replace(WANTED, key=auc, title="auc"))
    taken = second.write_issue(replace(WANTED, key=auc.replace("auc", "gap"), title="gap"))
    assert [change.issue and change.issue.number for change in (opened, taken)] == [2, 3]
    assert [number for number, *_ in listed(repository)] == [1, 2, 3]
    issue = second.issues()[0]
    assert (issue.key, issue.body) == (KEY, "age: 0.4")
    first.close_issue(issue)
    second.close_issue(issue)
    assert listed(repository)[0] == (1, "closed", KEY)


def test_a_remote_that_takes_nothing_is_not_somebody_else(repository: Repository) -> None:
    forge = forge_of(repository)
    hook = repository.root.parent / "origin.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho read-only >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Undecided, match="issue #1 could not be pushed"):
        forge.write_issue(WANTED)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_at_each_write_it_is_readable_and_the_next_run_makes_it_right(repository: Repository, at: int) -> None:
    assert stopped(repository, at, "KILL", "-c", WRITE, KEY, "drift", "window 1") == -9
    assert listed(repository) == ([(1, "open", KEY)] if at > 1 else [])
    forge_of(repository).write_issue(replace(WANTED, body="window 1"))
    assert stopped(repository, at, "KILL", "-c", WRITE, KEY, "drift", "window 2") == -9
    (issue,) = forge_of(repository).issues()
    assert issue.body == ("window 2" if at > 1 else "window 1")
    forge_of(repository).write_issue(replace(WANTED, body="window 2"))
    assert listed(repository) == [(1, "open", KEY)]
    assert repository.sh("git", "rev-list", "--count", f"{REFS}/1") == "2"


MALFORMED = [
    ("1/2", edited()), ("10", "{}"), ("11", "[]"), ("12", "[" * 100_000), ("bad", edited()), ("0", edited()),
    ("13", edited(title="a\x1bb")), ("14", edited(labels=["a\x00b"])), ("15", edited(state="merged")),
    ("16", edited(key="monitoring/-->")), ("17", edited(body=None)), ("18", edited(labels="ml")),
]  # fmt: skip


def test_malformed_ones_are_named_and_in_nobody_s_way(repository: Repository) -> None:
    references = [put(repository, name, text) for name, text in MALFORMED]
    forge = forge_of(repository)
    assert forge.write_issue(WANTED).step is Step.OPEN
    assert forge.write_issue(replace(WANTED, body="more")).step is Step.EDIT
    answer = repository.ok("issue", "list", "--format", "json").json
    assert [issue["number"] for issue in answer["issues"]] == [19]
    assert sorted(answer["unreadable"]) == sorted(references)
    out = repository.ok("issue", "list").out
    assert "#19" in out
    for reference in references:
        removal = f"git push origin :{reference}"
        assert removal in out
        repository.sh(*removal.split())
    assert "refs/mlops" not in repository.ok("issue", "list").out


def test_what_anybody_pushes_steers_no_terminal(repository: Repository) -> None:
    put(repository, "4", edited(body="&#x1b;[31mred&#x202e;gnirts\u200f"))
    shown = repository.ok("issue", "show", 4).out
    assert r"red\u202egnirts\u200f" in shown and not {"\x1b", "\u202e", "\u200f"} & set(shown)
