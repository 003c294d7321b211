"""Projects below the top of a repository, from `init` to a promotion, with real DVC: each by its own remote."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ENVIRONMENT, QUICK
from house import CARD, DATES, Repository
from messages import lacking

pytestmark = pytest.mark.outside

# DVC takes longer to start than to work, so one process does all of it.
DVC = """import os, sys
from dvc.cli import main
top = os.getcwd()
for folder in sys.argv[2:]:
    os.chdir(os.path.join(top, folder))
    remote = ["remote", "add", "-q", "-d", "storage", f"{sys.argv[1]}/{folder}"]
    for words in (["init", "-q", "--subdir"], remote, ["repro", "-q"], ["push", "-q"]):
        if code := main(words):
            sys.exit(f"{folder} {words}: {code}")
"""
SCRIPT = """import json, pathlib
pathlib.Path("model.onnx").write_text(pathlib.Path.cwd().name)
pathlib.Path("metrics.json").write_text(json.dumps({"%s": 0.%d}))
"""
STAGES = """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    outs: [model.onnx]
    metrics: [{metrics.json: {cache: false}}]
"""
ARTIFACT = "artifacts:\n  model: {path: model.onnx, type: model}\n"


@pytest.fixture
def empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repository:
    """A Git repository with a bare remote, and nothing in it."""
    root = tmp_path / "models"
    subprocess.run(["git", "init", "-q", "--template=", "--bare", "-b", "main", tmp_path / "origin.git"], check=True)
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", root], check=True)
    repository = Repository(root, capsys)
    for name, value in (("user.name", "Alice"), ("user.email", "alice@example.org"), *QUICK.items()):
        repository.sh("git", "config", name, value)
    repository.sh("git", "remote", "add", "origin", "../origin.git")
    return repository


def _begin(repository: Repository, **dvc_yaml: str) -> None:
    """Projects that have run and pushed their bytes, each to a remote of its own; merged."""
    for number, (folder, text) in enumerate(dvc_yaml.items()):
        repository.write(f"{folder}/dvc.yaml", text)
        repository.write(f"{folder}/train.py", SCRIPT % (("dice", "auc")[number], 8 + number))
    program = [sys.executable, "-c", DVC, str(repository.root.parent / "storage"), *dvc_yaml]
    done = subprocess.run(
        program, cwd=repository.root, capture_output=True, text=True, check=False,
        env=os.environ | ENVIRONMENT | DATES,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    repository.commit("Begin")
    repository.sh("git", "fetch", "-q")
    repository.sh("git", "branch", "-q", "-u", "origin/main")
    repository.sh("git", "remote", "set-head", "origin", "main")


def _adopt(repository: Repository) -> None:
    """What a new user edits after `init`: the blanks, the people, and the gates, which are proposed as comments."""
    repository.fill_in()
    for path, comment in (("mlops.yaml", "- {login"), *((path, "gate:") for path in _kpis(repository))):
        text = (repository.root / path).read_text()
        (repository.root / path).write_text(re.sub(rf"# (?={comment})", "", text))


def _kpis(repository: Repository) -> list[str]:
    return [str(path.relative_to(repository.root)) for path in repository.root.glob("models/*/kpis.yaml")]


def _forget(repository: Repository, folder: str) -> None:
    """Removes what this machine has of a project's bytes, so that its remote is read."""
    shutil.rmtree(repository.root / folder / ".dvc/cache")
    (repository.root / folder / "model.onnx").unlink()


def _promote(repository: Repository, model: str, folder: str) -> None:
    """From a release to staging, and the bytes from there."""
    repository.ok("release", model, "1.0.0")
    repository.merge()
    repository.ok("promote", model, "--to", "staging", "--release", "1.0.0")
    repository.merge("bob")
    out = repository.root.parent / f"out-{model}"
    repository.ok("fetch", model, "--in", "staging", "--out", str(out))
    assert [path.read_text() for path in out.rglob("model.onnx")] == [folder]


def _faults(repository: Repository, *words: str) -> set[str]:
    """The checkups of doctor that find fault."""
    answer = repository.run("doctor", *words, "--format", "json").json
    return {checkup["id"] for checkup in answer["checkups"] if checkup["state"] == "fault"}


def test_two_projects_each_with_a_model_numbers_and_a_remote_of_its_own(empty: Repository) -> None:
    _begin(empty, cv=STAGES + ARTIFACT, nlp=STAGES + ARTIFACT)
    assert empty.ok("init", "--format", "json").json["models"] == ["cv-model", "nlp-model"]
    assert "metric: {file: nlp/metrics.json, key: auc}" in (empty.root / "models/nlp-model/kpis.yaml").read_text()
    _adopt(empty)
    assert _faults(empty) == {"dvc-verify", "merged"}
    empty.agree("begin-with-mlops")
    for model, folder in (("cv-model", "cv"), ("nlp-model", "nlp")):
        _forget(empty, folder)
        _promote(empty, model, folder)
    empty.ok("audit", "--data")

    # A project that is being worked on is no obstacle for the others.
    empty.edit("cv/dvc.lock", "schema:", "# trained again\nschema:")
    assert "cv/dvc.lock" in empty.run("release", "cv-model", "1.1.0").err
    empty.ok("release", "nlp-model", "1.1.0")


def test_dvc_in_a_subfolder_alone(empty: Repository) -> None:
    _begin(empty, ml=STAGES)
    empty.sh("git", "remote", "rename", "origin", "company")
    answer = empty.ok("init", "--format", "json").json
    assert answer["models"] == ["ml"] and "pull requests go to the remote company" in answer["notes"]
    assert not [note for note in answer["notes"] if "DVC" in note]
    _adopt(empty)
    empty.sh("git", "switch", "-q", "-c", "begin")
    empty.sh("git", "add", "--all")
    empty.sh("git", "commit", "-q", "-m", "Begin with mlops-gitops")
    empty.sh("git", "push", "-q", "company", "begin")
    empty.ok("pr", "open")
    empty.sh("git", "switch", "-q", "main")
    empty.merge()
    _forget(empty, "ml")
    _promote(empty, "ml", "ml")
    empty.ok("audit", "--data")

    shutil.rmtree(empty.root.parent / "storage")
    refused = empty.run("release", "ml", "1.1.0")
    assert "dvc --cd ml push" in refused.err and refused.code == 3
    empty.write("ml/train.py", "")
    assert "help: dvc --cd ml repro" in empty.run("validate").out


def _bytes(repository: Repository) -> list[tuple[str, str]]:
    """What doctor says of the bytes of the model cv."""
    checkups = repository.run("doctor", "cv", "--format", "json").json["checkups"]
    (found,) = [checkup for checkup in checkups if checkup["id"] == "bytes-pushed"]
    return [(answer["state"], answer["message"]) for answer in found["answers"]]


def test_a_project_that_is_not_merged_yet_is_not_looked_for_in_another_ones_remote(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../elsewhere\n"
    repository.write("cv/model.skops.dvc", f"outs:\n- md5: {'ab' * 16}\n  hash: md5\n  path: model.skops\n")
    repository.write("cv/metrics.json", '{"dice": 0.8}')
    repository.write("models/cv/README.md", CARD.replace("models/churn/", "cv/"))
    kpi = "  - {id: dice, metric: {file: cv/metrics.json, key: dice}, gate: {at_least: 0.7}}\n"
    repository.write("models/cv/kpis.yaml", f"apiVersion: mlops-gitops/v1\nkind: KPIs\nmodel: cv\nkpis:\n{kpi}")
    ((state, message),) = _bytes(repository)
    assert state == "fault" and not lacking(message, "cv/model.skops", "not in the DVC remote 'storage'")
    repository.write("cv/.dvc/config", remote)
    ((state, unmerged),) = _bytes(repository)
    assert state == "fault" and not lacking(unmerged, "cv/.dvc/config", "not on the base", "no job")
    repository.sh("git", "rm", "-q", "--cached", ".dvc/config", ".dvc/.gitignore")
    repository.sh("git", "commit", "-q", "-m", "Without settings")
    repository.sh("git", "push", "-q", "origin", "HEAD:main")
    assert _bytes(repository) == [("fault", unmerged)]
    monkeypatch.delenv("CI")  # a laptop reads by settings that no job has
    states = {message: state for state, message in _bytes(repository)}
    assert states.pop(unmerged) == "fault" and [*states.values()] == ["unverified"] and "elsewhere" in str(states)
    repository.write("cv/.dvc/config", "")
    assert [found for _, found in _bytes(repository) if not lacking(found, "no DVC remote is configured", "cv/.dvc")]
