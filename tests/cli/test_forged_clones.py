"""What a clone says beside its commits, in grafts, replaced commits or a commit-graph, changes no answer."""

from __future__ import annotations

from forged_clones import FORGERIES, undo
from house import Repository

LEAK = """apiVersion: mlops-gitops/v1
kind: Decision
type: quarantine
subject: {model: churn, release: "1.0.0"}
role: operations
by: bob
reason: It leaks.
"""


def test_a_clone_that_shows_another_history_changes_no_answer(repository: Repository) -> None:
    repository.to_production()
    repository.write("decisions/leak.yaml", LEAK)
    number = repository.propose("leak")
    line = repository.sh("git", "rev-list", "--first-parent", "--reverse", "origin/main").split()
    asked = (("audit",), ("check", number, "--no-status"), ("history",), ("status",))

    def answers() -> list[tuple[int, str]]:
        found = [repository.run(*words, "--format", "json") for words in asked]
        return [(answer.code, answer.out) for answer in found]

    before = answers()
    assert [code for code, _ in before] == [0, 0, 0, 0]
    for forge in FORGERIES:
        forge(repository.root, line[0], line[-1])
        assert repository.sh("git", "rev-list", "--first-parent", "origin/main").split() == [line[-1], line[0]]
        assert answers() == before, forge.__name__
        undo(repository.root)
