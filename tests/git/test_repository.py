"""git: its facts as the rest of the house needs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from house import Repository

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.tree import Unreadable, WorkTree
from mlops_gitops.git import merge
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import open_repository


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
    head = git.commit_of("HEAD")
    made = git.commit(head, {"a/b.txt": b"new\n", "metrics.json": None}, "Made\n")
    assert git.changes(head, made) == {"a/b.txt": "A", "metrics.json": "D"}
    assert repository.sh("git", "status", "--short") == ""


def test_history_is_first_parent_with_what_a_merge_brought(repository: Repository) -> None:
    repository.sh("git", "checkout", "-q", "-b", "topic")
    repository.write("with space/ünï.txt", "x\n")
    repository.commit("Topic", push=False)
    repository.sh("git", "checkout", "-q", "main")
    repository.sh("git", "merge", "-q", "--no-ff", "--no-edit", "topic")
    git = open_repository(str(repository.root))
    first, merge = git.history(git.commit_of("HEAD"))
    assert first.parent is None and merge.parent == first.sha
    assert [(change.status, change.path) for change in merge.changes] == [("A", "with space/ünï.txt")]


@pytest.mark.parametrize(
    "rev", ["main", "origin/main", "HEAD~0", "HEAD:mlops.yaml", "--help", "abc1234", "heads/main", ""]
)
def test_a_name_that_git_would_have_to_guess_is_a_fault_of_ours(repository: Repository, rev: str) -> None:
    with pytest.raises(ValueError, match="neither a whole id nor the full name"):
        open_repository(str(repository.root)).resolve(rev)


@pytest.mark.parametrize("rev", ["refs/heads/gone", "refs/heads/main~0", "refs/../HEAD", "refs/", "0" * 40, "1" * 64])
def test_what_is_not_there(repository: Repository, rev: str) -> None:
    assert open_repository(str(repository.root)).resolve(rev) is None


def test_a_full_name_means_that_reference_alone(repository: Repository) -> None:
    """Git itself takes refs/tags/refs/heads/gone for refs/heads/gone where that is not there."""
    git = open_repository(str(repository.root))
    head = repository.sh("git", "rev-parse", "HEAD")
    for name in ("refs/heads/gone", "refs/remotes/origin/gone", "HEAD"):
        repository.sh("git", "update-ref", f"refs/tags/{name}", head)
        repository.sh("git", "update-ref", f"refs/heads/{name}", head)
    assert repository.sh("git", "rev-parse", "--verify", "refs/heads/gone") == head
    assert (git.resolve("refs/heads/gone"), git.resolve("refs/remotes/origin/gone")) == (None, None)
    assert (git.remote_tip("gone"), git.object_of("refs/heads/gone")) == (None, None)
    repository.sh("git", "symbolic-ref", "HEAD", "refs/heads/unborn")
    assert repository.sh("git", "rev-parse", "--verify", "HEAD") == head
    assert git.resolve("HEAD") is None


def test_the_commit_of_a_tag_is_what_it_leads_to_and_of_other_objects_there_is_none(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    head = repository.sh("git", "rev-parse", "HEAD")
    repository.sh("git", "tag", "-m", "One", "one")
    repository.sh("git", "tag", "-m", "Two", "two", "one")
    repository.sh("git", "tag", "tree", "HEAD^{tree}")
    assert git.resolve("refs/tags/two") == head
    assert git.resolve(git.object_of("refs/tags/two") or "") is None  # an id of a tag is no commit's
    assert git.resolve("refs/tags/tree") is None


def test_an_id_of_the_other_kind_of_hash_is_not_looked_up_as_a_name(repository: Repository) -> None:
    name = "a" * 64
    for kind in ("tags", "heads"):
        repository.sh("git", "update-ref", f"refs/{kind}/{name}", "HEAD")
    git = open_repository(str(repository.root))
    assert git.resolve(name) is None
    with pytest.raises(Undecided):
        git.blob(name)


def test_only_whole_ids_reach_a_command(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    head = git.commit_of("HEAD")
    asked: list[Callable[[str], object]] = [
        git.history, git.subject, git.parents, git.tree_id,
        lambda rev: git.between(head, rev), lambda rev: git.changes(rev, head), lambda rev: git.merge_base(rev, head),
        lambda rev: git.is_ancestor(rev, head), lambda rev: merge.merged_tree(git, head, rev),
        lambda rev: git.first_parents(rev, head), lambda rev: git.commit(rev, {}, ""),
        lambda rev: git.file_at(rev, "mlops.yaml"), lambda rev: git.set_ref("refs/heads/x", rev),
        lambda rev: git.push({"refs/heads/x": rev}),
    ]  # fmt: skip
    for ask in asked:
        for rev in ("HEAD", "refs/heads/main", "origin/main", head[:10]):
            with pytest.raises(ValueError, match="not a whole id"):
                ask(rev)


def test_a_file_with_the_name_of_a_commit_confuses_nothing(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    head = git.commit_of("HEAD")
    (repository.root / head).write_text("x\n")
    assert git.subject(head) == "Begin" and len(git.history(head)) == 1 and git.parents(head) == []


def test_a_push_means_that_reference_alone_and_leaves_nothing_here(repository: Repository) -> None:
    """Git itself does not tell refs/heads/main from refs/tags/refs/heads/main, and pushes neither."""
    git = open_repository(str(repository.root))
    head = git.commit_of("HEAD")
    made = git.commit(head, {"a": b"x"}, "Made")
    repository.sh("git", "push", "-q", "origin", f"{head}:refs/tags/refs/heads/main")
    git.push({"refs/heads/main": made, "refs/heads/new": head}, leases={"refs/heads/main": head, "refs/heads/new": ""})
    there = repository.sh("git", "ls-remote", "origin").replace("\t", " ").splitlines()
    assert {f"{made} refs/heads/main", f"{head} refs/heads/new", f"{head} refs/tags/refs/heads/main"} < set(there)
    with pytest.raises(GitFailed):
        git.push({"refs/heads/main": head, "refs/heads/other": head}, leases={"refs/heads/main": head})
    assert "refs/heads/other" not in repository.sh("git", "ls-remote", "origin")
    assert repository.sh("git", "for-each-ref", "refs/mlops/pushed") == ""


def test_a_branch_below_head_holds_up_no_fetch(repository: Repository) -> None:
    """In a clone that knows the remote's default branch there is no room for it."""
    repository.sh("git", "remote", "set-head", "origin", "main")
    repository.sh("git", "push", "-q", "origin", "HEAD:refs/heads/HEAD/x", "HEAD:refs/heads/new")
    git = open_repository(str(repository.root))
    git.fetch(*git.branches)
    assert (git.remote_tip("new"), git.known_default) == (git.commit_of("HEAD"), "main")
    assert git.remote_tip("HEAD/x") is None


def test_hooks_are_not_run(repository: Repository, tmp_path: Path) -> None:
    hook = repository.root / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    repository.ok("release", "churn", "1.0.0")
    repository.ok("pr", "merge", "--only", 1, "--force")
    assert not (tmp_path / "ran").exists()


def test_settings_are_read_at_once_and_as_git_has_them(repository: Repository) -> None:
    repository.sh("git", "config", "User.Email", "first@example.org")
    repository.sh("git", "config", "--add", "user.email", "last@example.org")
    repository.sh("git", "config", "remote.Second.url", "../x.git")
    git = open_repository(str(repository.root))
    assert git.setting("user.email") == "last@example.org" == git.setting("USER.email")
    assert (git.setting("remote.Second.url"), git.setting("remote.second.url")) == ("../x.git", None)
    assert git.setting("user.nothing") is None


def test_settings_that_git_tracks_are_refused(repository: Repository) -> None:
    repository.write("tools/gitconfig", "[core]\n\tsshCommand = sh tools/helper.sh\n")
    repository.sh("git", "config", "include.path", "../tools/gitconfig")
    open_repository(str(repository.root))  # the user's own
    repository.sh("git", "add", "tools/gitconfig")
    for words in (["status"], ["record"], ["check", "--push"]):
        answer = repository.run(*words)
        assert (answer.code, "tools/gitconfig" in answer.err, "tracks" in answer.err) == (2, True, True)


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


def test_a_reference_to_a_missing_object_leaves_the_others_readable(repository: Repository) -> None:
    repository.sh("git", "tag", "-a", "-m", "x", "annotated")
    repository.sh("git", "tag", "plain")
    before = open_repository(str(repository.root))
    known, ids = before.refs, before.refs_below("refs/tags")
    tags, light = before.tags_of(ids), before.lightweight_tags()
    lost = repository.sh("git", "commit-tree", "-m", "lost", "HEAD^{tree}")
    repository.sh("git", "update-ref", "refs/heads/lost", lost)
    (repository.root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    git = open_repository(str(repository.root))
    assert git.refs == known | {"refs/heads/lost": lost}
    assert (git.tags_of(ids), git.lightweight_tags()) == (tags, light) and light == {"plain"}
    assert repository.run("status").code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("core.sshCommand", "sh tools/helper.sh ssh"),
        ("core.askPass", "./tools/../tools/helper.sh"),
        ("credential.https://github.com.helper", "!sh tools/helper.sh"),
        ("remote.origin.uploadpack", "tools/helper.sh"),
    ],
)
def test_a_program_that_git_tracks_is_not_run_by_a_fetch(
    repository: Repository, tmp_path: Path, name: str, value: str
) -> None:
    repository.write("tools/helper.sh", f"touch {tmp_path}/ran\n")
    repository.sh("git", "config", name, value)
    open_repository(str(repository.root))  # the user's own
    repository.sh("git", "add", "tools/helper.sh")
    answer = repository.run("pr", "list")
    assert (answer.code, "which git tracks" in answer.err, (tmp_path / "ran").exists()) == (2, True, False)


def test_a_variable_that_names_such_a_program_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "sh pipeline.py")
    answer = repository.run("status")
    assert (answer.code, "GIT_SSH_COMMAND" in answer.err) == (2, True)


def test_a_machine_without_git_is_named(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    command = [sys.executable, "-m", "mlops_gitops", "status"]
    env = {"PATH": str(tmp_path / "bin"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "git is not installed" in done.stderr and "Traceback" not in done.stderr


def test_references_that_this_process_sets_are_seen_at_once(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    head = git.commit_of("HEAD")
    assert git.object_of("refs/heads/new") is None
    made = git.commit(head, {"a": b"x"}, "Made\n")
    git.set_ref("refs/heads/new", head)
    git.push({"refs/heads/main": made}, here={"refs/heads/new": made, git.remote_ref("main"): made})
    again = open_repository(str(repository.root))
    assert git.object_of("refs/heads/new") == git.remote_tip("main") == made
    assert list(git.refs.items()) == list(again.refs.items())


def _run(*words: str | Path, cwd: Path) -> None:
    subprocess.run(["git", "-c", "protocol.file.allow=always", *words], cwd=cwd, check=True, capture_output=True)


def test_work_trees_of_a_bare_repository_and_of_a_submodule(repository: Repository, tmp_path: Path) -> None:
    _run("clone", "--bare", repository.root, tmp_path / "bare", cwd=tmp_path)
    _run("worktree", "add", tmp_path / "tree", "main", cwd=tmp_path / "bare")
    _run("init", "above", cwd=tmp_path)
    _run("submodule", "add", repository.root, "below", cwd=tmp_path / "above")
    for root in (tmp_path / "tree", tmp_path / "above/below"):
        git = open_repository(str(root))
        assert git.root == str(root) and git.tree("HEAD").exists("mlops.yaml")
        assert git.commit_of("HEAD") == repository.sh("git", "rev-parse", "HEAD")


def test_an_object_that_git_cannot_fetch_now(repository: Repository, tmp_path: Path) -> None:
    repository.sh("git", "config", "uploadpack.allowFilter", "true")
    _run("clone", "--no-checkout", "--filter=blob:none", f"file://{repository.root}", tmp_path / "part", cwd=tmp_path)
    git = open_repository(str(tmp_path / "part"))
    assert git.tree("HEAD").read("mlops.yaml") is not None
    repository.root.rename(tmp_path / "away")
    with pytest.raises(Undecided, match="git cannot read the object"):
        git.tree("HEAD").read("models/churn/kpis.yaml")


def test_a_failure_says_why(repository: Repository) -> None:
    git = open_repository(str(repository.root))
    (repository.root / ".git/refs/heads/new.lock").touch()
    with pytest.raises(GitFailed, match=r"^fatal: .*File exists"):
        git.set_ref("refs/heads/new", git.commit_of("HEAD"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else(tmp_path: Path) -> None:
    _run("init", "theirs", cwd=tmp_path)
    os.chown(tmp_path / "theirs", 1234, 1234)
    with pytest.raises(Error, match="somebody else owns it"):
        open_repository(str(tmp_path / "theirs"))


def test_settings_among_the_files_of_another_work_tree_are_refused(repository: Repository, tmp_path: Path) -> None:
    _run("clone", "--bare", repository.root, tmp_path / "bare", cwd=tmp_path)
    for name in ("one", "other"):
        _run("worktree", "add", "-b", name, tmp_path / name, "main", cwd=tmp_path / "bare")
    _run("config", "include.path", tmp_path / "other/mlops.ini", cwd=tmp_path / "bare")
    (tmp_path / "other/mlops.ini").write_text("[user]\nname = Eve\n")
    open_repository(str(tmp_path / "one"))
    _run("add", "mlops.ini", cwd=tmp_path / "other")
    with pytest.raises(Error, match="git takes settings from"):
        open_repository(str(tmp_path / "one"))
