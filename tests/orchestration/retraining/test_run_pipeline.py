"""Job one: the pipeline in a clone of its own, without the credentials of a forge, and for so many minutes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from house import SCRIPT, Repository
from retrained import job_one, job_two, policy_of, with_policy

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.records.retraining import Budget
from mlops_gitops.retraining.handover.handed_run import Ending
from mlops_gitops.retraining.record import RunOutcome

HOSTILE = """
import os
if sys.argv[1] == "train":
    print(sorted(os.environ.items()))
    os.system("git remote -v; git branch -a; git config --list --show-origin")
    for path in ("mlops.yaml", "models/churn/kpis.yaml", ".github/workflows/promote.yml", "notes.txt"):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(path).write_text("mine\\n")
    os.symlink("/etc/passwd", "models/churn/passwd")
"""
TOKEN = "ghs_" + "0123456789" * 3


@pytest.mark.outside
def test_a_hostile_pipeline_reaches_no_forge_and_is_refused_by_name(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("pipeline.py", SCRIPT + HOSTILE)
    with_policy(repository)
    monkeypatch.delenv("CI")  # on a person's own machine the clone may hold one
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent-of-alice")
    repository.sh("git", "config", "http.https://github.com/.extraheader", f"AUTHORIZATION: basic {TOKEN}")
    shutil.rmtree(repository.root / ".dvc/cache")  # as in a job, where nothing is there yet
    before = repository.sh("git", "ls-remote", "origin"), repository.sh("git", "status", "--porcelain")
    claims = job_one(repository, tmp_path / "handed")
    log = (tmp_path / "handed/log.txt").read_text()
    assert claims.ending is Ending.FINISHED, log
    assert "('PATH'," in log
    assert [word for word in (TOKEN, "agent-of-alice", "origin.git", "remotes/") if word in log] == []
    assert (repository.sh("git", "ls-remote", "origin"), repository.sh("git", "status", "--porcelain")) == before
    found = job_two(repository, tmp_path / "handed")
    assert found.run.outcome is RunOutcome.FAILED
    reasons = " ".join(found.reasons)
    named = ("models/churn/passwd", "symbolic link")
    assert [fact for fact in named if fact not in reasons] == []
    (tmp_path / "handed/files/models/churn/passwd").unlink()
    reasons = " ".join(job_two(repository, tmp_path / "handed").reasons)
    named = ("mlops.yaml", "models/churn/kpis.yaml", ".github/workflows/promote.yml", "notes.txt")
    assert [path for path in named if path not in reasons] == []


@pytest.mark.outside
def test_one_that_fails_or_takes_too_long_hands_over_its_log_alone(repository: Repository, tmp_path: Path) -> None:
    slow = "import time; time.sleep(0 if int(hits) == 45 else 60); sys.exit('no more data')\n"
    repository.write("pipeline.py", SCRIPT + slow)
    with_policy(repository)
    failed = job_one(repository, tmp_path / "failed", params={"hits": 45})
    assert (failed.ending, "dvc repro" in failed.reason) == (Ending.FAILED, True)
    assert "no more data" in (tmp_path / "failed/log.txt").read_text()
    short = replace(policy_of(repository), budget=Budget(4, 0.12))  # type: ignore[arg-type]
    over = job_one(repository, tmp_path / "over", policy=short)
    assert (over.ending, over.seconds < 50) == (Ending.OVER_BUDGET, True)
    for name in ("failed", "over"):
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["log.txt", "run.json"]
    assert os.listdir(repository.root / ".git/mlops-gitops/retraining") == ["churn.lock"]


def test_a_job_whose_checkout_kept_its_token_runs_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_policy(repository)
    repository.sh("git", "config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic x")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(Error, match=r"http\.https://github\.com/\.extraheader") as refused:
        job_one(repository, tmp_path / "handed")
    assert "persist-credentials: false" in refused.value.help
    assert not (tmp_path / "handed").exists()


def test_a_folder_that_holds_something_is_left_as_it_is(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    (tmp_path / "handed").mkdir()
    (tmp_path / "handed/mine.txt").write_text("mine")
    with pytest.raises(Error, match="new folder"):
        job_one(repository, tmp_path / "handed")
    assert os.listdir(tmp_path / "handed") == ["mine.txt"]


def test_a_folder_that_cannot_be_made_is_named(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    (tmp_path / "file").write_text("")
    with pytest.raises(Error) as raised:
        job_one(repository, tmp_path / "file/churn")
    assert str(tmp_path / "file/churn") in raised.value.message and "--out" in raised.value.help
