"""Many fetched receipts lie in one file, and the user's own references hold what they held."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_git import sh

from mlops_gitops.git.refs import LOOSE, REMOTE_TAGS
from mlops_gitops.git.repository import Git

TAGS = f"+refs/tags/*:{REMOTE_TAGS}/*"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a branch and a tag of its own, whose remote has one commit."""
    root, remote = tmp_path / "clone", tmp_path / "remote.git"
    sh(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    sh(tmp_path, "init", "-q", "-b", "main", str(root))
    sh(root, "remote", "add", "origin", str(remote))
    sh(root, "commit", "-q", "--allow-empty", "-m", "one")
    sh(root, "push", "-q", "origin", "main")
    sh(root, "branch", "own")
    sh(root, "tag", "-a", "-m", "x", "own")
    return root


def tagged(root: Path, numbers: range) -> None:
    """Gives the remote a tag for each number."""
    head = sh(root, "rev-parse", "HEAD")
    lines = "".join(f"create refs/tags/churn#production#{number} {head}\n" for number in numbers)
    sh(root.parent / "remote.git", "update-ref", "--stdin", data=lines)


def loose(root: Path) -> int:
    """How many of the fetched tags lie in files of their own."""
    return sum(1 for path in (root / ".git" / REMOTE_TAGS).rglob("*") if path.is_file())


def fetched(root: Path) -> int:
    """How many tags of the remote a new process has after it fetched."""
    git = Git(str(root))
    git.fetch_once(TAGS)
    assert git.refs == dict(
        row.split(" ") for row in sh(root, "for-each-ref", "--format=%(refname) %(objectname)").split("\n")
    )
    return len(git.refs_below(REMOTE_TAGS))


def own(root: Path) -> str:
    """What the user's own references hold, HEAD among them."""
    return sh(root, "for-each-ref", "refs/heads", "refs/tags") + sh(root, "symbolic-ref", "HEAD")


def test_many_receipts_take_no_file_each(clone: Path) -> None:
    before = own(clone)
    tagged(clone, range(3))
    assert (fetched(clone), loose(clone)) == (3, 3), "a few are not worth a process"
    tagged(clone, range(3, LOOSE + 3))
    assert (fetched(clone), loose(clone)) == (LOOSE + 3, 0)
    sh(clone.parent / "remote.git", "tag", "-d", "churn#production#0")
    tagged(clone, range(LOOSE + 3, LOOSE + 5))
    assert (fetched(clone), loose(clone)) == (LOOSE + 4, 2)
    assert own(clone) == before


def test_receipts_count_where_they_cannot_be_packed(clone: Path) -> None:
    tagged(clone, range(LOOSE + 1))
    (clone / ".git/packed-refs.lock").touch()  # as another process leaves it that packs now, or was killed
    assert (fetched(clone), loose(clone)) == (LOOSE + 1, LOOSE + 1)
