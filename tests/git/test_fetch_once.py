"""What the remote lists decides whether anything is fetched: nothing is where this clone has it all."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import plain_git
import pytest
from house import DATES
from tracing import started, traced

from mlops_gitops.core.errors import Undecided
from mlops_gitops.git.parse_output import advertised
from mlops_gitops.git.refs import REMOTE_TAGS
from mlops_gitops.git.repository import Git

TAGS = f"+refs/tags/*:{REMOTE_TAGS}/*"
sh = partial(plain_git.sh, env=DATES)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a remote that has one commit, an annotated tag and two branches; `tip` is a second commit."""
    root, remote = tmp_path / "clone", tmp_path / "remote.git"
    sh(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    sh(tmp_path, "init", "-q", "-b", "main", str(root))
    sh(root, "remote", "add", "origin", "../remote.git")
    for number in ("1", "2"):
        sh(root, "commit", "-q", "--allow-empty", "-m", number)
    sh(root, "tag", "-a", "-m", "x", "v1", "HEAD^")
    sh(root, "push", "-q", "origin", "HEAD^:refs/heads/main", "HEAD^:refs/heads/topic", "v1", "HEAD:refs/kept/tip")
    return root


def synced(root: Path, trace: Path) -> tuple[dict[str, str], bool]:
    """The references that a new process has after `fetch_once`, and whether it fetched."""
    git = Git(str(root))
    with traced(trace):
        git.fetch_once(*git.branches, TAGS)
        git.fetch_once(*git.branches)
    refs = {ref: id for folder in ("refs/remotes/origin", REMOTE_TAGS) for ref, id in git.refs_below(folder).items()}
    commands = [command.split()[0] for command in started(trace)]
    assert commands.count("ls-remote") == 1
    return refs, "fetch" in commands


def test_what_changed_in_the_remote_is_fetched_and_nothing_else(clone: Path, tmp_path: Path) -> None:
    remote, tip = tmp_path / "remote.git", sh(clone, "rev-parse", "HEAD")
    changes = [
        ([], True),  # a first time
        ([], False),
        (["update-ref", "refs/heads/new", tip], True),
        (["update-ref", "refs/heads/main", tip], True),
        (["update-ref", "-d", "refs/heads/topic"], True),
        (["tag", "v2", tip], True),
        (["tag", "-f", "v1", tip], True),
        (["tag", "-d", "v2"], True),
        (["symbolic-ref", "HEAD", "refs/heads/new"], False),
        (["update-ref", "refs/heads/HEAD", tip], False),  # no branch of that name has room here
        (["update-ref", "refs/notes/commits", tip], False),
        ([], False),
    ]
    wrong = []
    for number, (words, fetches) in enumerate(changes):
        if words:
            sh(remote, *words)
        listed = [row.split() for row in sh(remote, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)",
                                            "refs/heads", "refs/tags").split("\n")]  # fmt: skip
        found = synced(clone, tmp_path / f"trace-{number}")
        if found != ({name: id for name, id in listed if name != "HEAD"}, fetches):
            wrong.append((words, found))
    assert wrong == []
    assert Git(str(clone)).default_branch() == "new"


def test_a_remote_that_cannot_be_read_is_named(clone: Path) -> None:
    sh(clone, "remote", "set-url", "origin", "../gone.git")
    with pytest.raises(Undecided, match="remote 'origin' cannot be read"):
        Git(str(clone)).fetch_once(TAGS)


def test_a_listing_is_read_as_git_writes_it() -> None:
    listing = advertised(
        "ref: refs/heads/main\tHEAD\n1\tHEAD\n2\trefs/heads/HEAD\n1\trefs/heads/main\n"
        "3\trefs/tags/v1\n1\trefs/tags/v1^{}\n"
    )
    assert (listing.default, list(listing.refs)) == ("main", ["refs/heads/HEAD", "refs/heads/main", "refs/tags/v1"])
    assert listing.brought(["refs/heads/main:refs/x/main", "+refs/tags/*:refs/y/*", "^refs/heads/HEAD"]) == {
        "refs/x/main": "1",
        "refs/y/v1": "3",
    }
    assert advertised("").default is None
    assert advertised("1\tHEAD\n1\trefs/heads/main\n").default is None
