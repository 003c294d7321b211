"""init in repositories of other layouts: what is not as usual, and what to do about it, is said at once."""

from __future__ import annotations

import re
import shutil

import pytest
from house import Repository
from messages import lacking

STAGE = "stages:\n  train: {cmd: x, outs: [model.onnx], metrics: [metrics.json]}\n"
REMOTE = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://models/%s\n"


@pytest.fixture
def started(repository: Repository) -> Repository:
    """A repository with its remote and a DVC pipeline below the top, and nothing else."""
    shutil.rmtree(repository.root / "models")
    for path in (".dvc", "data", "mlops.yaml", "dvc.yaml", "dvc.lock", "metrics.json", "params.yaml", "pipeline.py"):
        repository.sh("rm", "-rf", path)
    repository.write("cv/.dvc/config", REMOTE % "cv")
    repository.write("cv/dvc.yaml", STAGE)
    repository.write("cv/metrics.json", '{"auc": 0.8}')
    return repository


def _notes(repository: Repository) -> list[str]:
    found: list[str] = repository.ok("init", "--dry-run", "--format", "json").json["notes"]
    return found


def _note(repository: Repository, *facts: str) -> list[str]:
    return [note for note in _notes(repository) if not lacking(note, *facts)]


def test_a_project_with_a_remote_needs_nothing(started: Repository) -> None:
    assert not [note for note in _notes(started) if "remote" in note]


def test_a_project_without_a_remote(started: Repository) -> None:
    started.write("cv/.dvc/config", "")
    assert _note(started, "cv/.dvc/config", "`dvc --cd cv remote add -d storage URL`", "`dvc --cd cv push`")


def test_the_advice_for_a_project_without_a_remote_solves_it(started: Repository) -> None:
    started.write("cv/.dvc/config", "")
    (advice,) = _note(started, "cv/.dvc/config")
    command = re.findall("`(.*?)`", advice)[0].replace("URL", "../../storage")
    started.sh(*command.split())
    assert not _note(started, "cv/.dvc/config")


def test_files_of_dvc_in_no_project(started: Repository) -> None:
    shutil.rmtree(started.root / "cv/.dvc")
    assert _note(started, "DVC project", "`dvc init`")
    started.write("nlp/.dvc/config", REMOTE % "nlp")
    started.write("nlp/dvc.yaml", STAGE)
    assert _note(started, "DVC project", "`dvc init`")


def test_settings_that_git_does_not_keep(started: Repository) -> None:
    assert not _note(started, "Git does not keep")  # nothing of the project is committed yet
    started.sh("git", "add", "cv/dvc.yaml")
    (advice,) = _note(started, "Git does not keep cv/.dvc/config")
    started.sh("git", "rm", "-q", "--cached", "cv/dvc.yaml")
    started.write(".gitignore", ".dvc/\n")
    assert _notes(started).count(advice) == 1
    started.sh(*re.findall("`(.*?)`", advice)[0].split())
    assert advice not in _notes(started)


def test_settings_that_only_dvc_reads_are_no_lack(started: Repository) -> None:
    started.write("cv/.dvc/config", (REMOTE % "cv").replace("url = ", "url = %(x)s"))
    assert not [note for note in _notes(started) if "remote" in note]


def test_only_tracked_files(started: Repository) -> None:
    started.sh("rm", "cv/dvc.yaml")
    started.write("cv/churn_model.skops.dvc", f"outs: [{{path: churn_model.skops, md5: {'ab' * 16}}}]\n")
    started.sh("rm", "-rf", "cv/.dvc")
    assert _note(started, "DVC project", "`dvc init`")
    assert started.ok("init", "--dry-run", "--format", "json").json["models"] == ["churn-model"]


def test_a_repository_without_any_remote(started: Repository) -> None:
    started.sh("git", "remote", "remove", "origin")
    assert _note(started, "no remote", "git remote add origin ../o.git")


def test_a_remote_of_another_name(started: Repository) -> None:
    started.sh("git", "remote", "rename", "origin", "company")
    assert "pull requests go to the remote company" in _notes(started)
    started.sh("git", "remote", "add", "fork", "../fork.git")
    assert _note(started, "company", "fork", "git config checkout.defaultRemote")


def test_workflows_read_the_remote_of_every_project(started: Repository) -> None:
    started.write("nlp/.dvc/config", REMOTE.replace("s3", "azure") % "nlp")
    started.write("nlp/dvc.yaml", STAGE)
    started.sh("git", "remote", "set-url", "origin", "git@github.com:example/models.git")
    plan = started.ok("init", "--dry-run", "--format", "json").json
    workflow = plan["files"][".github/workflows/mlops-gitops.yml"]
    assert "remotes: s3 azure\n" in workflow
    assert "secrets.DVC_READ_KEY }}" in workflow and "secrets.DVC_READ_CONNECTION_STRING }}" in workflow
    assert _note(started, "DVC remotes", "DVC_READ_KEY", "DVC_READ_CONNECTION_STRING")


def test_a_stage_that_has_not_run_is_run_where_its_pipeline_is(started: Repository) -> None:
    started.sh("rm", "cv/metrics.json")
    (lack,) = re.findall(r"dvc.lock has no digest of cv/model.onnx.*\n *fix: (.*)", started.ok("init", "--dry-run").out)
    assert lack == "dvc --cd cv repro, commit cv/dvc.lock, then dvc --cd cv push"
    assert _note(started, "cv/metrics.json", "`dvc --cd cv pull`", "`dvc --cd cv repro`")
    card = started.ok("init", "--dry-run", "--format", "json").json["files"]["models/cv/README.md"]
    assert "`dvc --cd cv repro` repeats it" in card
