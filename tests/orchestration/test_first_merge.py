"""Before the first merge: every command says that mlops.yaml is not merged yet, and what brings it."""

from __future__ import annotations

import pytest
from house import Repository
from messages import lines_with

COMMANDS = (
    ("promote", "churn", "--to", "staging"),
    ("rollback", "churn", "--in", "staging", "--why", "x"),
    ("release", "churn", "1.0.0"),
    ("fetch", "churn", "--in", "staging", "--out", "out"),
    ("history",),
    ("status",),
)


@pytest.fixture
def unmerged(repository: Repository) -> Repository:
    """A repository whose project file is in the work tree alone."""
    text = (repository.root / "mlops.yaml").read_text()
    repository.sh("git", "rm", "-q", "mlops.yaml")
    repository.begin_so()
    repository.write("mlops.yaml", text)
    return repository


def _said(repository: Repository) -> list[str]:
    answers = [repository.run(*command) for command in COMMANDS]
    assert {answer.code for answer in answers} == {2}
    texts = [answer.out + answer.err for answer in answers]
    assert all("mlops.yaml is not on origin/main yet" in text for text in texts), texts
    return texts


def test_in_the_work_tree_alone_then_a_branch_then_pushed_then_a_pull_request(unmerged: Repository) -> None:
    assert all("in this work tree alone" in text and "pr open" in text for text in _said(unmerged))
    unmerged.sh("git", "switch", "-q", "-c", "begin")
    unmerged.commit("Begin", push=False)
    assert all(lines_with(text, "the branch begin of this clone") for text in _said(unmerged))
    unmerged.sh("git", "push", "-q", "origin", "begin")
    unmerged.sh("git", "switch", "-q", "main")
    assert all("git switch begin, then: mlops-gitops pr open" in text for text in _said(unmerged))
    unmerged.sh("git", "switch", "-q", "begin")
    unmerged.ok("pr", "open")
    unmerged.sh("git", "switch", "-q", "main")
    assert all("pull request #1 brings it (Begin)" in text for text in _said(unmerged))
    unmerged.ok("check", 1)
    unmerged.ok("pr", "merge", "--only", 1)
    unmerged.pull()
    assert "not on" not in unmerged.ok("status").out
    unmerged.ok("release", "churn", "1.0.0")


def test_nowhere(unmerged: Repository) -> None:
    (unmerged.root / "mlops.yaml").unlink()
    assert all("mlops-gitops init" in text for text in _said(unmerged))


def test_what_is_to_be_typed_runs_no_name_of_a_branch(unmerged: Repository) -> None:
    name = "begin;touch${IFS}x"
    unmerged.sh("git", "switch", "-q", "-c", name)
    unmerged.commit("Begin", push=False)
    assert f"git switch '{name}', then" in unmerged.run("status").err
    unmerged.sh("git", "push", "-q", "origin", name)
    unmerged.sh("git", "switch", "-q", "main")
    unmerged.sh("git", "branch", "-q", "-D", name)
    assert f"git switch '{name}', then" in unmerged.run("status").err


def test_nothing_pushed_or_nothing_fetched_is_not_taken_for_the_remote(repository: Repository) -> None:
    """This clone's own branch does not stand in for the remote's: a repository that begins, and one cut off from it."""
    repository.sh("git", "remote", "set-url", "origin", "../empty.git")
    repository.sh("git", "init", "-q", "--bare", "-b", "main", "../empty.git")
    repository.sh("git", "fetch", "-q", "--prune")
    repository.sh("git", "symbolic-ref", "-d", "refs/remotes/origin/HEAD")
    for command in ("status", "history", "audit"):
        answer = repository.run(command)
        assert answer.code == 2 and "origin has no default branch yet" in answer.err, answer
        assert "git push -u origin main" in answer.err
    repository.sh("git", "push", "-q", "../empty.git", "main")
    for command in ("status", "history", "audit"):
        answer = repository.run(command)
        assert answer.code == 3 and "help: git fetch origin" in answer.err, answer
    repository.sh("git", "fetch", "-q", "origin")
    repository.ok("status")


def test_on_the_first_branch_without_a_remote_the_help_makes_one_and_gives_it_the_base(repository: Repository) -> None:
    repository.sh("rm", "-rf", ".git")
    repository.sh("git", "init", "-q", "-b", "begin")
    for command in (("pr", "open"), ("status",)):
        assert "commit the files, then: git init --bare -b main" in repository.run(*command).err
    repository.sh("git", "add", "--all")
    repository.sh("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "Begin")
    help = repository.run("status").err.partition("help: ")[2]
    assert help.endswith("git push -u origin HEAD:main\n")
    repository.sh("bash", "-e", "-c", help)
    repository.ok("status")
