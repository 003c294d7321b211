"""git: its facts as the rest of the house needs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import Repository

from mlops_gitops.edges.git import open_repository
from mlops_gitops.errors import Undecided
from mlops_gitops.tree import Unreadable, WorkTree


def test_a_revision_and_the_work_tree_give_the_same_view(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    committed, work = git.tree("HEAD"), WorkTree(str(repository.root))
    tracked = list(committed.paths("models"))
    assert tracked == ["models/churn/.gitignore", "models/churn/README.md", "models/churn/kpis.yaml"]
    assert set(tracked) <= set(work.paths("models"))
    assert all(committed.read(path) == work.read(path) for path in tracked)


def test_a_link_in_a_revision_is_refused_as_in_the_work_tree(repository: Repository) -> None:
    (repository.root / "models/churn/kpis.yaml").unlink()
    (repository.root / "models/churn/kpis.yaml").symlink_to("README.md")
    repository.commit("Link", push=False)
    for tree in (open_repository(str(repository.root)).tree("HEAD"), WorkTree(str(repository.root))):
        with pytest.raises(Unreadable, match="symbolic link"):
            tree.read("models/churn/kpis.yaml")


def test_a_commit_is_made_without_touching_the_work_tree(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    made = git.commit("HEAD", {"a/b.txt": b"new\n", "metrics.json": None}, "Made\n")
    assert git.changes(git.commit_of("HEAD"), made) == {"a/b.txt": "A", "metrics.json": "D"}
    assert repository.sh("git", "status", "--short") == ""


def test_history_is_first_parent_with_what_a_merge_brought(repository: Repository) -> None:
    repository.sh("git", "checkout", "-q", "-b", "topic")
    repository.write("with space/ünï.txt", "x\n")
    repository.commit("Topic", push=False)
    repository.sh("git", "checkout", "-q", "main")
    repository.sh("git", "merge", "-q", "--no-ff", "--no-edit", "topic")
    first, merge = open_repository(str(repository.root)).history("HEAD")
    assert first.parent is None and merge.parent == first.sha
    assert [(change.status, change.path) for change in merge.changes] == [("A", "with space/ünï.txt")]


@pytest.mark.parametrize("rev", ["--help", "-x", "nowhere", "HEAD:mlops.yaml", ""])
def test_what_names_no_commit(repository: Repository, rev: str) -> None:
    assert open_repository(str(repository.root)).resolve(rev) is None


def test_hooks_are_not_run(repository: Repository, tmp_path: Path) -> None:
    hook = repository.root / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    repository.ok("release", "churn", "1.0.0")
    repository.ok("pr", "merge", 1, "--force")
    assert not (tmp_path / "ran").exists()


def test_an_object_that_is_broken_leaves_the_others_readable(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    repository.write("notes.txt", "".join(str(number) for number in range(100_000)))
    broken = repository.sh("git", "hash-object", "-w", "notes.txt")
    place = repository.root / ".git/objects" / broken[:2] / broken[2:]
    whole = place.read_bytes()
    place.chmod(0o644)
    place.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Undecided, match=broken):
        git.blob(broken)
    sound = str(git.tree("HEAD").blob_id("mlops.yaml"))
    assert git.blob(sound) == (repository.root / "mlops.yaml").read_bytes()
    assert git.blob_size(sound) == len(git.blob(sound))
