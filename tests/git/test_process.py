"""The git program as it is started: where it fails, and what the environment cannot change."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import Repository

from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import open_repository


def test_a_command_that_fails_gives_the_last_line_that_git_printed(repository: Repository) -> None:
    with pytest.raises(GitFailed, match="could not get object info") as error:
        open_repository(str(repository.root)).run("cat-file", "-t", "1" * 40)
    assert "\n" not in error.value.message


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


def test_grafts_and_replaced_commits_change_no_history(repository: Repository) -> None:
    for number in (1, 2):
        repository.write("notes.txt", f"{number}\n")
        repository.commit("More", push=False)
    first, *_, last = before = _history(repository)
    assert len(before) > 2
    (repository.root / ".git/info").mkdir(exist_ok=True)
    (repository.root / ".git/info/grafts").write_text(f"{last} {first}\n")
    assert _history(repository) == before
    (repository.root / ".git/info/grafts").unlink()
    repository.sh("git", "replace", "--graft", last, first)
    assert _history(repository) == before


def test_a_forged_commit_graph_changes_no_history(repository: Repository) -> None:
    """The graph says that the parent of the newest commit is the first one; git believes it, if it may."""
    for number in (1, 2):
        repository.write("notes.txt", f"{number}\n")
        repository.commit("More", push=False)
    first, *_, last = before = _history(repository)
    repository.sh("git", "commit-graph", "write", "--reachable")
    graph = repository.root / ".git/objects/info/commit-graph"
    data = bytearray(graph.read_bytes())
    chunks = {bytes(data[at : at + 4]): int.from_bytes(data[at + 4 : at + 12]) for at in range(8, 8 + 12 * data[6], 12)}
    ids = chunks[b"OIDL"]
    order = [data[ids + 20 * n : ids + 20 * n + 20].hex() for n in range((chunks[b"CDAT"] - ids) // 20)]
    parent = chunks[b"CDAT"] + 36 * order.index(last) + 20
    data[parent : parent + 4] = order.index(first).to_bytes(4)
    graph.chmod(0o644)
    graph.write_bytes(data)
    assert repository.sh("git", "log", "--format=%H", "main").split() == [last, first]
    assert _history(repository) == before
