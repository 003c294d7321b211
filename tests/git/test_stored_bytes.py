"""The bytes that Git stores for a file of a work tree are those that `git add` makes of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from cases import cases

from mlops_gitops.documents.tree import Unreadable, WorkTree
from mlops_gitops.git.stored_bytes import as_stored

CRLF, LF, MIXED = b"a\r\nb\r\n", b"a\nb\n", b"a\r\nb\n"
FILE = "docs/note.md"


def git(root: Path, *words: str) -> bytes:
    """Runs git in a repository."""
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True).stdout


def repository(root: Path, attributes: str, settings: Mapping[str, str], data: bytes) -> WorkTree:
    """A repository with these settings and attributes, and a file that Git does not know yet."""
    git(root, "init", "-q")
    for name, value in settings.items():
        git(root, "config", name, value)
    (root / "docs").mkdir()
    if attributes:
        (root / ".gitattributes").write_text(attributes)
    (root / FILE).write_bytes(data)
    return WorkTree(str(root), as_stored)


@cases("settings, attributes, data", [
    (settings, attributes, data)
    for settings in ({}, {"core.autocrlf": "true"}, {"core.autocrlf": "input"})
    for attributes in ("", "* text=auto", "*.md -text", "docs/* eol=crlf")
    for data in (MIXED,)
] + [
    ({}, "", LF), ({"core.autocrlf": "true"}, "", LF), ({"core.autocrlf": "true"}, "", b"a\r\n\0\r\n"),
    ({"core.autocrlf": "true", "core.safecrlf": "true"}, "", MIXED),
    ({"core.autocrlf": "true"}, "", b"a\r\r\nb\r"), ({}, "*.md ident", b"$Id: 1 $\n"),
    ({}, "*.md text working-tree-encoding=UTF-16LE", "ä\r\n".encode("utf-16-le")),
    ({}, "[attr]page ident\n*.md page", b"$Id: 1 $\n"), ({}, "*.md filter=absent", LF),
])  # fmt: skip
def test_it_is_what_git_add_stores(tmp_path: Path, settings: Mapping[str, str], attributes: str, data: bytes) -> None:
    tree = repository(tmp_path, attributes, settings, data)
    before = sorted(path for path in (tmp_path / ".git").rglob("*") if path.is_file())
    stored = tree.stored(FILE)
    assert sorted(path for path in (tmp_path / ".git").rglob("*") if path.is_file()) == before
    git(tmp_path, "-c", "core.safecrlf=false", "add", FILE)
    assert stored == git(tmp_path, "cat-file", "blob", f":{FILE}")
    assert tree.stored(FILE) == stored  # and the same once it is there
    assert tree.read(FILE) == data


def test_a_file_that_git_holds_with_crlf_stays_so_until_it_is_changed(tmp_path: Path) -> None:
    """Git turns no line ends of a file that has CRLF in its index, unless an attribute says so."""
    tree = repository(tmp_path, "", {}, CRLF)
    git(tmp_path, "add", FILE)
    git(tmp_path, "config", "core.autocrlf", "true")
    assert tree.stored(FILE) == CRLF
    (tmp_path / FILE).write_bytes(CRLF + CRLF)
    assert tree.stored(FILE) == CRLF + CRLF
    (tmp_path / ".gitattributes").write_text("*.md text\n")
    assert tree.stored(FILE) == LF + LF


def test_no_filter_is_run_and_the_index_says_what_git_stores(tmp_path: Path) -> None:
    tree = repository(tmp_path, "*.md filter=strip", {"filter.strip.clean": "touch ran; tr a-z A-Z"}, LF)
    with pytest.raises(Unreadable, match=r"filter 'strip'.*git add docs/note.md"):
        tree.stored(FILE)
    assert not (tmp_path / "ran").exists()
    git(tmp_path, "add", FILE)
    (tmp_path / "ran").unlink()
    os.utime(tmp_path / FILE, (1, 1))
    assert tree.stored(FILE) == b"A\nB\n"
    assert not (tmp_path / "ran").exists()


def test_attributes_of_the_clone_count(tmp_path: Path) -> None:
    tree = repository(tmp_path, "", {"filter.strip.clean": "tr a-z A-Z"}, LF)
    (tmp_path / ".git/info/attributes").write_text("*.md filter=strip\n")
    with pytest.raises(Unreadable):
        tree.stored(FILE)


def test_without_a_repository_a_file_is_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_bytes(CRLF)
    assert WorkTree(str(tmp_path), as_stored).stored("note.md") == CRLF
    assert WorkTree(str(tmp_path), as_stored).stored("absent.md") is None
