"""A retraining that is stopped at any write, or meets another: one pull request, one record, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from house import Repository
from retrained import handed_over, with_policy
from stopped import stopped

from mlops_gitops.runtime import clock

pytestmark = pytest.mark.outside

WHY = "New customers in the north."


@pytest.fixture
def running(repository: Repository) -> Repository:
    with_policy(repository)
    repository.to_production()
    return repository


def _handed(repository: Repository, folder: Path, started: str = "") -> Path:
    now = clock.now()
    handed_over(repository, folder / "churn", decided=now, started=started or now)
    return folder


def _words(folder: Path) -> tuple[str, ...]:
    return ("retrain", "propose", "churn", "--from", str(folder), "--why", WHY)


def _start(root: Path, folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "mlops_gitops", *_words(folder)]
    return subprocess.Popen(
        words, cwd=root, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _proposed(repository: Repository) -> list[str]:
    pulls = repository.ok("pr", "list", "--format", "json").json["pull_requests"]
    return [pull["branch"] for pull in pulls]


def _outcomes(repository: Repository) -> list[str]:
    repository.sh("git", "fetch", "-q")
    branch = "origin/mlops-gitops/monitoring"
    names = repository.sh("git", "ls-tree", "-r", "--name-only", branch, "retraining/").split()
    records = [json.loads(repository.sh("git", "show", f"{branch}:{name}"))["predicate"] for name in names]
    return [record["run"]["outcome"] if record["run"] else record["outcome"] for record in records]


def _whole(repository: Repository) -> None:
    """Exactly one right pull request, which can be merged and promoted."""
    assert _proposed(repository) == ["retrain/churn/1.1.0"]
    assert _outcomes(repository) == ["proposed"]
    assert repository.sh("git", "ls-remote", "--heads", "origin").count("retrain/") == 1
    repository.merge("bob", "carol")
    repository.ok("audit", "--data")
    left = repository.root / ".git/mlops-gitops/retraining"
    assert [path.name for path in left.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("at", range(1, 7))
def test_stopped_after_a_write_to_git(running: Repository, tmp_path: Path, at: int) -> None:
    folder = _handed(running, tmp_path / "handed")
    assert stopped(running, at, "KILL", "-m", "mlops_gitops", *_words(folder)) in (-9, 0)
    running.ok(*_words(folder))
    _whole(running)


def test_stopped_in_the_middle_of_the_push_of_data(running: Repository, tmp_path: Path) -> None:
    folder, storage = _handed(running, tmp_path / "handed"), running.root / "../storage"
    before = set(storage.rglob("*"))
    process = _start(running.root, folder)
    while set(storage.rglob("*")) == before and process.poll() is None:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    running.ok(*_words(folder))
    _whole(running)


def test_stopped_while_the_pipeline_runs(running: Repository) -> None:
    """The one command, stopped in job one, after it and in job two: the next run begins again, or carries on."""
    words = [sys.executable, "-m", "mlops_gitops", "retrain", "churn", "--why", WHY]
    handed = running.root / ".git/mlops-gitops/retraining/churn-handed"
    for reached in (handed / "log.txt", handed / "run.json"):
        process = subprocess.Popen(
            words, cwd=running.root, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while not reached.exists() and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.wait()
    answer = running.ok("retrain", "churn", "--why", WHY)
    assert "pull request #4" in answer.out
    assert not handed.exists()
    _whole(running)


def test_two_at_once_of_which_one_wins(running: Repository, tmp_path: Path) -> None:
    running.sh("git", "clone", "-q", "../origin.git", "../other")
    for name, value in (("user.name", "Carol"), ("user.email", "carol@example.org")):
        running.sh("git", "-C", "../other", "config", name, value)
    moments = (clock.utc_now() + timedelta(minutes=1, seconds=second) for second in range(2))
    first, second = (
        _handed(running, tmp_path / f"{number}", f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        for number, moment in enumerate(moments)
    )
    both = [_start(running.root, first), _start(running.root / "../other", second)]
    ended = [(process.communicate(), process.returncode) for process in both]
    assert sorted(code for _, code in ended)[0] == 0, ended
    assert sorted(code for _, code in ended)[1] in (1, 3), ended
    loser = next(words for words, code in ended if code)
    assert "Traceback" not in loser[1]
    assert _proposed(running) == ["retrain/churn/1.1.0"]
    assert _outcomes(running).count("proposed") == 1
