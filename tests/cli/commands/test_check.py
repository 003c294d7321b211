"""check: a pull request judged by the base's policy, its people by the base's roles."""

from __future__ import annotations

import json

import pytest
from house import PROJECT, Repository
from messages import lines_with


@pytest.fixture
def proposed(repository: Repository) -> Repository:
    """A release that is proposed for staging as pull request #2."""
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    return repository


def _rules(repository: Repository, *args: object) -> list[str]:
    answer = repository.run("check", *args, "--format", "json")
    return [d["rule"] for d in answer.json["diagnostics"] if d["severity"] == "error"]


def _branch(repository: Repository, name: str = "topic") -> None:
    repository.sh("git", "checkout", "-q", "-b", name)


def test_without_its_approval_a_promotion_may_not_be_merged(proposed: Repository) -> None:
    assert _rules(proposed, 2) == ["approvals"]
    answer = proposed.run("pr", "merge", "--only", 2)
    assert answer.code == 1 and lines_with(answer.err, "operations", "0 of 1", "eligible: bob")


@pytest.mark.parametrize(
    "who",
    ["alice@example.org", "ALICE@example.org", "mallory@example.org", "carol@example.org"],
    ids=["the requester", "the requester in capitals", "a stranger", "another role"],
)
def test_not_everybody_can_approve(proposed: Repository, who: str) -> None:
    proposed.ok("pr", "approve", 2, "--as", who)
    assert _rules(proposed, 2) == ["approvals"]


def test_an_approval_counts_for_the_head_it_was_given_on(proposed: Repository) -> None:
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    proposed.ok("check", 2)
    proposed.sh("git", "fetch", "-q", "origin")
    proposed.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    proposed.write("notes.txt", "one more thing\n")
    proposed.commit("One more thing", push=False)
    proposed.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    assert _rules(proposed, 2) == ["approvals"]
    assert proposed.run("pr", "merge", "--only", 2).code == 1


def test_who_committed_to_the_branch_cannot_approve_it(proposed: Repository) -> None:
    proposed.sh("git", "fetch", "-q", "origin")
    proposed.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    proposed.write("notes.txt", "by bob\n")
    proposed.sh("git", "add", ".")
    proposed.sh("git", "-c", "user.email=bob@example.org", "commit", "-q", "-m", "By Bob")
    proposed.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    answer = proposed.run("check", 2)
    assert lines_with(answer.out, "operations", "0 of 1", "no member is eligible", "wrote")


def test_who_asked_for_it_by_the_record_cannot_approve_it_whoever_wrote_it(proposed: Repository) -> None:
    proposed.sh("git", "fetch", "-q", "origin")
    proposed.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    proposed.edit("promotions/staging/churn/0001.json", '"alice@example.org"', '"bob@example.org"')
    proposed.commit("Bob asked for it", push=False)
    proposed.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    assert "approvals" in _rules(proposed, 2)
    assert "no member is eligible" in proposed.run("check", 2).out


def test_a_clean_merge_of_the_base_excludes_nobody(proposed: Repository) -> None:
    proposed.write("notes.txt", "meanwhile\n")
    proposed.commit("Meanwhile on main")
    proposed.sh("git", "fetch", "-q", "origin")
    proposed.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    proposed.sh("git", "-c", "user.email=bob@example.org", "merge", "-q", "--no-edit", "origin/main")
    proposed.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    proposed.ok("check", 2)
    proposed.ok("pr", "merge", "--only", 2)


def test_a_base_that_moved_asks_for_another_check(proposed: Repository) -> None:
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    proposed.ok("check", 2)
    proposed.write("notes.txt", "meanwhile\n")
    proposed.commit("Meanwhile on main")
    answer = proposed.run("pr", "merge", "--only", 2)
    assert (answer.code, "against the base as it is now" in answer.err) == (1, True)
    proposed.ok("check", 2)
    proposed.ok("pr", "merge", "--only", 2)


def test_a_hand_edited_desired_state_is_refused_with_the_command(proposed: Repository) -> None:
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    proposed.merge()
    _branch(proposed)
    proposed.edit("environments/staging/churn.yaml", '"1.0.0"', '"1.1.0"')
    proposed.commit("Edit", push=False)
    answer = proposed.run("check")
    assert answer.code == 1
    assert "environments/staging/churn.yaml:5:10: error[explained-change]" in answer.out
    assert "mlops-gitops promote churn --to staging --release 1.1.0" in answer.out


def test_a_policy_lowered_in_the_pull_request_does_not_judge_it(repository: Repository) -> None:
    repository.retrain(39)
    repository.release()
    _branch(repository)
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.5")
    repository.commit("Lower the threshold", push=False)
    answer = repository.run("check")
    assert lines_with(answer.out, "edits models/churn/kpis.yaml", "judged by the base's")
    assert repository.run("promote", "churn", "--to", "staging").code == 1


def test_a_record_that_claims_better_numbers_is_measured_again(proposed: Repository) -> None:
    proposed.sh("git", "fetch", "-q", "origin")
    proposed.sh("git", "checkout", "-q", "-b", "more", "origin/promote/staging/churn/0001-1.0.0")
    path = "promotions/staging/churn/0001.json"
    record = json.loads((proposed.root / path).read_text())
    record["predicate"]["gates"][0]["value"] = 0.99
    proposed.write(path, json.dumps(record, indent=2) + "\n")
    proposed.commit("Polish", push=False)
    proposed.sh("git", "push", "-q", "origin", "more:promote/staging/churn/0001-1.0.0")
    assert "remeasured" in _rules(proposed, 2)


def test_data_that_cannot_be_had_is_undecided_never_fine(proposed: Repository) -> None:
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    proposed.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv", "models/churn/model.skops")
    answer = proposed.run("check", 2, "--format", "json")
    assert answer.code == 3
    assert {d["rule"] for d in answer.json["diagnostics"]} == {"remeasured", "bytes-present"}


def test_altered_data_is_not_available(proposed: Repository) -> None:
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    stored = proposed.sh("find", "../storage", ".dvc/cache/files", "-type", "f").split()
    for path in stored:
        (proposed.root / path).chmod(0o644)
        (proposed.root / path).write_text("customer,churned,predicted,probability\nc0,1,1,0.9\n")
    proposed.sh("rm", "data/holdout.csv")
    answer = proposed.run("check", 2)
    assert answer.code == 3
    assert "altered in the DVC cache" in answer.out and "altered in the DVC remote 'storage'" in answer.out


def test_predictions_of_another_model_are_refused(repository: Repository) -> None:
    """dvc.lock is edited so that the evaluation no longer read the artifact it is released with."""
    lock = (repository.root / "dvc.lock").read_text()
    digest = repository.sh("md5sum", "models/churn/model.skops").split()[0]
    head, tail = lock.split("  evaluate:")
    repository.write("dvc.lock", head + "  evaluate:" + tail.replace(digest, "0" * 31 + "f"))
    repository.commit("Edit the lock")
    answer = repository.run("release", "churn", "1.0.0")
    assert answer.code == 1 and lines_with(answer.out, "stage evaluate", "did not make", "data/holdout.csv")


def test_the_base_s_dvc_remotes_are_used_never_the_head_s(proposed: Repository) -> None:
    proposed.ok("pr", "approve", 2, "--as", "bob@example.org")
    proposed.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv", "models/churn/model.skops")
    proposed.edit(".dvc/config", "../storage", "../elsewhere")
    proposed.ok("check", 2)


def test_the_pull_request_that_brings_the_tool_is_judged_by_its_own_policy(repository: Repository) -> None:
    repository.sh("git", "rm", "-q", "mlops.yaml")
    repository.commit("Without the tool")
    _branch(repository)
    repository.write("mlops.yaml", PROJECT)
    repository.commit("Bring the tool", push=False)
    answer = repository.ok("check")
    assert "policy-bootstrap" in answer.out


def test_an_unreadable_base_decides_nothing(repository: Repository) -> None:
    repository.edit("mlops.yaml", "branch: main", "branch: main\nbranch: other")
    repository.commit("Break it")
    _branch(repository)
    repository.write("mlops.yaml", PROJECT)
    repository.commit("Fix it", push=False)
    answer = repository.run("check")
    assert (answer.code, "on the base, mlops.yaml is not valid" in answer.err) == (3, True)


def test_two_versions_of_a_model_in_one_pull_request(repository: Repository) -> None:
    _branch(repository)
    repository.ok("release", "churn", "1.0.0", "--local")
    repository.ok("release", "churn", "1.1.0", "--local")
    repository.commit("Two at once", push=False)
    assert _rules(repository) == ["one-version"]
