"""After a merge the clone follows, where that loses nothing and runs no program of its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_git import sh

from mlops_gitops.git.fast_forward import fast_forward
from mlops_gitops.git.repository import Git


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone on the branch `change`, which its remote has just merged into `main`; its own `main` is behind."""
    root, remote = tmp_path / "clone", tmp_path / "remote.git"
    sh(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    sh(tmp_path, "init", "-q", "-b", "main", str(root))
    sh(root, "remote", "add", "origin", str(remote))
    (root / "a.txt").write_text("one\n")
    sh(root, "add", ".")
    sh(root, "commit", "-q", "-m", "one")
    sh(root, "switch", "-q", "-c", "change")
    (root / "a.txt").write_text("two\n")
    sh(root, "commit", "-q", "-a", "-m", "two")
    sh(root, "push", "-q", "origin", "main", "change")
    sh(root, "push", "-q", "origin", "change:main")
    sh(root, "fetch", "-q")
    return root


def followed(root: Path, head: str = "change") -> str:
    """Why the clone does not follow; empty where it does."""
    return fast_forward(Git(str(root)), "main", "change", sh(root, "rev-parse", head))


def place(root: Path) -> tuple[str, str]:
    return sh(root, "branch", "--show-current"), sh(root, "rev-parse", "HEAD")


@pytest.mark.parametrize("begin", [
    ("status",),
    ("switch", "-q", "main"),
    ("branch", "-q", "-D", "main"),  # it is made, and follows the remote's
])  # fmt: skip
def test_it_goes_to_what_was_merged(clone: Path, begin: tuple[str, ...]) -> None:
    sh(clone, *begin)
    assert followed(clone) == ""
    assert place(clone) == ("main", sh(clone, "rev-parse", "origin/main"))


@pytest.mark.parametrize("words, fact", [
    ([("switch", "-q", "-c", "other")], "on other"),
    ([("switch", "-q", "--detach")], "on no branch"),
    ([("commit", "-q", "--allow-empty", "-m", "later")], "change has commits"),
    ([("commit", "-q", "--allow-empty", "-m", "x"), ("branch", "-q", "-f", "main"), ("reset", "-q", "--hard", "HEAD^")],
     "main has commits"),
    ([("update-ref", "-d", "refs/remotes/origin/main")], "no branch main"),
    ([("config", "filter.mine.smudge", "touch ran")], "'mine'"),
])  # fmt: skip
def test_a_clone_that_would_lose_something_stays_where_it_is(
    clone: Path, words: list[tuple[str, ...]], fact: str
) -> None:
    merged = sh(clone, "rev-parse", "change")
    for each in words:
        sh(clone, *each)
    before = place(clone)
    assert fact in followed(clone, merged)
    assert place(clone) == before and not (clone / "ran").exists()


def test_changes_that_are_not_committed_stay(clone: Path) -> None:
    (clone / "a.txt").write_text("mine\n")
    assert "not committed" in followed(clone)
    assert (clone / "a.txt").read_text() == "mine\n"


def test_a_file_that_git_does_not_know_is_not_overwritten(clone: Path) -> None:
    sh(clone, "switch", "-q", "main")
    sh(clone, "switch", "-q", "-c", "third", "origin/main")
    (clone / "b.txt").write_text("theirs\n")
    sh(clone, "add", ".")
    sh(clone, "commit", "-q", "-m", "three")
    sh(clone, "push", "-q", "origin", "third:main")
    sh(clone, "switch", "-q", "main")
    (clone / "b.txt").write_text("mine\n")
    assert "b.txt" in followed(clone)
    assert (clone / "b.txt").read_text() == "mine\n" and place(clone)[0] == "main"
