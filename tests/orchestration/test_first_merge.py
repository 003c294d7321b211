"""Before the first merge: every command says that mlops.yaml is not merged yet, and what brings it."""

from __future__ import annotations

import pytest
from house import Repository

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
    assert all("git push origin begin" in text for text in _said(unmerged))
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
    assert f"git switch '{name}', git push origin '{name}'" in unmerged.run("status").err
    unmerged.sh("git", "push", "-q", "origin", name)
    unmerged.sh("git", "switch", "-q", "main")
    unmerged.sh("git", "branch", "-q", "-D", name)
    assert f"git switch '{name}', then" in unmerged.run("status").err
