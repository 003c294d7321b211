"""The git program as it is started: where it fails, and what the environment cannot change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cases import cases
from forged_clones import FORGERIES
from house import Repository

from mlops_gitops.git.process import GitFailed, exchange, fields, run, start
from mlops_gitops.git.repository import open_repository


def test_a_command_that_fails_gives_the_last_line_that_git_printed(repository: Repository) -> None:
    with pytest.raises(GitFailed, match="could not get object info") as error:
        open_repository(str(repository.root)).run("cat-file", "-t", "1" * 40)
    assert "\n" not in error.value.message


def test_what_git_prints_comes_field_by_field_and_no_further_than_it_is_wanted(repository: Repository) -> None:
    words = ["ls-tree", "-r", "-z", "--name-only", "HEAD"]
    whole = run(str(repository.root), words).decode().rstrip("\0").split("\0")
    assert [*fields(str(repository.root), words)] == whole and "mlops.yaml" in whole
    some = fields(str(repository.root), words)
    assert next(some) == whole[0]
    some.close()
    with pytest.raises(GitFailed, match="git ls-tree failed"):
        next(fields(str(repository.root), ["ls-tree", "-z", "no-such-commit"]))


@cases("begin", [lambda folder: run(folder, ["version"]), lambda folder: exchange(folder, ["version"]),
                 lambda folder: start(folder, "version")])  # fmt: skip
def test_a_folder_that_is_missing_and_a_git_that_is_missing_are_two_reasons(
    begin: Callable[[str], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        with pytest.raises(GitFailed, match=f"no folder .*{name}"):
            begin(str(tmp_path / name))
    with monkeypatch.context() as alone, pytest.raises(FileNotFoundError, match="git is not installed"):
        alone.setenv("PATH", str(tmp_path))
        begin(str(tmp_path))


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"]
)
def test_a_variable_leads_git_to_no_other_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    head = repository.sh("git", "rev-parse", "HEAD")
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    git = open_repository(str(repository.root))
    assert git.resolve("HEAD") == head == git.resolve("refs/heads/main")
    assert git.file_at(head, "mlops.yaml") == (repository.root / "mlops.yaml").read_bytes()


def test_a_folder_whose_name_has_a_line_break_and_one_below_it(repository: Repository) -> None:
    other = repository.root.with_name("a\nb")
    repository.root.rename(other)
    for folder in (other, other / "models"):
        git = open_repository(str(folder))
        assert (git.root, git.layout.folder) == (str(other), str(other / ".git"))


def _history(repository: Repository) -> list[str]:
    git = open_repository(str(repository.root))
    return [commit.sha for commit in git.history(git.commit_of("HEAD"))]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_clone_that_shows_another_history_changes_none(
    repository: Repository, forge: Callable[[Path, str, str], None]
) -> None:
    for number in (1, 2):
        repository.write("notes.txt", f"{number}\n")
        repository.commit("More", push=False)
    first, *_, last = before = _history(repository)
    assert len(before) > 2
    forge(repository.root, first, last)
    assert repository.sh("git", "rev-list", "--first-parent", "refs/heads/main").split() == [last, first]
    assert _history(repository) == before


def test_a_call_that_is_too_long_is_not_taken_for_git_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        run(str(tmp_path), ("log", "x" * 3_000_000))
