"""Objects that git itself would not write, and that it reads: nothing is taken for what git does not take it for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import MAX_BYTES
from mlops_gitops.git import parse_output
from mlops_gitops.git.repository import Git

PEOPLE = b"author A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", tmp_path / "repository"], check=True)
    git = Git(str(tmp_path / "repository"))
    git.run("config", "user.name", "Alice")
    git.run("config", "user.email", "alice@example.org")
    return git


def _put(git: Git, kind: str, data: bytes) -> str:
    return git.run("hash-object", "-t", kind, "-w", "--literally", "--stdin", data=data).decode().strip()


def _folder(git: Git, *entries: tuple[str, str, str]) -> str:
    rows = (f"{mode} {name}\0".encode() + bytes.fromhex(id) for mode, name, id in entries)
    return _put(git, "tree", b"".join(rows))


def _commit(git: Git, tree: str, *parents: str, time: int = 1) -> str:
    names = "".join(f"parent {parent}\n" for parent in parents)
    return _put(
        git, "commit", f"tree {tree}\n{names}".encode() + PEOPLE.replace(b" 1 ", f" {time} ".encode()) + b"\nx\n"
    )


@pytest.fixture
def two(git: Git) -> tuple[str, str]:
    """Two folders with a file `b` of different bytes."""
    first, second = (_folder(git, ("100644", "b", _put(git, "blob", data))) for data in (b"first\n", b"second\n"))
    return first, second


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kind", ["folders", "folder and file", "files"])
def test_of_two_entries_with_one_path_the_one_that_is_checked_out_is_read(
    git: Git, two: tuple[str, str], kind: str, turned: bool
) -> None:
    files = [git.objects.folder(id)[0].id for id in two]
    entries = {
        "folders": [("40000", "a", two[0]), ("40000", "a", two[1])],
        "folder and file": [("40000", "a", two[0]), ("100644", "a/b", files[1])],
        "files": [("100644", "a/b", files[0]), ("100644", "a/b", files[1])],
    }[kind]
    head = _commit(git, _folder(git, *(reversed(entries) if turned else entries)))
    git.run("checkout", "--quiet", "--detach", head)
    assert git.tree(head).read("a/b") == Path(git.root, "a/b").read_bytes()


@pytest.mark.parametrize("turned", [False, True])
def test_a_second_entry_of_one_name_is_a_change(git: Git, two: tuple[str, str], turned: bool) -> None:
    base = _commit(git, _folder(git, ("40000", "a", two[0])))
    entries = [("40000", "a", two[0]), ("40000", "a", two[1])]
    head = _commit(git, _folder(git, *(reversed(entries) if turned else entries)), base)
    words = ("diff-tree", "-r", "--raw", "--no-renames", "--no-abbrev", "-z", base, head)
    wanted = {change.path: change.status for change in parse_output.changes(git.run(*words).decode())}
    assert git.changes(base, head) == wanted and "a/b" in wanted


@pytest.mark.parametrize("mode", ["00000000100644", "20000100755", "0040000"])
def test_a_mode_of_any_length(git: Git, two: tuple[str, str], mode: str) -> None:
    id = two[0] if mode == "0040000" else git.objects.folder(two[0])[0].id
    tree = _folder(git, (mode, "a", id))
    rows = [row.replace("\t", " ").split(" ") for row in git.text("ls-tree", "-r", tree).splitlines()]
    assert [(entry.mode, path) for path, entry in git.objects.flatten(tree).items()] == [
        (row[0], row[3]) for row in rows
    ]


def test_ids_in_capitals(git: Git, two: tuple[str, str]) -> None:
    base = _commit(git, two[0])
    head = _commit(git, two[1].upper(), base.upper())
    assert (git.tree_id(head), git.parents(head)) == (two[1], [base])
    assert git.is_ancestor(base, head) and [commit.sha for commit in git.between(base, head)] == [head]


@pytest.mark.parametrize("cut", [slice(0, 10), slice(0, 0)])
def test_a_commit_of_a_shortened_id_is_broken(git: Git, two: tuple[str, str], cut: slice) -> None:
    for data in (f"tree {two[0][cut]}\n", f"tree {two[0]}\nparent {two[0][cut]}\n"):
        head = _put(git, "commit", data.encode() + PEOPLE + b"\nx\n")
        with pytest.raises(Undecided, match="broken"):
            git.changes(head, head)


def test_a_commit_and_a_tag_of_any_size_are_found(git: Git, two: tuple[str, str]) -> None:
    head = git.commit_tree(two[0], (), "x" * (MAX_BYTES + 1))
    tag = git.make_tag("v1", head, "y" * (MAX_BYTES + 1), 1)
    file = _put(git, "blob", b"z" * (MAX_BYTES + 1))
    git.set_ref("refs/tags/v1", tag)
    git.set_ref("refs/tags/file", file)
    again = Git(git.root)
    assert again.resolve(head) == again.resolve("refs/tags/v1") == head and again.resolve("refs/tags/file") is None
    assert again.message(head) is None and again.parents(head) == []
    assert [found.name for found in again.tags_of(again.refs_below("refs/tags"))] == [
        "v1"
    ] and again.lightweight_tags() == {"file"}


def test_a_tag_of_an_id_of_the_other_hash_is_no_commit(git: Git, two: tuple[str, str]) -> None:
    name = "a" * 64  # a name of a reference, here
    tag = _put(git, "tag", f"object {name}\ntype commit\ntag x\ntagger A <a@example.org> 1 +0000\n\nx\n".encode())
    for id in (_commit(git, two[0]), tag):
        Path(git.root, ".git/refs/heads", name).write_text(f"{id}\n")
        assert Git(git.root).objects.commit_at(tag) is None


def test_a_commit_that_is_not_here_is_in_no_history(git: Git) -> None:
    assert not git.is_ancestor("1" * 40, "1" * 40)


def test_a_shared_commit_that_is_newer_than_its_child_is_not_new(git: Git, two: tuple[str, str]) -> None:
    begin = _commit(git, two[0], time=100)
    base = _commit(git, two[0], begin, time=99)
    head = _commit(git, two[0], begin, base, time=105)
    assert [commit.sha for commit in git.between(base, head)] == [head]


@pytest.mark.parametrize(
    ("name", "email", "wanted"),
    [(b"Ren\xe9", b"r@x.org", b"Ren\xe9 <r@x.org>"), (b"..", b"<r@x>.org", b"r@x.org <r@x.org>")],
)
def test_people_in_any_encoding_are_written_as_git_writes_them(
    git: Git, two: tuple[str, str], name: bytes, email: bytes, wanted: bytes
) -> None:
    for setting, value in (("user.name", name), ("user.email", email)):
        subprocess.run([b"git", b"config", setting.encode(), value], cwd=git.root, check=True)
    again = Git(git.root)
    head = again.commit_tree(two[0], (), "x\n")
    again.set_ref("refs/heads/main", head)
    assert b"\nauthor " + wanted + b" " in git.run("cat-file", "-p", head)
    git.run("fsck", "--strict")
