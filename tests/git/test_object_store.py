"""Objects as values: what is read of them and made of them is what git itself says and makes."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.git import parse_output
from mlops_gitops.git.object_reader import TooLarge
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import Git

PERSON = "Alice <alice@example.org>"


def _repository(root: Path, *words: str) -> Git:
    subprocess.run(["git", "init", "-q", "--template=", "-b", "main", *words, root], check=True)
    git = Git(str(root))
    git.run("config", "user.name", "Alice")
    git.run("config", "user.email", "alice@example.org")
    return git


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return _repository(tmp_path / "repository")


def _put(git: Git, kind: str, data: bytes) -> str:
    return git.run("hash-object", "-t", kind, "-w", "--literally", "--stdin", data=data).decode().strip()


def _tree(git: Git, *rows: str) -> str:
    return git.run("mktree", data="".join(f"{row}\n" for row in rows).encode()).decode().strip()


def _commit(git: Git, tree: str, *parents: str, time: int = 1) -> str:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"{role} {PERSON} {time} +0000" for role in ("author", "committer")]
    return _put(git, "commit", "\n".join([*lines, "", "x\n"]).encode())


@pytest.fixture
def based(git: Git) -> tuple[Git, str]:
    """A commit with files, folders, a link, a program and a submodule, whose names git sorts in its own way."""
    blob = _put(git, "blob", b"one\n")
    below = _tree(git, f"100644 blob {blob}\tb", f"120000 blob {blob}\tlink")
    rows = [
        f"100644 blob {blob}\ta-b",
        f"040000 tree {below}\ta",
        f"100755 blob {blob}\trun",
        f"100644 blob {blob}\ta.c",
    ]
    deep = _tree(git, f"040000 tree {below}\tdeep", f"160000 commit {'1' * 40}\tsub")
    return git, _commit(git, _tree(git, *rows, f"040000 tree {deep}\tz"))


def _by_index(git: Git, base: str, files: dict[str, bytes | None], folder: Path) -> str:
    env = {"GIT_INDEX_FILE": str(folder / "index")}
    git.run("read-tree", base, env=env)
    for path, data in files.items():
        mode, id = ("100644", _put(git, "blob", data)) if data is not None else ("0", "0" * 40)
        git.run("update-index", "-z", "--index-info", data=f"{mode} {id}\t{path}\0".encode(), env=env)
    return git.run("write-tree", env=env).decode().strip()


@pytest.mark.parametrize(
    "files",
    [
        {"new": b"x"}, {"a/b": b"x", "a/new": b"y", "n/e/w": b""}, {"a/b": None}, {"a/b": None, "a/link": None},
        {"z/deep/b": None, "z/deep/link": None, "z/sub": None}, {"run": b"x"}, {"a/link": b"x"}, {"gone": None},
        {"a/gone/b": None}, {"a": None}, {"a-b/x": None}, {"a-b": None, "a-b/x": b"y"}, {"ünï/ö": b"x"},
        {"a": None, "a-b": None, "a.c": None, "run": None, "a/b": None, "a/link": None, "z/deep/b": None,
         "z/deep/link": None, "z/sub": None},
    ],
    ids=lambda files: " ".join(files)[:40],
)  # fmt: skip
def test_a_tree_is_the_one_that_git_makes(
    based: tuple[Git, str], tmp_path: Path, files: dict[str, bytes | None]
) -> None:
    git, base = based
    made = git.write_tree(base, files)
    assert made == _by_index(git, base, files, tmp_path)
    commit = git.commit(base, files, "Made")
    assert git.text("ls-tree", "-r", commit) == git.text("ls-tree", "-r", made)


@pytest.mark.parametrize("path", ["a", "a-b/x", "z/deep", "../x", "/x", "", ".git/config"])
def test_no_file_takes_the_place_of_a_folder_or_lies_outside(based: tuple[Git, str], path: str) -> None:
    git, base = based
    with pytest.raises(GitFailed):
        git.write_tree(base, {path: b"x"})


def test_objects_of_sha_256(tmp_path: Path) -> None:
    git = _repository(tmp_path / "repository", "--object-format=sha256")
    base = git.commit_tree(git.make_tree({"a": b"x"}, 64), (), "Begin")
    made = git.commit(base, {"b/c": b"y"}, "Made")
    assert git.text("ls-tree", "-r", "--name-only", made).split() == ["a", "b/c"]
    assert git.changes(base, made) == {"b/c": "A"} and git.parents(made) == [base]
    git.run("fsck", "--strict")


def test_what_is_made_is_readable_at_once_and_written_when_it_is_named(git: Git) -> None:
    base = git.commit_tree(git.make_tree({"a": b"x"}, 40), (), "Begin")
    assert git.file_at(base, "a") == b"x" and git.tree(base).read("a") == b"x"
    assert git.text("count-objects") == "0 objects, 0 kilobytes"
    git.set_ref("refs/heads/main", base)
    assert git.text("cat-file", "-p", "refs/heads/main:a") == "x"
    git.run("fsck", "--strict")


def test_a_commit_is_the_one_that_git_makes(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git.run("config", "user.name", " Alice <A.> <B.>, ")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1700000000 +0130")
    for date in ("@1600000000 -0800", "2020-02-02T02:02:02Z"):
        monkeypatch.setenv("GIT_AUTHOR_DATE", date)
        again = Git(git.root)
        made = again.commit_tree(again.make_tree({"a": b"x"}, 40), (), "Message\n\nwith ünï\n")
        git.objects.write()
        again.objects.write()
        words = ("commit-tree", again.tree_id(made), "-F", "-")
        env = {"GIT_AUTHOR_EMAIL": "alice@example.org", "GIT_COMMITTER_EMAIL": "alice@example.org"}
        assert git.run(*words, data="Message\n\nwith ünï\n".encode(), env=env).decode().strip() == made


def test_a_tag_is_the_one_that_git_makes(based: tuple[Git, str]) -> None:
    git, base = based
    made = git.make_tag("churn@v1.0.0", base, "message\n", 5)
    git.set_ref("refs/tags/churn@v1.0.0", made)
    assert git.run("mktag", data=git.objects.read(made).data).decode().strip() == made
    (tag,) = git.tags_of(git.refs_below("refs/tags"))
    assert (tag.name, tag.target, tag.message, tag.time) == ("churn@v1.0.0", base, "message\n", 5)


def test_a_message_with_a_nul_is_refused(based: tuple[Git, str]) -> None:
    git, base = based
    with pytest.raises(GitFailed, match="NUL"):
        git.commit(base, {}, "a\0b")


def _listed(git: Git, tree: str) -> dict[str, tuple[str, str]]:
    rows = git.run("ls-tree", "-r", "-z", tree).decode("utf-8", "surrogateescape").split("\0")
    parts = [(row.partition("\t")[0].split(" "), row.partition("\t")[2]) for row in rows if row]
    return {path: (mode, id) for (mode, _, id), path in parts}


def test_modes_that_git_does_not_write_are_read_as_git_reads_them(git: Git) -> None:
    blob = bytes.fromhex(_put(git, "blob", b"x"))
    modes = ["100644", "100664", "100777", "120777", "160777", "140000", "0100644", "100600"]
    data = b"".join(mode.encode() + b" %02d" % n + b"\0" + blob for n, mode in enumerate(modes))
    tree = _put(git, "tree", data)
    found = {path: (entry.mode, entry.id) for path, entry in git.objects.flatten(tree).items()}
    assert found == _listed(git, tree)


@pytest.mark.parametrize("data", [b"100644 a\0" + b"1" * 19, b"100644 \0" + b"1" * 20, b"100944 a\0" + b"1" * 20, b"x"])
def test_a_broken_folder_is_said_to_be_broken(git: Git, data: bytes) -> None:
    tree = _put(git, "tree", data)
    with pytest.raises(GitFailed):
        git.run("ls-tree", "-r", tree)
    with pytest.raises(Undecided, match="broken"):
        git.objects.flatten(tree)


def _random_tree(git: Git, draw: random.Random, depth: int) -> str:
    rows = []
    for name in draw.sample(["a", "a-b", "a.c", "b", "ü"], draw.randint(1, 4)):
        kind = draw.choice(["100644", "100644", "100755", "120000", "160000", "040000"])
        if kind == "040000" and depth:
            rows.append(f"040000 tree {_random_tree(git, draw, depth - 1)}\t{name}")
        elif kind == "160000":
            rows.append(f"160000 commit {draw.choice('12') * 40}\t{name}")
        else:
            mode = kind if kind != "040000" else "100644"
            rows.append(f"{mode} blob {_put(git, 'blob', draw.choice([b'1', b'2']))}\t{name}")
    return _tree(git, *rows)


def test_changes_are_those_that_git_tells(git: Git) -> None:
    draw = random.Random(7)
    commits = [_commit(git, _random_tree(git, draw, 2)) for _ in range(8)]
    kinds = set()
    for base in commits:
        for head in commits:
            words = ("diff-tree", "-r", "--ignore-submodules=none", "--raw", "--no-renames", "--no-abbrev", "-z")
            printed = git.run(*words, base, head).decode("utf-8", "surrogateescape")
            wanted = {change.path: change.status for change in parse_output.changes(printed)}
            assert list(git.changes(base, head).items()) == list(wanted.items())
            kinds |= set(wanted.values())
    assert kinds == {"A", "M", "D"}


def _random_history(git: Git, draw: random.Random, commits: int, clock: Callable[[int], int]) -> list[str]:
    tree, made = _tree(git), list[str]()
    for n in range(commits):
        parents = draw.sample(made[-6:], min(len(made), draw.choice([0, 1, 1, 1, 2, 3]) if n % 9 else 0))
        made.append(_commit(git, tree, *parents, time=clock(n)))
    return made


@pytest.mark.parametrize("clock", [lambda n: 100 + n, lambda n: 100 + n // 5], ids=["clocks agree", "many at once"])
def test_histories_are_walked_as_git_walks_them(git: Git, clock: Callable[[int], int]) -> None:
    draw = random.Random(3)
    commits = _random_history(git, draw, 30, clock)
    for base, head in _pairs(commits, draw, 60):
        _walks_alike(git, base, head)


def test_long_histories_are_walked_by_git(git: Git) -> None:
    stream = "".join(
        f"commit refs/heads/{branch}\nmark :{n}\ncommitter {PERSON} {n} +0000\ndata 0\n{start}\n"
        for branch, numbers in (("main", range(1, 1203)), ("side", range(2001, 2004)))
        for n, start in zip(numbers, ["from :1\n" if branch == "side" else "", *[""] * len(numbers)], strict=False)
    )
    git.run("fast-import", "--quiet", data=stream.encode())
    main, side = (git.commit_of(f"refs/heads/{name}") for name in ("main", "side"))
    first = git.text("rev-list", "--max-parents=0", main)
    for base, head in ((main, side), (side, main), (first, main), (main, first), (first, side)):
        _walks_alike(git, base, head)


def test_where_clocks_differ_nothing_is_taken_for_new_that_both_have(git: Git) -> None:
    draw = random.Random(5)
    commits = _random_history(git, draw, 30, lambda n: 100 + draw.randint(-20, 20))
    for base, head in _pairs(commits, draw, 60):
        wanted = set(git.text("rev-list", f"{base}..{head}", "--").split())
        assert {commit.sha for commit in git.between(base, head)} == wanted
        assert git.is_ancestor(base, head) == _git_is_ancestor(git, base, head)


def _pairs(commits: list[str], draw: random.Random, number: int) -> Iterator[tuple[str, str]]:
    return ((draw.choice(commits), draw.choice(commits)) for _ in range(number))


def _git_is_ancestor(git: Git, base: str, head: str) -> bool:
    try:
        git.run("merge-base", "--is-ancestor", base, head)
    except GitFailed:
        return False
    return True


def _walks_alike(git: Git, base: str, head: str) -> None:
    printed = git.run("log", "-z", "--reverse", "--format=%H%n%P%n%ae%n%ce", f"{base}..{head}", "--")
    assert git.between(base, head) == parse_output.branch_commits(printed.decode())
    assert git.is_ancestor(base, head) == _git_is_ancestor(git, base, head)
    assert git.first_parents(base, head) == git.text("rev-list", "--first-parent", f"{base}..{head}", "--").split()


@pytest.mark.parametrize(
    "author",
    ["Ünï <ü@example.org> 1 +0000", "<a@example.org> 1 +0000", "A <a@x> <b@y> 1 +0000", "A <a@x 1 +0000",
     "A a@x 1 +0000", "A <a@x> 99999999999999999999 +0000", "A <a@x>", "A <<a@x> 1 +0000", "A < a@x > 1 +0000",
     "A <a@x> 1 +0000\nauthor B <b@y> 1 +0000", "A <a@x> 1 +0000\nencoding ISO-8859-1"],
)  # fmt: skip
def test_people_are_those_that_git_reads(git: Git, author: str) -> None:
    tree = _tree(git)
    begin = _commit(git, tree)
    text = f"tree {tree}\nparent {begin}\nauthor {author}\ncommitter {PERSON} 2 +0000\n\nx\n"
    for encoding in ("utf-8", "latin-1"):
        head = _put(git, "commit", text.encode(encoding))
        printed = git.run("log", "-z", "--format=%H%n%P%n%ae%n%ce", f"{begin}..{head}", "--").decode("utf-8", "replace")
        assert git.between(begin, head) == parse_output.branch_commits(printed)


def test_neither_a_replacement_nor_a_graft_changes_what_is_read(based: tuple[Git, str]) -> None:
    git, base = based
    other = _commit(git, _tree(git), time=7)
    git.run("replace", base, other)
    Path(git.root, ".git/info").mkdir(exist_ok=True)
    Path(git.root, ".git/info/grafts").write_text(f"{other} {base}\n")
    tree, again = git.text("rev-parse", f"{base}^{{tree}}"), Git(git.root)
    assert again.tree_id(base) == tree and again.parents(other) == [] and not again.is_ancestor(base, other)


def test_an_object_that_is_too_large_is_not_read(git: Git) -> None:
    large, small = _put(git, "blob", b"x" * 5000), _put(git, "blob", b"x")
    with pytest.raises(TooLarge) as error:
        git.objects.read(large, 4999)
    assert (error.value.size, error.value.kind) == (5000, "blob")
    assert git.objects.read(small).data == b"x" and git.objects.read(large, 5000).data == b"x" * 5000


def test_the_process_that_answers_starts_again_where_it_ended(based: tuple[Git, str], tmp_path: Path) -> None:
    git, base = based
    git.tree(base)
    git.objects.close()
    assert git.blob(str(git.tree(base).blob_id("a-b"))) == b"one\n"
    with pytest.raises(Undecided, match="not here"):
        git.blob("1" * 40)
    with pytest.raises(Undecided, match="not the id of a blob"):
        git.blob(base)
