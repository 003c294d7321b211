"""typed: what people type is what git understands, where it means one thing only."""

from __future__ import annotations

import pytest
from house import Repository
from messages import lines_with

from mlops_gitops.core.errors import Error
from mlops_gitops.git.repository import Git, open_repository
from mlops_gitops.git.typed_revisions import commit_typed, find_typed


@pytest.fixture
def git(repository: Repository) -> Git:
    """Two commits on main, the first of them tagged; the remote's default branch is known."""
    repository.sh("git", "tag", "-m", "First", "v1")
    repository.write("notes.txt", "x\n")
    repository.commit("Second")
    repository.sh("git", "remote", "set-head", "origin", "main")
    return open_repository(str(repository.root))


@pytest.mark.parametrize(
    "rev",
    ["HEAD", "@", "main", "heads/main", "refs/heads/main", "origin/main", "origin", "refs/remotes/origin/main",
     "main~0", "main^{commit}", "@{0}", "main@{0}", "main@{upstream}", "v1-1-g{short}", "{short}", "{whole}"],
)  # fmt: skip
def test_what_git_understands(repository: Repository, git: Git, rev: str) -> None:
    head = repository.sh("git", "rev-parse", "HEAD")
    assert find_typed(git, rev.replace("{short}", head[:8]).replace("{whole}", head)) == head


@pytest.mark.parametrize("rev", ["v1", "tags/v1", "refs/tags/v1", "HEAD~1", "HEAD^", "main~", "v1^{}", "@~1"])
def test_what_leads_to_another_commit(repository: Repository, git: Git, rev: str) -> None:
    assert find_typed(git, rev) == repository.sh("git", "rev-parse", "HEAD~1")


@pytest.mark.parametrize(
    "rev",
    ["", "-x", "--help", "nowhere", "HEAD:mlops.yaml", "HEAD^{tree}", "^main", "v1..main", "refs/heads/gone", "main~9"],
)
def test_what_names_no_commit(git: Git, rev: str) -> None:
    assert find_typed(git, rev) is None
    with pytest.raises(Error, match="there is no commit"):
        commit_typed(git, rev)


@pytest.mark.parametrize(
    ("rev", "tag"),
    [
        ("main", "main"),
        ("origin/main", "origin/main"),
        ("main~0", "main"),
        ("origin", "origin"),
        ("heads/main", "heads/main"),
    ],
)
def test_a_name_of_two_commits_is_refused_with_both_full_names(
    repository: Repository, git: Git, rev: str, tag: str
) -> None:
    repository.sh("git", "update-ref", f"refs/tags/{tag}", "HEAD~1")
    with pytest.raises(Error) as refused:
        commit_typed(git, rev)
    assert f"refs/tags/{tag}" in refused.value.message and refused.value.message.count("refs/") == 2
    repository.sh("git", "update-ref", f"refs/tags/{tag}", "HEAD")
    assert find_typed(open_repository(git.root), rev) == repository.sh("git", "rev-parse", "HEAD")


def test_a_tag_with_the_name_of_an_abbreviated_id_is_refused(repository: Repository, git: Git) -> None:
    head = repository.sh("git", "rev-parse", "HEAD")
    repository.sh("git", "tag", head[:8], "HEAD~1")
    with pytest.raises(Error, match=f"refs/tags/{head[:8]} and of {head}"):
        commit_typed(git, head[:8])
    repository.sh("git", "tag", head, "HEAD~1")
    assert find_typed(git, head) == head


def test_what_git_keeps_by_itself_goes_before_a_tag_of_its_name(repository: Repository, git: Git) -> None:
    repository.sh("git", "update-ref", "ORIG_HEAD", "HEAD")
    assert find_typed(git, "ORIG_HEAD") == git.resolve("HEAD")
    repository.sh("git", "tag", "ORIG_HEAD", "HEAD~1")
    with pytest.raises(Error, match="refs/tags/ORIG_HEAD and of ORIG_HEAD"):
        commit_typed(open_repository(git.root), "ORIG_HEAD")


def test_names_that_git_knows_by_themselves_are_no_tag_s(repository: Repository, git: Git) -> None:
    """Where HEAD holds no commit, and where a full name is not there, git would take these tags."""
    for name in ("HEAD", "refs/heads/gone"):
        repository.sh("git", "update-ref", f"refs/tags/{name}", "HEAD~1")
    assert find_typed(git, "HEAD") == find_typed(git, "@") == repository.sh("git", "rev-parse", "main")
    assert find_typed(git, "refs/heads/gone") is None
    repository.sh("git", "symbolic-ref", "HEAD", "refs/heads/unborn")
    assert (find_typed(git, "HEAD"), find_typed(git, "@~0")) == (None, None)


@pytest.mark.parametrize(
    "words",
    [("audit", "--rev"), ("gate", "churn", "--rev"), ("gate", "churn", "--against"), ("validate", "--base"),
     ("check", "--base"), ("check", "--push", "--base")],
)  # fmt: skip
def test_every_command_refuses_a_name_of_two_commits(repository: Repository, git: Git, words: tuple[str, ...]) -> None:
    repository.sh("git", "tag", "main", "HEAD~1")
    answer = repository.run(*words, "main")
    assert answer.code == 2 and lines_with(answer.err, "'main'", "refs/heads/main", "refs/tags/main")
    assert repository.run(*words, "refs/heads/main").code != 2
