"""releases: every release, what its gates measured, and where it runs."""

from __future__ import annotations

from house import Repository


def test_each_release_with_its_kpis_and_where_it_runs(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    listed = repository.ok("releases", "churn", "--format", "json").json["releases"]
    (record,) = repository.ok("history", "--format", "json").json["promotions"]
    assert [(one["version"], one["runs_in"]) for one in listed] == [(record["release"], [record["environment"]])]
    (release,) = listed
    assert release["kpis"] and all(gate["outcome"] == "passed" for gate in release["kpis"].values())
    text = repository.ok("releases").out
    assert all(id in text for id in release["kpis"]) and max(map(len, text.splitlines())) <= 80


def test_the_newest_comes_first_and_one_that_was_never_promoted_has_no_numbers(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.release("1.1.0")
    newest, older = repository.ok("releases", "--format", "json").json["releases"]
    assert (newest["version"], newest["runs_in"], newest["kpis"]) == ("1.1.0", [], {})
    assert (older["version"], older["runs_in"]) == ("1.0.0", ["staging"])


def test_none_is_said_and_an_unknown_model_is_refused(repository: Repository) -> None:
    assert "no release" in repository.ok("releases").out
    assert repository.run("releases", "chrn").code == 2
