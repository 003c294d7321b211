"""Repositories in odd states: one plain line, the right exit code, nothing half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from house import Repository
from messages import lacking

COMMANDS = [
    ("gate", "churn"),
    ("release", "churn", "1.0.0"),
    ("promote", "churn", "--to", "staging"),
    ("rollback", "churn", "--in", "staging", "--why", "x"),
    ("check",),
    ("record",),
    ("status",),
    ("history",),
    ("audit",),
    ("fetch", "churn", "--in", "staging", "--out", "out"),
    ("pr", "list"),
]
names = [" ".join(command[:2]) for command in COMMANDS]


def _plain(repository: Repository, command: tuple[str, ...], codes: set[int]) -> str:
    answer = repository.run(*command)
    assert answer.code in codes, answer
    assert "bug" not in answer.err and "Traceback" not in answer.err, answer.err
    assert len(answer.err.splitlines()) <= 2, answer.err
    return answer.err


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_outside_a_repository(repository: Repository, command: tuple[str, ...]) -> None:
    repository.sh("rm", "-rf", ".git")
    assert "not a Git repository" in _plain(repository, command, {2})


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_a_repository_without_commits(repository: Repository, command: tuple[str, ...]) -> None:
    repository.sh("rm", "-rf", ".git")
    repository.sh("git", "init", "-q", "-b", "main")
    _plain(repository, command, {0} if command[0] == "gate" else {2})


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_without_the_project_file(repository: Repository, command: tuple[str, ...]) -> None:
    repository.sh("git", "rm", "-q", "mlops.yaml")
    repository.commit("Without it")
    _plain(repository, command, {{"check": 1, "record": 0, "pr": 0}.get(command[0], 2)})


def test_without_project_and_models_a_model_is_not_looked_for(repository: Repository) -> None:
    repository.sh("git", "rm", "-q", "-r", "mlops.yaml", "models")
    for command in (("explain", "verify", "churn"), ("explain", "init", "churn")):
        assert "mlops-gitops init" in _plain(repository, command, {2})


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_a_remote_that_is_gone(repository: Repository, command: tuple[str, ...]) -> None:
    repository.ok("record")
    repository.sh("rm", "-rf", "../origin.git")
    local = {"gate", "status", "history", "audit"}
    _plain(repository, command, {0} if command[0] in local else {2} if command[0] == "fetch" else {3})


def test_without_a_remote_the_answer_says_so_and_of_one_that_is_not_fetched_it_is_not_known(
    repository: Repository,
) -> None:
    repository.to_production()
    repository.sh("git", "remote", "remove", "origin")
    for command in ("status", "history", "audit"):
        assert "there is no remote" in repository.ok(command).out, command
    repository.sh("git", "remote", "add", "origin", "../origin.git")
    for command in ("status", "history", "audit"):
        assert "git fetch" in _plain(repository, (command,), {3})


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_a_detached_head(repository: Repository, command: tuple[str, ...]) -> None:
    repository.ok("record")
    repository.sh("git", "checkout", "-q", "--detach")
    _plain(repository, command, {0, 2})


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] not in ("gate", "pr")], ids=lambda c: c[0])
def test_a_shallow_clone(repository: Repository, command: tuple[str, ...]) -> None:
    repository.write("notes.txt", "one more commit\n")
    repository.commit("One more")
    repository.sh("git", "clone", "-q", "--depth=1", f"file://{repository.root.parent}/origin.git", "../shallow")
    repository.sh("git", "-C", "../shallow", "config", "user.email", "alice@example.org")
    assert "shallow" in _plain(repository, (*command, "--repo", "../shallow"), {3})


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] in ("release", "promote")], ids=lambda c: c[0])
def test_nobody_told_git_who_works_here(repository: Repository, command: tuple[str, ...]) -> None:
    repository.release("0.9.0")
    repository.sh("git", "config", "--unset", "user.email")
    assert "git does not know who you are" in _plain(repository, command, {2})


def test_a_dirty_tree_changes_nothing_that_is_promoted(repository: Repository) -> None:
    repository.release()
    repository.write("notes.txt", "not committed\n")
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.1")
    change = repository.ok("promote", "churn", "--to", "staging", "--dry-run", "--format", "json").json["change"]
    assert '"at_least": 0.8' in change["files"]["promotions/staging/churn/0001.json"]
    assert repository.sh("git", "status", "--short").splitlines() == ["M models/churn/kpis.yaml", "?? notes.txt"]


@pytest.mark.parametrize(
    "text", ["[core", "[core]\n    remote = %(x)s\n", "\x00", "['remote \"storage\"']\n    url = s3://b\n"]
)
def test_a_broken_dvc_configuration(repository: Repository, text: str) -> None:
    repository.write(".dvc/config", text)
    repository.commit("Break it")
    _plain(repository, ("release", "churn", "1.0.0"), {2, 3})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "stages: 1",
        "stages: {train: []}",
        "schema: '2.0'\nstages:\n  train: {outs: [1, {path: 3}]}",
        "a: b: c",
    ],
)
def test_an_odd_dvc_lock(repository: Repository, text: str) -> None:
    repository.write("dvc.lock", text)
    _plain(repository, ("gate", "churn"), {3})


@pytest.mark.parametrize("wdir", ["[1]", "{a: b}", "../..", "/etc", "1"])
def test_an_odd_working_directory(repository: Repository, wdir: str) -> None:
    repository.edit("dvc.yaml", "  train:\n", f"  train:\n    wdir: {wdir}\n")
    _plain(repository, ("gate", "churn"), {0, 3})


def test_a_hook_s_environment_does_not_lead_astray(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(repository.root.parent / "origin.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    repository.ok("status")


def test_an_interrupt_is_one_line(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "makedirs", interrupted)
    monkeypatch.setattr(Path, "mkdir", interrupted)
    repository.run("status")
    answer = repository.run("release", "churn", "1.0.0", "--local")
    (line,) = answer.err.splitlines()
    assert answer.code == 130 and not lacking(line, "stopped", "same command again")
    assert not (repository.root / "releases").exists()
