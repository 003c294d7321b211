"""fetch, status, history and pr: what runs where, and its bytes."""

from __future__ import annotations

import pytest
from house import Repository


def test_the_bytes_an_environment_runs_whatever_dvc_tracks_now(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    model = (repository.root / "models/churn/model.skops").read_bytes()
    repository.retrain(46)
    repository.sh("rm", "-rf", ".dvc/cache")
    repository.ok("fetch", "churn", "--in", "staging", "--out", "../device")
    assert (repository.root.parent / "device/models/churn/model.skops").read_bytes() == model
    assert sorted(p.name for p in (repository.root.parent / "device").iterdir()) == [".mlops-gitops.json", "models"]
    repository.ok("fetch", "churn", "--in", "staging", "--out", "../device")


def test_altered_bytes_are_never_handed_over(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    for path in repository.sh("find", "../storage", ".dvc/cache/files", "-type", "f").split():
        (repository.root / path).chmod(0o644)
        (repository.root / path).write_text("something else\n")
    repository.sh("rm", "models/churn/model.skops")
    answer = repository.run("fetch", "churn", "--in", "staging", "--out", "../device")
    assert (answer.code, "altered in the DVC remote" in answer.err) == (3, True)
    assert not (repository.root.parent / "device").exists()


def test_a_folder_that_is_somebody_s_is_left_alone(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    (repository.root.parent / "device").mkdir()
    (repository.root.parent / "device/notes.txt").write_text("mine")
    answer = repository.run("fetch", "churn", "--in", "staging", "--out", "../device")
    assert (answer.code, "was not written by fetch" in answer.err) == (2, True)
    assert [p.name for p in (repository.root.parent / "device").iterdir()] == ["notes.txt"]


def test_a_manifest_that_was_changed_since_is_not_fetched(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.edit("releases/churn/1.0.0.yaml", "format: skops", "format: onnx")
    repository.commit("Edit the manifest")
    answer = repository.run("fetch", "churn", "--in", "staging", "--out", "../device")
    assert (answer.code, "is not the one that was promoted" in answer.err) == (3, True)


def test_nothing_runs_there(repository: Repository) -> None:
    answer = repository.run("fetch", "churn", "--in", "production", "--out", "../device")
    assert (answer.code, answer.err.splitlines()[0]) == (2, "error: production runs nothing of churn")


def test_status_shows_models_by_environment_and_what_is_proposed(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.ok("promote", "churn", "--to", "production")
    lines = repository.ok("status").out.splitlines()
    assert lines[2].split() == ["churn", "1.0.0", "—"]
    assert lines[-1] == "open: #3 Promote churn 1.0.0 to production"
    repository.ok("pr", "merge", "--only", 3, "--force")
    repository.pull()
    assert "1.0.0 (no receipt)" in repository.ok("status").out


def test_history_on_a_day(repository: Repository) -> None:
    repository.to_production()
    rows = repository.ok("history", "--format", "json").json["promotions"]
    assert [(p["environment"], p["release"], p["approvals"]) for p in rows] == [
        ("staging", "1.0.0", "met"),
        ("production", "1.0.0", "met"),
    ]
    assert repository.ok("history", "--at", "2020-01-01").out == "no promotions on record\n"
    assert (
        len(
            repository.ok("history", "--at", rows[0]["day"], "--in", "production", "--format", "json").json[
                "promotions"
            ]
        )
        == 1
    )


def test_several_clones_see_the_same_pull_requests(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "-C", "../other", "config", "user.email", "bob@example.org")
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "approve", 2, "--repo", "../other")
    shown = repository.ok("pr", "show", 2).out
    assert "approved by bob@example.org" in shown and "self-declared" in shown


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_conflict_is_refused_and_nothing_is_merged(repository: Repository, how: str) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.write("environments/staging/churn.yaml", "something else\n")
    repository.commit("In the way")
    before = repository.sh("git", "ls-remote", "origin", "refs/heads/main")
    args = [f"--{how}"] if how != "merge" else []
    answer = repository.run("pr", "merge", "--only", 2, "--force", *args)
    assert (answer.code, "does not merge cleanly" in answer.err) == (1, True)
    assert repository.sh("git", "ls-remote", "origin", "refs/heads/main") == before
    assert repository.sh("git", "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("args", [("show", 9), ("approve", 9), ("merge", 9), ("close", 9)])
def test_a_pull_request_that_is_not_there(repository: Repository, args: tuple[object, ...]) -> None:
    answer = repository.run("pr", *args)
    assert (answer.code, "there is no pull request #9" in answer.err) == (2, True)
