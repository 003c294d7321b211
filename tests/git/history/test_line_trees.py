"""The trees of a line that is followed are those that git has of its commits."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.git.history.line_trees import LineTree, LineTrees
from mlops_gitops.git.repository import Git
from mlops_gitops.repository.snapshot import Snapshot

NAMES = ("dvc.lock", "dvc.yaml", "a", "b", ".hidden")
MODES = ("100644", "100644", "100755", "120000", "160000")
PEOPLE = "author A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n"
NAMED = frozenset({"dvc.lock", "a"})


def _path(draw: random.Random) -> str:
    return "/".join(draw.choices(NAMES, k=draw.randint(1, 3)))


def _line(root: Path, commits: int) -> Git:
    """A repository whose commits write, remove and swap files, links, submodules and folders at random."""
    draw, stream = random.Random(7), ""
    for _ in range(commits):
        stream += "commit refs/heads/main\ncommitter A <a@example.org> 1 +0000\ndata 1\nx\n"
        for _ in range(draw.randint(0, 4)):
            path, mode, text = _path(draw), draw.choice(MODES), str(draw.random())
            if draw.random() < 0.3:
                stream += f"D {path}\n"
            elif mode == "160000":
                stream += f"M {mode} {'1' * 39}{draw.randint(0, 9)} {path}\n"
            else:
                stream += f"M {mode} inline {path}\ndata {len(text)}\n{text}\n"
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", root], check=True)
    subprocess.run(["git", "-C", root, "fast-import", "--quiet"], input=stream.encode(), check=True)
    return Git(str(root))


def _read(tree: Tree, path: str) -> bytes | str | None:
    try:
        return tree.read(path)
    except Unreadable as error:
        return str(error)


def _facts(tree: Tree, paths: list[str]) -> list[object]:
    """What a tree answers."""
    listed = [list(tree.paths(folder)) for folder in ("", "a", "a/b", "b", ".hidden", "..")]
    return [
        *listed, list(tree.every()), list(tree.named(NAMED)),
        *((tree.exists(path), tree.identity(path), _read(tree, path)) for path in paths),
    ]  # fmt: skip


def test_a_followed_line_has_the_trees_that_git_has(tmp_path: Path) -> None:
    git = _line(tmp_path / "repository", 120)
    paths = [*{_path(random.Random(seed)) for seed in range(60)}, "../a", "a//b", "/a"]
    trees = LineTrees(git.objects, lambda commit: pytest.fail(f"{commit} was not at hand"))
    before: Tree | None = None
    for commit in trees.follow(git.history(git.commit_of("HEAD"))):
        tree, whole = trees(commit.sha).tree, git.tree(commit.sha)
        assert _facts(tree, paths) == _facts(whole, paths)
        if before is not None and commit.parent:
            assert trees(commit.parent).tree is before
            assert isinstance(tree, LineTree) and isinstance(before, LineTree)
            ids = [{path: (t.identity(path), _read(t, path)) for path in t.named(NAMED)} for t in (before, tree)]
            differing = {path for path in ids[0].keys() | ids[1].keys() if ids[0].get(path) != ids[1].get(path)}
            assert differing <= set(tree.differing(before, NAMED)) <= ids[0].keys() | ids[1].keys()
        before = tree


def test_what_git_alone_can_say_and_a_line_with_a_gap_are_left_to_git(tmp_path: Path) -> None:
    git = _line(tmp_path / "repository", 5)

    def put(kind: str, data: bytes) -> str:
        return git.run("hash-object", "-t", kind, "-w", "--literally", "--stdin", data=data).decode().strip()

    blobs = [put("blob", text) for text in (b"one", b"two")]
    twice = put("tree", b"".join(b"100644 a\0" + bytes.fromhex(blob) for blob in blobs))
    odd = put("commit", f"tree {twice}\nparent {git.commit_of('HEAD')}\n{PEOPLE}\nx\n".encode())
    line = git.history(odd)
    asked = list[str]()

    def at(commit: str) -> Snapshot:
        asked.append(commit)
        return Snapshot(git.tree(commit))

    trees = LineTrees(git.objects, at)
    found = [trees(commit.sha).tree.identity("a") for commit in trees.follow(line)]
    assert found == [git.tree(commit.sha).identity("a") for commit in line]
    assert asked == [odd]
    gap = [line[0], *line[2:5]]
    assert [trees(commit.sha).tree.identity("a") for commit in trees.follow(gap)] == [
        git.tree(commit.sha).identity("a") for commit in gap
    ]
    assert asked == [odd, *(commit.sha for commit in gap[1:])]
