"""Adoptions, the whole way: while they are allowed, by whom, what they say they skip, and what they never excuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from house import Repository, desired
from messages import lacking

from mlops_gitops.documents.tree import WorkTree
from mlops_gitops.repository.snapshot import Snapshot

RECORD = "promotions/production/churn/0001.json"
STATE = "environments/production/churn.yaml"
BRANCH = "promote/production/churn/0001-1.0.0"
ADOPT = ("promote", "churn", "--to", "production", "--adopt", "--why", "It ran before")


def _errors(repository: Repository, *command: object) -> dict[str, str]:
    listed = repository.run(*command, "--format", "json").json["diagnostics"]
    return {found["rule"]: found["message"] for found in listed if found["severity"] == "error"}


def _proposed(repository: Repository) -> int:
    number: int = repository.ok(*ADOPT, "--format", "json").json["pull_request"]["number"]
    return number


def _forbid(repository: Repository) -> None:
    """Takes the policy that allows adoptions out of mlops.yaml."""
    text = (repository.root / "mlops.yaml").read_text()
    repository.write("mlops.yaml", text[: text.index("policies:")])
    repository.agree("no-more-adoptions", "bob", "carol")


def _add_to_the_branch(repository: Repository, files: dict[str, str]) -> None:
    """Makes the branch of the adoption one commit on main with other files too, as any writer can."""
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "checkout", "-q", "-b", "more", "main")
    repository.sh("git", "checkout", "-q", f"origin/{BRANCH}", "--", RECORD, STATE)
    for path, text in files.items():
        repository.write(path, text)
    repository.commit("By hand", push=False)
    repository.sh("git", "push", "-q", "--force", "origin", f"more:{BRANCH}")
    repository.sh("git", "checkout", "-q", "main")


def _record(repository: Repository, path: str = RECORD) -> dict[str, object]:
    repository.sh("git", "fetch", "-q", "origin")
    data: dict[str, object] = json.loads(repository.sh("git", "show", f"origin/{BRANCH}:{path}"))
    return data


def _merge_anyway(repository: Repository, number: int) -> None:
    """Merges with all approvals, whatever the check says."""
    repository.approve_pull(number, "bob", "carol")
    repository.ok("pr", "merge", "--only", number, "--force")
    repository.pull()
    repository.ok("record")


# ── while they are allowed ──


def test_a_bad_model_that_never_ran_does_not_enter_production_as_an_adoption(repository: Repository) -> None:
    repository.retrain(20)
    repository.release()
    answer = repository.run(*ADOPT)
    assert (answer.code, answer.err.count("\n")) == (1, 2)
    assert "allows no adoption" in answer.err
    assert 'policies: {adopt: {until: "YYYY-MM-DD", approvals: {data-science: 1, operations: 1}}}' in answer.err
    assert repository.ok("pr", "list", "--format", "json").json["pull_requests"] == []


def test_an_adoption_written_where_it_was_allowed_is_judged_by_the_base_of_now(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.retrain(20)
    repository.release()
    number = _proposed(repository)
    _forbid(repository)
    assert "allows no adoption" in _errors(repository, "check", number)["adoption"]
    _merge_anyway(repository, number)
    assert "allows no adoption" in _errors(repository, "audit")["adoption"]


def test_a_pull_request_does_not_allow_its_own_adoption(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.retrain(20)
    repository.release()
    number = _proposed(repository)
    lax = (repository.root / "mlops.yaml").read_text()
    _forbid(repository)
    _add_to_the_branch(repository, {"mlops.yaml": lax + "\n"})
    repository.approve_pull(number, "bob", "carol")
    assert "allows no adoption" in _errors(repository, "check", number)["adoption"]


def test_a_laptop_and_a_hook_find_it_too(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.release()
    _proposed(repository)
    _forbid(repository)
    _add_to_the_branch(repository, {})
    repository.sh("git", "checkout", "-q", "more")
    for command in (("check",), ("check", "--push"), ("validate", "--base", "origin/main")):
        assert "allows no adoption" in _errors(repository, *command)["adoption"]


def test_the_last_day_is_the_last(repository: Repository) -> None:
    repository.begin_with_adoptions(until="2030-01-01")
    repository.release()
    answer = repository.run(*ADOPT, "--today", "2030-01-02")
    assert (answer.code, "until 2030-01-01" in answer.err) == (1, True)
    number = _proposed(repository)
    assert "adoption" not in _errors(repository, "check", number, "--today", "2030-01-01")
    assert "until 2030-01-01" in _errors(repository, "check", number, "--today", "2030-01-02")["adoption"]


def test_what_was_merged_after_the_last_day_is_a_fault_for_ever(repository: Repository) -> None:
    repository.begin_with_adoptions(until="2030-01-01")
    repository.release()
    repository.ok(*ADOPT)
    repository.merge("bob", "carol")
    repository.ok("audit")
    tag = "churn#production#1"
    message = repository.sh("git", "tag", "-l", "--format=%(contents)", tag)
    head, _, written = message.partition("\n\n")
    later = json.dumps(json.loads(written) | {"merged_at": "2030-01-02T00:00:00Z"}, indent=2)
    repository.sh("git", "tag", "-f", "-a", "-m", f"{head}\n\n{later}\n", tag, f"{tag}^{{commit}}")
    repository.sh("git", "push", "-q", "-f", "origin", f"refs/tags/{tag}")
    assert "was merged on 2030-01-02 00:00 UTC" in _errors(repository, "audit")["adoption"]


def test_it_needs_the_approvals_of_the_environment_and_of_the_policy(repository: Repository) -> None:
    repository.begin_with_adoptions(approvals="{data-science: 1}")
    repository.release()
    adopt = (*ADOPT[:3], "staging", *ADOPT[4:])
    number = repository.ok(*adopt, "--format", "json").json["pull_request"]["number"]
    assert "1 × operations, 1 × data-science" in repository.ok("pr", "show", number).out
    repository.approve_pull(number, "bob")
    assert not lacking(_errors(repository, "check", number)["approvals"], "data-science", "0 of 1")
    repository.approve_pull(number, "carol")
    repository.merge()
    message = repository.sh("git", "tag", "-l", "--format=%(contents:body)", "churn#staging#1")
    assert json.loads(message)["required"] == {"operations": 1, "data-science": 1}
    repository.ok("audit")


def test_of_two_counts_for_one_role_the_larger_is_asked(repository: Repository) -> None:
    repository.begin_with_adoptions(approvals="{data-science: 2}")
    repository.release()
    number = _proposed(repository)
    repository.approve_pull(number, "bob", "carol")
    assert not lacking(_errors(repository, "check", number)["approvals"], "data-science", "1 of 2")


def test_whom_the_policy_names_is_asked_to_review(repository: Repository) -> None:
    repository.edit("mlops.yaml", "data-science: 1, operations: 1", "operations: 1")
    repository.begin_with_adoptions(approvals="{data-science: 1}")
    repository.release()
    dry = repository.ok(*ADOPT, "--dry-run", "--format", "json").json
    assert dry["change"]["reviewers"] == ["bob", "carol"]


# ── what holds for an adoption too ──


def test_a_frozen_environment_takes_no_adoption(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.write("FREEZE", "An incident.\n")
    repository.commit("Freeze")
    repository.release()
    number = _proposed(repository)
    assert "is frozen by the file FREEZE" in _errors(repository, "check", number)["freeze"]


def test_a_quarantined_release_is_not_adopted(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.release()
    number = _proposed(repository)
    repository.write(
        "decisions/2026-11-24-leak.yaml",
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: quarantine\n"
        'subject: {model: churn, release: "1.0.0"}\nrole: operations\nby: bob\nreason: It leaks.\n',
    )
    repository.commit("Quarantine")
    assert "is quarantined" in _errors(repository, "check", number)["quarantine"]
    assert "is quarantined" in repository.run(*ADOPT).err


# ── what was skipped ──


def test_what_was_skipped_is_in_the_record_the_pull_request_and_the_audit(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.release()
    number = _proposed(repository)
    predicate = _record(repository)["predicate"]
    assert isinstance(predicate, dict)
    assert predicate["skipped"] == {"gates": ["accuracy", "latency"], "order": ["staging"]}
    body = repository.ok("pr", "show", number).out
    assert "accuracy, latency" in body and "staging" in body.partition("accuracy, latency")[2]
    assert "nothing was written" in repository.ok(*ADOPT).out
    repository.merge("bob", "carol")
    answer = repository.ok("audit", "--format", "json").json
    (listed,) = answer["adoptions"]
    assert (listed["path"], listed["skipped"], listed["approvals"]) == (RECORD, predicate["skipped"], "met")
    printed = repository.ok("audit").out
    assert "accuracy, latency" in printed


def test_a_promotion_lists_nothing_skipped(repository: Repository) -> None:
    repository.to_production()
    predicate = json.loads((repository.root / RECORD).read_text())["predicate"]
    assert "skipped" not in predicate
    assert repository.ok("audit", "--format", "json").json["adoptions"] == []


@pytest.mark.parametrize("skipped", [{"gates": [], "order": []}, {"gates": ["accuracy"], "order": ["staging"]}, None])
def test_a_list_that_was_edited_by_hand(repository: Repository, skipped: object) -> None:
    repository.begin_with_adoptions()
    repository.release()
    number = _proposed(repository)
    record = _record(repository)
    predicate = record["predicate"]
    assert isinstance(predicate, dict)
    predicate |= {"skipped": skipped}
    if skipped is None:
        del predicate["skipped"]
    _add_to_the_branch(repository, {RECORD: json.dumps(record, indent=2) + "\n"})
    repository.approve_pull(number, "bob", "carol")
    assert set(_errors(repository, "check", number)) == {"adoption"}


def test_a_record_of_an_earlier_version_is_found_by_this_rule_alone(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.release()
    number = _proposed(repository)
    record = _record(repository)
    _forbid(repository)
    predicate = record["predicate"]
    assert isinstance(predicate, dict)
    del predicate["skipped"]
    predicate["policy"] = Snapshot(WorkTree(str(repository.root))).policy_digest("churn")
    _add_to_the_branch(repository, {RECORD: json.dumps(record, indent=2) + "\n"})
    _merge_anyway(repository, number)
    answer = repository.run("audit", "--format", "json")
    assert [found["rule"] for found in answer.json["diagnostics"]] == ["adoption"]
    assert [adoption["skipped"] for adoption in answer.json["adoptions"]] == [None]


# ── what an adoption never excuses ──


def _adopted(repository: Repository) -> None:
    repository.release()
    repository.ok(*ADOPT)
    repository.merge("bob", "carol")


def _unexplained(repository: Repository) -> list[str]:
    listed = repository.run("audit", "--format", "json").json["diagnostics"]
    return [str(found["message"]) for found in listed if found["rule"] == "explained-change"]


def test_a_state_that_is_older_than_the_tool_is_explained(repository: Repository) -> None:
    allowing = {"mlops.yaml": repository.allowing_adoptions()}
    repository.begin_with(STATE, desired("1.0.0", "production"), later=allowing)
    assert _unexplained(repository)
    _adopted(repository)
    repository.ok("audit")


def test_an_older_state_of_another_release_stays_a_fault(repository: Repository) -> None:
    """What is adopted is what ran last, and explains nothing that ran before it."""
    allowing = {"mlops.yaml": repository.allowing_adoptions()}
    repository.begin_with(STATE, desired("0.9.0", "production"), later=allowing)
    repository.write(STATE, desired("1.0.0", "production"))
    repository.commit("Another runs now")
    _adopted(repository)
    older, later = _unexplained(repository)
    assert not lacking(older, "production", "to 0.9.0") and not lacking(later, "production", "0.9.0 to 1.0.0")


def test_a_state_that_was_pushed_past_review_stays_a_fault(repository: Repository) -> None:
    repository.begin_with_adoptions()
    repository.write(STATE, desired("1.0.0", "production"))
    commit = repository.commit("It runs now")
    _adopted(repository)
    (message,) = _unexplained(repository)
    assert commit[:10] in message


def test_a_state_of_the_very_commit_that_brings_mlops_yaml_is_not_older(repository: Repository) -> None:
    later = {STATE: desired("1.0.0", "production"), "mlops.yaml": repository.allowing_adoptions()}
    repository.begin_with("README.md", "Models\n", later=later)
    _adopted(repository)
    assert len(_unexplained(repository)) == 1


def test_only_the_first_mlops_yaml_ever_counts(repository: Repository) -> None:
    text = repository.allowing_adoptions()
    (repository.root / "mlops.yaml").unlink()
    repository.commit("Without the tool")
    repository.write(STATE, desired("1.0.0", "production"))
    commit = repository.commit("It runs now")
    repository.write("mlops.yaml", text)
    repository.commit("With the tool again")
    _adopted(repository)
    (message,) = _unexplained(repository)
    assert commit[:10] in message


def test_an_adoption_brings_the_desired_state(repository: Repository) -> None:
    repository.begin_with_adoptions()
    _adopted(repository)
    assert (repository.root / STATE).read_text() == desired("1.0.0", "production")
    repository.ok("audit")


# ── what else could have its effect ──


def test_nothing_is_rolled_back_to_where_nothing_ran(repository: Repository) -> None:
    repository.release()
    answer = repository.run("rollback", "churn", "--in", "production", "--to", "1.0.0", "--why", "It ran before")
    assert (answer.code, "has run nothing of churn before" in answer.err) == (2, True)


def test_an_adoption_is_taken_for_a_promotion_by_no_other_environment_without_its_receipt(
    repository: Repository,
) -> None:
    repository.begin_with_adoptions()
    repository.release()
    adopt = (*ADOPT[:3], "staging", *ADOPT[4:])
    pull = repository.ok(*adopt, "--format", "json").json["pull_request"]
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "push", "-q", "origin", f"{pull['head']}:main")
    repository.pull()
    repository.ok("record")
    assert "no receipt proves its approval there" in repository.run("promote", "churn", "--to", "production").out


def _yesterday() -> str:
    return f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"


def test_a_policy_that_has_ended_allows_nothing(repository: Repository) -> None:
    repository.begin_with_adoptions(until=_yesterday())
    repository.release()
    answer = repository.run(*ADOPT)
    assert (answer.code, f"until {_yesterday()}" in answer.err) == (1, True)
