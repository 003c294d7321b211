"""status --mine: what waits for whom, on which pull request, and the command that does it."""

from __future__ import annotations

from house import Repository
from messages import lines_with


def _mine(repository: Repository, person: str = "") -> list[tuple[str, int, str]]:
    words = ("--as", f"{person}@example.org") if person else ()
    found = repository.ok("status", "--mine", *words, "--format", "json").json["waiting"]
    return [(each["action"], each["pull_request"]["number"], each["command"]) for each in found]


def test_an_approval_waits_for_those_who_can_give_it_and_then_the_merge_for_who_asked(repository: Repository) -> None:
    assert "nothing waits for alice@example.org" in repository.ok("status", "--mine").out
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    assert _mine(repository) == [] and _mine(repository, "carol") == []
    asked = repository.ok("status", "--mine").out
    assert lines_with(asked, "#2", "waits for others", "operations", "bob")
    assert "waits for others" not in repository.ok("status", "--mine", "--as", "carol@example.org").out
    assert _mine(repository, "bob") == [("approve", 2, "mlops-gitops pr approve 2 --as bob@example.org")]
    table = repository.ok("status", "--mine", "--as", "bob@example.org").out
    assert lines_with(table, "approve", "#2") and "0 of 1 approvals" in " ".join(table.split())
    repository.approve_newest("bob")
    assert _mine(repository, "bob") == []
    assert _mine(repository) == [("merge", 2, "mlops-gitops pr merge 2")]


def test_a_check_that_failed_waits_for_who_opened_it(repository: Repository) -> None:
    repository.write("releases/churn/9.9.9.yaml", "kind: Release\n")
    number = repository.propose("manifest")
    repository.run("check", number)
    assert _mine(repository) == [("fix", number, f"mlops-gitops check {number}")]
    assert repository.run("status", "--as", "bob@example.org").code == 2


def test_an_approval_says_what_is_still_missing_and_the_last_leads_to_the_merge(repository: Repository) -> None:
    repository.edit("mlops.yaml", "{operations: 1}}", "{operations: 1, data-science: 1}}")
    number = repository.propose("policy")
    first = repository.ok("pr", "approve", number, "--as", "bob@example.org").out
    assert lines_with(first, "still missing", "data-science", "carol") and "pr merge" not in first
    last = repository.ok("pr", "approve", number, "--as", "carol@example.org").out
    assert lines_with(last, "next", f"mlops-gitops pr merge {number}") and "still missing" not in last
