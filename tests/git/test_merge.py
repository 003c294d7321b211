"""Merges of the local forge: what git makes of objects, with no filter, driver or hook of theirs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlops_gitops.core.errors import Refused
from mlops_gitops.git import merge
from mlops_gitops.git.repository import Git


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository whose main and side both changed a file, in lines far apart, and whose attributes name programs."""
    root = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", root], check=True)
    entry = Git(str(root))
    entry.run("config", "user.name", "Alice")
    entry.run("config", "user.email", "alice@example.org")
    _commit(entry, "Begin", ".gitattributes", "* filter=planted merge=planted\n")
    _commit(entry, "Numbers", "numbers", "".join(f"{n}\n" for n in range(20)))
    entry.run("branch", "side")
    _commit(entry, "First", "numbers", "first\n" + "".join(f"{n}\n" for n in range(1, 20)))
    entry.run("checkout", "-q", "side")
    _commit(entry, "Last", "numbers", "".join(f"{n}\n" for n in range(19)) + "last\n", by="Carol <carol@example.org>")
    _commit(entry, "More", "more", "more\n", by="Carol <carol@example.org>")
    for name in ("filter.planted.smudge", "filter.planted.clean", "merge.planted.driver"):
        entry.run("config", name, f"touch {tmp_path}/{name}")
    return entry


def _commit(git: Git, message: str, path: str, text: str, by: str = "Alice <alice@example.org>") -> None:
    Path(git.root, path).write_text(text)
    git.run("add", path)
    git.run("commit", "-q", "--author", by, "-m", message)


def _tips(git: Git) -> tuple[str, str]:
    main, side = (git.text("rev-parse", f"refs/heads/{name}") for name in ("main", "side"))
    return main, side


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_both_sides_are_kept_and_nothing_is_run(git: Git, tmp_path: Path, how: str) -> None:
    main, side = _tips(git)
    made = merge.merged_commit(git, main, side, how, "Merged")
    lines = git.text("show", f"{made}:numbers").splitlines()
    assert (lines[0], lines[-1], git.text("show", f"{made}:more")) == ("first", "last", "more")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["repository"]


def test_what_each_kind_of_merge_makes(git: Git) -> None:
    main, side = _tips(git)
    merged, squashed, rebased = (
        merge.merged_commit(git, main, side, how, "Merged") for how in ("merge", "squash", "rebase")
    )
    assert git.parents(merged) == [main, side] and git.parents(squashed) == [main]
    written = git.text("log", "--reverse", "--format=%an %ae %s by %cn", f"{main}..{rebased}").splitlines()
    assert written == [f"Carol carol@example.org {subject} by Alice" for subject in ("Last", "More")]
    dates = [git.text("log", "--format=%at", f"{main}..{value}").split() for value in (side, rebased)]
    assert dates[0] == dates[1]


def test_a_conflict_is_refused(git: Git) -> None:
    _commit(git, "Other", "numbers", "other\n")
    main, side = _tips(git)
    for how in ("merge", "squash", "rebase"):
        with pytest.raises(Refused, match="does not merge cleanly"):
            merge.merged_commit(git, main, side, how, "Merged")


def test_a_rebase_leaves_out_what_the_base_has_already(git: Git) -> None:
    git.run("checkout", "-q", "--force", "main")  # its filter empties what it writes, so the rest looks changed
    git.run("config", "filter.planted.clean", "cat")
    _commit(git, "More", "more", "more\n")
    main, side = _tips(git)
    made = merge.merged_commit(git, main, side, "rebase", "Merged")
    assert git.text("log", "--format=%s", f"{main}..{made}").splitlines() == ["Last"]


def _rebased_author(git: Git, author: str) -> str:
    """The author of a commit on main's beginning, as that is after a rebase onto main."""
    main, side = _tips(git)
    begin = git.text("merge-base", main, side)
    tree = git.write_tree(begin, {"more": b"more\n"})
    git.objects.write()
    text = f"tree {tree}\nparent {begin}\nauthor {author}\ncommitter C <c@example.org> 2 +0000\n\nMore\n"
    head = git.run("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=text.encode()).decode().strip()
    made = merge.merged_commit(git, main, head, "rebase", "Merged")
    return git.text("cat-file", "-p", made).split("\n")[2]


@pytest.mark.parametrize(
    ("author", "wanted"),
    [
        ("A <<a@x.org> 1 +0000", "A <a@x.org> 1 +0000"),
        ("A <a@x.org> 1 +0000\nauthor B> <b@x.org> 1 +0000", "B <b@x.org> 1 +0000"),
        ("<a@x.org> 1 +0000\nencoding UTF-8", "a@x.org <a@x.org> 1 +0000"),
    ],
)
def test_a_rebase_mends_an_author_that_git_would_not_write(git: Git, author: str, wanted: str) -> None:
    assert _rebased_author(git, author) == f"author {wanted}"


@pytest.mark.parametrize("author", ["A <a@x.org>", "A <a@x.org> -1 +0000", "A", ""])
def test_a_rebase_of_a_commit_without_a_date_is_refused(git: Git, author: str) -> None:
    with pytest.raises(Refused, match="does not say when"):
        _rebased_author(git, author)
