"""What commits of a pull request bring in passing: a rebase would put it on the branch, commit by commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cases import cases

from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.pull_context import passing_files
from mlops_gitops.records.project import default_folders

FILES = (
    "promotions/staging/churn/0001-1.0.0.json", "environments/staging/churn.yaml", "releases/churn/1.0.0.yaml",
    "decisions/2026-11-24-leak.yaml", "mlops.yaml", "FREEZE", "models/churn/kpis.yaml", "models/churn/monitoring.yaml",
    ".dvc/config",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", tmp_path], check=True)
    for setting in ("user.name Alice", "user.email alice@example.org"):
        subprocess.run(["git", "config", *setting.split()], cwd=tmp_path, check=True)
    for name in (*FILES, "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    _commit(tmp_path)
    return tmp_path


def _commit(folder: Path) -> None:
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=folder, check=True)


def _passing(folder: Path) -> tuple[str, ...]:
    git = Git(str(folder))
    base, head = (git.run("rev-parse", name).decode().strip() for name in ("HEAD~2", "HEAD"))
    return passing_files(git, base, head, default_folders())


@cases("name", FILES)
def test_a_file_that_one_commit_removes_and_the_next_restores(folder: Path, name: str) -> None:
    (folder / name).unlink()
    _commit(folder)
    (folder / name).write_text(f"{name}\n")
    _commit(folder)
    assert _passing(folder) == (name,)


@cases("name", FILES)
def test_a_file_that_is_changed_and_put_back(folder: Path, name: str) -> None:
    (folder / name).write_text("other\n")
    _commit(folder)
    (folder / name).write_text(f"{name}\n")
    _commit(folder)
    assert _passing(folder) == (name,)


def test_a_link_and_a_submodule_in_the_place_of_a_record(folder: Path) -> None:
    record, text = folder / FILES[0], (folder / FILES[0]).read_text()
    record.unlink()
    record.symlink_to(text)  # the bytes of its blob are those of the file
    _commit(folder)
    record.unlink()
    record.write_text(text)
    _commit(folder)
    assert _passing(folder) == (FILES[0],)
    commit = Git(str(folder)).run("rev-parse", "HEAD").decode().strip()
    new = "promotions/staging/churn/0002-1.1.0.json"
    subprocess.run(["git", "update-index", "--add", "--cacheinfo", f"160000,{commit},{new}"], cwd=folder, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "x"], cwd=folder, check=True)
    _commit(folder)  # nothing is there in the work tree, so this one takes the submodule back
    assert _passing(folder) == (new,)


def test_what_stays_as_it_is_or_is_not_guarded(folder: Path) -> None:
    (folder / FILES[0]).unlink()
    (folder / "notes.txt").unlink()
    _commit(folder)
    (folder / "notes.txt").write_text("notes.txt\n")
    (folder / FILES[1]).write_text("other\n")
    _commit(folder)
    assert _passing(folder) == ()
