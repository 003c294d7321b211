"""Models and data that Git LFS keeps: each command says so, and what it says to do solves it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cases import cases
from house import Repository
from messages import lacking

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.verify import LfsPointer, write_verified

MODEL, METRICS = "models/churn/model.skops", "metrics.json"
ATTRIBUTES = "*.skops filter=lfs diff=lfs merge=lfs -text\n"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4" * 64 + "\nsize 9\n"
HOW_TO = "docs/how-to/move-from-git-lfs.md"


def _errors(repository: Repository, *args: object) -> dict[str, str]:
    found = repository.run(*args, "--format", "json").json["diagnostics"]
    return {d["rule"]: f"{d['path']} {d['message']} {d.get('help')}" for d in found if d["severity"] == "error"}


def _in_lfs(repository: Repository) -> None:
    """The model is in Git, as a pointer; a clone with git lfs has the bytes in its work tree."""
    (repository.root / "dvc.lock").unlink()
    (repository.root / "dvc.yaml").unlink()
    (repository.root / "models/churn/.gitignore").unlink()
    repository.write(MODEL, POINTER)
    repository.sh("git", "add", "--force", MODEL)
    repository.begin_so()
    repository.write(".gitattributes", ATTRIBUTES)
    repository.sh("git", "add", ".gitattributes")
    repository.begin_so()
    repository.sh("git", "update-index", "--assume-unchanged", MODEL)


def test_a_model_in_lfs_is_named_everywhere(repository: Repository) -> None:
    for content in (POINTER, "model 42\n"):
        if content == POINTER:
            _in_lfs(repository)
        repository.write(MODEL, content)
        found = _errors(repository, "validate")["git-lfs"]
        assert not lacking(found, "models/churn/README.md", MODEL, HOW_TO)
        for more in ((), ("--local",)):
            answer = repository.run("release", "churn", "1.0.0", *more)
            assert answer.code == 2 and not lacking(answer.err, MODEL, "Git LFS", f"dvc add {MODEL}"), answer
        assert not lacking(repository.run("init").out, MODEL, "Git LFS", HOW_TO)
    _moved(repository)
    assert "git-lfs" not in _errors(repository, "validate")
    assert (repository.root / f"{MODEL}.dvc").exists()


def _moved(repository: Repository) -> None:
    """What the page says, in a clone that has the bytes."""
    repository.sh("git", "rm", "-q", "--cached", MODEL)
    repository.sh("dvc", "add", "-q", MODEL)
    repository.sh("git", "add", f"{MODEL}.dvc", "models/churn/.gitignore")


@cases("hash", ["git", "dvc"])
def test_a_pointer_with_the_right_digest_is_not_the_file(hash: str, tmp_path: Path) -> None:
    """`dvc add` in a clone without git lfs: the digest is right, and of a pointer."""
    data, target = POINTER.encode(), tmp_path / "copy"
    pin = Pin(MODEL, git_blob=git_blob(data)) if hash == "git" else Pin(MODEL, hashlib.md5(data).hexdigest(), "md5")
    with pytest.raises(LfsPointer) as refused:
        write_verified(pin, lambda _: iter([data[:9], data[9:]]), str(target), lambda _: None)
    assert not lacking(refused.value.message, MODEL, "Git LFS pointer") and HOW_TO in refused.value.help
    assert not list(tmp_path.iterdir())
    write_verified(Pin(MODEL, git_blob=git_blob(b"bytes")), lambda _: iter([b"bytes"]), str(target), lambda _: None)


def test_a_gate_takes_no_number_from_a_pointer(repository: Repository) -> None:
    repository.write(METRICS, POINTER)
    repository.write("data/holdout.csv", POINTER)
    results = {kpi["id"]: kpi for kpi in repository.run("gate", "churn", "--format", "json").json["kpis"]}
    for kpi, path in (("latency", METRICS), ("accuracy", "data/holdout.csv")):
        assert results[kpi]["outcome"] == "not_available"
        assert not lacking(results[kpi]["message"], path, "Git LFS"), results[kpi]


def test_our_own_files_belong_into_git_itself(repository: Repository) -> None:
    repository.write("models/churn/kpis.yaml", POINTER)
    assert not lacking(_errors(repository, "validate")["unreadable"], "models/churn/kpis.yaml", "Git LFS pointer")
