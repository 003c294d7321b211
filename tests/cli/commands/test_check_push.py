"""check --push: what a push would bring, judged against the base as last fetched, and by the gates it touches."""

from __future__ import annotations

import json

import pytest
from house import Answer, Repository
from messages import lacking, lines_with

RECORD = "promotions/staging/churn/0001.json"


def _topic(repository: Repository) -> None:
    repository.sh("git", "switch", "-q", "-c", "topic")


def _proposed(repository: Repository) -> None:
    """A release proposed for staging, on a branch of this clone."""
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "switch", "-q", "-c", "topic", "origin/promote/staging/churn/0001-1.0.0")


def _trained(repository: Repository, hits: int) -> None:
    _topic(repository)
    repository.write("params.yaml", f"hits: {hits}\n")
    repository.sh("dvc", "repro", "-q")
    repository.commit(f"Train with {hits}", push=False)


def _without_data(repository: Repository) -> None:
    repository.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv", "models/churn/model.skops")


def _errors(answer: Answer) -> list[str]:
    return [d["rule"] for d in answer.json["diagnostics"] if d["severity"] == "error"]


def test_a_promotion_needs_no_approval_to_be_pushed(repository: Repository) -> None:
    _proposed(repository)
    answer = repository.ok("check", "--push")
    assert RECORD in answer.out and "passed: nothing blocks this push" in answer.out
    assert answer.err.startswith("judged against origin/main as this clone has it, ")
    assert repository.ok("check", "--push", "--format", "json").json["promotions"] == [RECORD]


def test_a_record_that_claims_better_numbers_is_measured_again(repository: Repository) -> None:
    _proposed(repository)
    record = json.loads((repository.root / RECORD).read_text())
    record["predicate"]["gates"][0]["value"] = 0.99
    repository.write(RECORD, json.dumps(record, indent=2) + "\n")
    repository.commit("Polish", push=False)
    for more in ([], ["--allow-unavailable"]):
        answer = repository.run("check", "--push", *more, "--format", "json")
        assert (answer.code, "remeasured" in _errors(answer)) == (1, True)


def test_without_data_a_promotion_is_undecided_and_let_pass_only_when_told(repository: Repository) -> None:
    _proposed(repository)
    _without_data(repository)
    answer = repository.run("check", "--push")
    assert answer.code == 3 and "could not tell: " in answer.out and "not available" in answer.out
    told = repository.ok("check", "--push", "--allow-unavailable", "--format", "json").json
    assert {d["rule"] for d in told["diagnostics"]} == {"remeasured", "bytes-present"}
    assert {d["severity"] for d in told["diagnostics"]} == {"warning"}
    assert all(d["message"].endswith("(let pass: --allow-unavailable)") for d in told["diagnostics"])


def test_a_changed_manifest_is_refused_whatever_is_allowed(repository: Repository) -> None:
    repository.release()
    _topic(repository)
    repository.edit("releases/churn/1.0.0.yaml", "kind: Release", "kind: Release # ours")
    repository.commit("Touch it", push=False)
    answer = repository.run("check", "--push", "--allow-unavailable", "--format", "json")
    assert (answer.code, _errors(answer)) == (1, ["immutable"])


def test_a_model_trained_anew_is_gated(repository: Repository) -> None:
    _trained(repository, 30)
    answer = repository.run("check", "--push")
    assert answer.code == 1
    place = "models/churn/kpis.yaml:17:7: error[gate]"
    assert lines_with(answer.out, place, "churn", "gate accuracy", "failed", "accuracy is 0.6")
    assert "help: Hold the release." in answer.out and "latency" in answer.out
    assert repository.run("check", "--push", "--allow-unavailable").code == 1
    (gates,) = repository.run("check", "--push", "--format", "json").json["gates"].values()
    assert gates == repository.run("gate", "churn", "--rev", "HEAD", "--format", "json").json["kpis"]


def test_a_gate_that_only_warns_is_a_warning(repository: Repository) -> None:
    _trained(repository, 30)
    repository.edit("models/churn/kpis.yaml", "      at_least: 0.8\n", "      at_least: 0.8\n      on_fail: warn\n")
    repository.commit("Only warn", push=False)
    assert "warning[gate] churn: the gate accuracy failed" in repository.ok("check", "--push").out


def test_a_model_trained_elsewhere_is_undecided(repository: Repository) -> None:
    _trained(repository, 30)
    _without_data(repository)
    assert repository.run("check", "--push").code == 3
    answer = repository.ok("check", "--push", "--allow-unavailable")
    assert lines_with(answer.out, "warning[gate]", "churn", "gate accuracy", "not available")
    assert "passed: " in answer.out


def test_a_gate_without_a_baseline_is_undecided_as_it_is_for_gate(repository: Repository) -> None:
    _topic(repository)
    repository.edit("models/churn/kpis.yaml", "      at_least: 0.8\n", "")
    repository.commit("Only compare", push=False)
    assert repository.run("gate", "churn").code == repository.run("check", "--push").code == 3
    repository.ok("check", "--push", "--allow-unavailable")


def test_what_changes_nothing_of_ours_is_measured_by_nothing(repository: Repository) -> None:
    _topic(repository)
    repository.write("notes.txt", "x\n")
    repository.commit("Notes", push=False)
    _without_data(repository)
    assert lines_with(repository.ok("check", "--push").out, "nothing to judge", "changes nothing")


def test_a_branch_behind_its_base_removes_nothing(repository: Repository) -> None:
    start = repository.sh("git", "rev-parse", "HEAD")
    repository.release()
    repository.sh("git", "switch", "-q", "-c", "topic", start)
    repository.write("notes.txt", "x\n")
    repository.commit("Notes", push=False)
    assert "nothing to judge" in repository.ok("check", "--push").out


def test_a_branch_that_does_not_merge_is_judged_as_it_stands(repository: Repository) -> None:
    _topic(repository)
    repository.edit("models/churn/README.md", "One country.", "Two countries.")
    repository.commit("Two", push=False)
    repository.sh("git", "switch", "-q", "main")
    repository.edit("models/churn/README.md", "One country.", "Three countries.")
    repository.commit("Three")
    repository.sh("git", "switch", "-q", "topic")
    answer = repository.ok("check", "--push")
    assert "it does not merge cleanly" in answer.err and "judged as it stands" in answer.err
    repository.edit("models/churn/README.md", "class: limited", "class: limitd")
    repository.commit("Misspell", push=False)
    assert repository.run("check", "--push").code == 1


def test_nothing_is_fetched(repository: Repository) -> None:
    """A fetch would move what a later push --force-with-lease compares with."""
    repository.sh("git", "remote", "set-url", "origin", "../gone.git")
    assert "nothing to judge" in repository.ok("check", "--push").out


def test_a_repository_that_was_never_pushed(repository: Repository) -> None:
    repository.sh("git", "update-ref", "-d", "refs/remotes/origin/main")
    answer = repository.ok("check", "--push")
    (line,) = answer.out.splitlines()
    assert not lacking(line, "nothing to judge", "no branch of origin")
    assert repository.ok("check", "--push", "--format", "json").json["summary"]["errors"] == 0
    repository.sh("git", "remote", "remove", "origin")
    assert repository.ok("check", "--push").out.startswith("nothing to judge: this repository has no remote")


def test_a_clone_of_another_branch_only_cannot_tell(repository: Repository) -> None:
    repository.sh("git", "push", "-q", "origin", "main:other")
    repository.sh("git", "update-ref", "-d", "refs/remotes/origin/main")
    answer = repository.run("check", "--push")
    assert (answer.code, "git fetch origin" in answer.err) == (3, True)


def test_a_branch_that_shares_nothing_is_another_matter(repository: Repository) -> None:
    repository.sh("git", "remote", "set-head", "origin", "main")
    repository.sh("git", "switch", "-q", "--orphan", "pages")
    repository.write("index.html", "<p>\n")
    repository.commit("Pages", push=False)
    assert "shares no history with origin/main" in repository.ok("check", "--push").out


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"TO_REF": "0" * 40}, "this push only removes a branch"),
        ({"TO_REF": "HEAD:mlops.yaml"}, "what is pushed holds no commit"),
        ({"TO_REF": "main", "REMOTE_BRANCH": "refs/tags/x"}, "changes nothing that is checked"),
        ({"LOCAL_BRANCH": "refs/heads/main", "REMOTE_BRANCH": "refs/heads/new"}, "changes nothing that is checked"),
    ],
)
def test_what_a_hook_manager_says_of_the_push(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], answer: str
) -> None:
    _topic(repository)
    repository.edit("models/churn/README.md", "class: limited", "class: limitd")
    repository.commit("Misspell, and push something else", push=False)
    for name, value in said.items():
        monkeypatch.setenv(f"PRE_COMMIT_{name}", value)
    assert answer in repository.ok("check", "--push").out
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "topic")
    assert repository.run("check", "--push").code == 1


def test_a_remote_of_another_name_is_asked_where_it_is_the_only_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.sh("git", "remote", "rename", "origin", "upstream")
    _topic(repository)
    repository.edit("models/churn/README.md", "class: limited", "class: limitd")
    repository.commit("Misspell", push=False)
    monkeypatch.setenv("PRE_COMMIT_REMOTE_NAME", "upstream")
    answer = repository.run("check", "--push")
    assert (answer.code, "judged against upstream/main" in answer.err) == (1, True)


def test_a_push_that_removes_the_project_is_judged_by_the_remote_s(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.sh("git", "rm", "-q", "mlops.yaml")
    repository.commit("Remove it", push=False)
    assert repository.run("check", "--push").code == 1
    monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/main")
    assert repository.run("check", "--push").code == 1


def test_what_does_not_go_together(repository: Repository) -> None:
    assert repository.run("check", "2", "--push").code == 2
    answer = repository.run("check", "--allow-unavailable", "--base", "HEAD")
    assert (answer.code, answer.err.splitlines()[1]) == (2, "help: --allow-unavailable is for --push")
