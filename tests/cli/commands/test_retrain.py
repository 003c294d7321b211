"""retrain: from a reason to one pull request, one record and one issue, in one command or in two jobs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cases import cases
from house import Repository
from messages import lacking, lines_with
from retrained import handed_over, with_policy

from mlops_gitops.retraining.handover.handed_run import Ending
from mlops_gitops.runtime import clock

WHY = ("--why", "New customers in the north.")
MADE_UP = (
    {"decided": "0001-01-01T00:00:00Z"}, {"decided": "9999-12-31T23:59:59Z"},
    {"started": "0001-01-01T00:00:00Z"}, {"started": "2026-01-31T23:59:59Z"}, {"started": "9999-12-31T23:59:59Z"},
)  # fmt: skip


@pytest.fixture
def running(repository: Repository) -> Repository:
    with_policy(repository)
    repository.to_production()
    return repository


def _remote(repository: Repository) -> str:
    return repository.sh("git", "ls-remote", "origin")


def _records(repository: Repository) -> list[dict[str, object]]:
    repository.sh("git", "fetch", "-q")
    branch = "origin/mlops-gitops/monitoring"
    names = repository.sh("git", "ls-tree", "-r", "--name-only", branch, "retraining/").split()
    return [json.loads(repository.sh("git", "show", f"{branch}:{name}"))["predicate"] for name in names]


def _left(repository: Repository) -> list[str]:
    return sorted(path.name for path in (repository.root / ".git/mlops-gitops/retraining").iterdir() if path.is_dir())


def test_one_command_proposes_records_and_leaves_nothing_behind(running: Repository) -> None:
    answer = running.run("retrain", "churn", *WHY)
    assert answer.code == 0, answer
    assert lines_with(answer.out, "pull request #4", "Retrain churn 1.1.0")
    assert lines_with(answer.out, "retraining/churn/0001.json")
    (record,) = _records(running)
    run = record["run"]
    assert isinstance(run, dict)
    assert [run[key] for key in ("outcome", "version", "branch")] == ["proposed", "1.1.0", "retrain/churn/1.1.0"]
    assert (record["why"], _left(running)) == (WHY[1], [])
    body = running.ok("pr", "show", "4").out
    assert lacking(body, WHY[1], "hits", "45", "47", "0.94", "1 × data-science") == []
    before = _remote(running)
    again = running.run("retrain", "churn", *WHY)
    assert (again.code, lines_with(again.out, "churn is not retrained", "#4")) != (0, [])
    assert _remote(running) == before


@pytest.mark.outside
def test_two_jobs_do_the_same(running: Repository, tmp_path: Path) -> None:
    (tmp_path / "decision.json").write_text(running.ok("retrain", "--check", "churn", *WHY, "--format", "json").out)
    before = _remote(running)
    out = tmp_path / "handed"
    ran = running.ok("retrain", "run", "churn", "--decision", tmp_path / "decision.json", "--out", out)
    assert lines_with(ran.out, "churn", str(out / "churn"))
    assert _remote(running) == before
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()) == [
        "churn/files/data/holdout.csv", "churn/files/dvc.lock", "churn/files/models/churn/model.skops",
        "churn/files/params.yaml", "churn/log.txt", "churn/run.json",
    ]  # fmt: skip
    done = running.ok("retrain", "propose", "churn", "--from", out, *WHY)
    assert lines_with(done.out, "pull request #4")
    before = _remote(running)
    running.ok("retrain", "propose", "churn", "--from", out, *WHY)
    assert _remote(running) == before


def test_a_run_that_nothing_called_for_is_not_proposed(running: Repository, tmp_path: Path) -> None:
    """Job one may say what it likes: job two decides for itself, and takes no reason from a folder."""
    now, folder = clock.now(), tmp_path / "handed"
    handed_over(running, folder / "churn", decided=now, started=now, why=WHY[1])
    before = _remote(running)
    answer = running.run("retrain", "propose", "churn", "--from", folder)
    assert answer.code == 1 and lines_with(answer.err, "not proposed", "no trigger is met"), answer
    old = handed_over(running, tmp_path / "old/churn")
    answer = running.run("retrain", "propose", "churn", "--from", old.parent, *WHY)
    assert answer.code == 1 and lines_with(answer.err, "2026-03-01T00:00:00Z"), answer
    claims = json.loads((folder / "churn/run.json").read_text())
    for moments in MADE_UP:  # each would take a run out of the cooldown and the budget, or put all later ones into it
        (folder / "churn/run.json").write_text(json.dumps(claims | moments))
        answer = running.run("retrain", "propose", "churn", "--from", folder, *WHY)
        assert answer.code == 1 and lines_with(answer.err, *moments.values()), answer
    assert _remote(running) == before


@pytest.mark.outside
def test_a_pipeline_that_failed_is_an_issue_with_its_log_and_no_branch(running: Repository, tmp_path: Path) -> None:
    now, folder = clock.now(), tmp_path / "handed"
    failed = {"ending": Ending.FAILED, "reason": "dvc repro ended with exit code 1"}
    handed_over(running, folder / "churn", decided=now, started=now, **failed)
    (folder / "churn/log.txt").write_text("no more data\n")
    heads = running.sh("git", "ls-remote", "--heads", "origin")
    answer = running.run("retrain", "propose", "churn", "--from", folder, *WHY)
    assert answer.code == 1 and lines_with(answer.out, "issue #1 opened", "churn"), answer
    (log,) = lines_with(answer.out, "log:")
    assert (running.root / log.removeprefix("log: ")).read_text() == "no more data\n"
    body = running.ok("issue", "show", "1").out
    assert lacking(body, "exit code 1", WHY[1], "alice", "bob", log.removeprefix("log: ")) == []
    new = [line for line in running.sh("git", "ls-remote", "--heads", "origin").splitlines() if line not in heads]
    assert [line.rpartition("refs/heads/")[2] for line in new] == ["mlops-gitops/monitoring"]
    (record,) = _records(running)
    assert isinstance(record["run"], dict) and record["run"]["outcome"] == "failed"


@cases("words, fact", [
    (("run", "churn"), "--out"), (("propose", "churn"), "--from"), (("churn", "--out", "x"), "run"),
    (("run", "--check"), "--check"), (("churn", "fraud"), "one model"), (("--why", "x"), "one model"),
    (("propose", "churn", "--from", "nope"), "nope"),
    (("churn", "--decision", "x"), "run"), (("run", "--out", "x", "--decision", "gone.json"), "gone.json"),
])  # fmt: skip
def test_words_that_do_not_go_together(repository: Repository, words: tuple[str, ...], fact: str) -> None:
    answer = repository.run("retrain", *words)
    assert (answer.code, fact in answer.err) == (2, True), answer
