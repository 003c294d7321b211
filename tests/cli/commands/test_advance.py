"""advance: what `policies.auto_promote` names promotes itself, as far as nobody has to approve it."""

from __future__ import annotations

from house import Repository


def _automatic(repository: Repository, *environments: str) -> None:
    repository.edit(
        "mlops.yaml", "environments:\n", f"policies: {{auto_promote: [{', '.join(environments)}]}}\nenvironments:\n"
    )
    repository.begin_so()


def test_what_needs_no_approval_is_merged_and_recorded(repository: Repository) -> None:
    repository.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")
    _automatic(repository, "staging")
    repository.release()
    assert "due" in repository.ok("advance", "--dry-run").out
    advanced = repository.ok("advance", "--format", "json").json["due"]
    assert [(pull["environment"], pull["release"], pull["done"]) for pull in advanced] == [
        ("staging", "1.0.0", "merged")
    ]
    repository.pull()
    repository.ok("record")
    assert "1.0.0" in repository.ok("status").out
    assert repository.ok("advance").out == "nothing is due\n"
    repository.ok("audit")


def test_what_needs_an_approval_waits_for_it(repository: Repository) -> None:
    _automatic(repository, "staging")
    repository.release()
    first = repository.ok("advance", "--format", "json").json["due"][0]
    assert (first["done"], first["because"]) == ("opened", "#2 waits for approvals: operations 1")
    again = repository.ok("advance", "--format", "json").json["due"][0]
    assert again["done"] == "unchanged"


def test_an_environment_that_is_not_named_is_left_to_people(repository: Repository) -> None:
    _automatic(repository, "staging")
    repository.to_production()
    assert repository.ok("advance").out == "nothing is due\n"


def test_a_release_that_misses_its_gate_is_told_and_not_proposed(repository: Repository) -> None:
    _automatic(repository, "staging")
    repository.to_production()
    repository.retrain(42)
    repository.release("1.1.0")
    answer = repository.run("advance")
    assert answer.code == 1
    assert "worse than" in answer.out
