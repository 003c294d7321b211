"""Receipts of the policy: what is pushed past review is found, whatever is pushed afterwards, until it is restated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from house import Repository
from messages import lacking, lines_with

STRICT = "staging: {approvals: {operations: 1}}"
LAX = "staging: {}"
NOBODY = "policies: {approvals: {}}\n"  # approves a change of the policy any more
KPIS = "models/churn/kpis.yaml"
RECORD = "promotions/staging/churn/0001.json"
STATED = "decisions/policy.yaml"


def _push_lax(repository: Repository) -> str:
    """Nobody approves what goes to staging any more, and the threshold falls; the commit."""
    repository.edit("mlops.yaml", STRICT, LAX)
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.1")
    return repository.commit("Tidy up")


def _put_back(repository: Repository) -> None:
    repository.edit("mlops.yaml", LAX, STRICT)
    repository.edit(KPIS, "at_least: 0.1", "at_least: 0.8")


def _promote_by_nobody(repository: Repository, to: str = "staging") -> None:
    repository.ok("promote", "churn", "--to", to)
    repository.merge()


def _audit(repository: Repository) -> tuple[int, dict[str, Any]]:
    answer = repository.run("audit", "--format", "json")
    return answer.code, answer.json


def _errors(repository: Repository) -> list[str]:
    return [diagnostic["message"] for diagnostic in _audit(repository)[1]["diagnostics"]]


def _state(repository: Repository, path: str = STATED, *, by: str = "bob") -> None:
    """Writes the decision that states the policy as it is in the work tree."""
    text = (
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: policy\nrole: operations\nreason: We agree to it.\n"
        f'subject: {{policy: "sha256:{"0" * 64}"}}\nby: {by}\n'
    )
    repository.write(path, text)
    fixed = repository.run("validate", "--base", "origin/main", "--fix")
    assert lines_with(fixed.err, "fixed", f"{path}:6:19", "digest of the policy")


def _receipt(repository: Repository, commit: str) -> dict[str, Any]:
    message = repository.sh("git", "tag", "-l", "--format=%(contents)", f"mlops-gitops/policy/{commit}")
    facts: dict[str, Any] = json.loads(message.partition("\n\n")[2])
    return facts


def _forge(repository: Repository, of: str, facts: dict[str, Any], *, on: str = "") -> None:
    """A receipt of the policy as somebody who may push tags would write it."""
    tag = f"mlops-gitops/policy/{on or of}"
    text = f"x\n\n{json.dumps(_receipt(repository, of) | facts)}\n"
    repository.sh("git", "tag", "-f", "-a", "-m", text, tag, on or of)
    repository.sh("git", "push", "-q", "-f", "origin", f"refs/tags/{tag}")


def _forget_receipts(repository: Repository) -> None:
    """Makes it a repository that is older than the receipts of the policy."""
    for tag in repository.sh("git", "tag", "-l", "mlops-gitops/policy/*").split():
        repository.sh("git", "tag", "-d", tag)
        repository.sh("git", "push", "-q", "origin", f":refs/tags/{tag}")
    repository.sh("git", "fetch", "-q", "--prune", "origin", "+refs/tags/*:refs/mlops/tags/*")


def test_a_lax_policy_that_was_there_for_one_promotion_is_found(repository: Repository) -> None:
    repository.release()
    lax = _push_lax(repository)
    _promote_by_nobody(repository)
    _put_back(repository)
    back = repository.commit("Tidy up again")
    for _ in ("before it is recorded", "after"):
        answer = repository.run("audit")
        assert answer.code == 3, answer
        assert lines_with(answer.out, RECORD, "policy", "unproven", lax[:10])
        assert all(f"error[policy-receipt] commit {commit[:10]}" in answer.out for commit in (lax, back))
        recorded = repository.ok("record")
    assert lines_with(recorded.out, "policy", "unproven", lax[:10], "state")


def test_the_old_policy_pushed_back_proves_nothing_and_neither_does_a_proper_change(repository: Repository) -> None:
    repository.release()
    _push_lax(repository)
    _put_back(repository)
    repository.commit("Tidy up again")
    repository.edit("mlops.yaml", "roles:\n", "roles:\n  auditors: [{login: dave}]\n")
    proper = repository.agree("auditors", "bob", "carol")
    assert _receipt(repository, proper)["approved"] == "met"
    repository.promote("staging")
    code, found = _audit(repository)
    assert code == 3
    assert any(not lacking(d["message"], RECORD, "policy", "unproven") for d in found["diagnostics"])
    assert proper[:10] not in str(found["diagnostics"])


def test_a_restatement_proves_the_policy_from_then_on(repository: Repository) -> None:
    repository.to_production()
    _push_lax(repository)
    repository.retrain(46)
    repository.release("1.1.0")
    repository.ok("promote", "churn", "--to", "staging")
    repository.merge()
    _put_back(repository)
    _state(repository)
    repository.agree("restate", "bob", "carol")
    repository.promote("production", version="1.1.0")
    code, found = _audit(repository)
    judged = [
        diagnostic["path"] for diagnostic in found["diagnostics"] if "was judged by a policy" in diagnostic["message"]
    ]
    assert (code, judged) == (3, ["promotions/staging/churn/0002.json"])
    assert found["policy"]["proven"] is True
    assert found["policy"]["baseline"] is None


def test_a_lax_policy_that_judged_nothing_is_over_once_it_is_restated(repository: Repository) -> None:
    repository.release()
    lax = _push_lax(repository)
    repository.ok("record")
    assert repository.run("audit").code == 3
    _put_back(repository)
    _state(repository)
    repository.agree("restate", "bob", "carol")
    repository.promote("staging")
    repository.ok("audit")
    changes = {
        (change["commit"], change["path"]): change["approvals"] for change in _audit(repository)[1]["policy_changes"]
    }
    assert changes[lax, "mlops.yaml"] == changes[lax, KPIS] == "unproven, judged nothing"


def test_a_pusher_cannot_restate_a_policy_that_asks_for_nobody(repository: Repository) -> None:
    repository.release()
    repository.write("mlops.yaml", (repository.root / "mlops.yaml").read_text() + NOBODY)
    repository.edit(
        "mlops.yaml", "- {login: bob, emails: [bob@example.org]}", "- {login: mallory, emails: [mallory@example.org]}"
    )
    repository.write(KPIS, (repository.root / KPIS).read_text().replace("owner: data-science", "owner: operations"))
    repository.commit("Tidy up")
    repository.ok("record")
    _state(repository, by="mallory")
    number = repository.propose("restate")
    repository.ok("pr", "approve", number, "--as", "mallory@example.org")
    answer = repository.run("check", number)
    assert answer.code == 1
    for role, person in (("data-science", "carol"), ("operations", "bob")):
        assert lines_with(answer.out, role, "0 of 1", f"eligible: {person}")
    repository.ok("pr", "merge", "--only", number, "--force")
    repository.pull()
    assert "approvals unmet" in repository.ok("record").out
    code, found = _audit(repository)
    assert (code, found["policy"]["proven"]) == (1, False)


def test_those_of_the_last_proven_policy_restate_it_with_those_of_the_new_one(repository: Repository) -> None:
    repository.release()
    repository.edit(
        "mlops.yaml", "- {login: bob, emails: [bob@example.org]}", "- {login: dave, emails: [dave@example.org]}"
    )
    repository.commit("Somebody else operates")
    repository.ok("record")
    _state(repository, by="dave")
    number = repository.propose("restate")
    for who in ("dave", "carol"):
        repository.ok("pr", "approve", number, "--as", f"{who}@example.org")
    assert lines_with(repository.run("check", number).out, "operations", "0 of 1", "eligible: bob")
    repository.merge("bob")
    assert {approval["by"] for approval in _decision(repository)["approvals"]} == {"dave", "carol", "bob"}
    repository.ok("audit")


def _decision(repository: Repository) -> dict[str, Any]:
    message = repository.sh("git", "tag", "-l", "--format=%(contents)", "mlops-gitops/decision/policy")
    facts: dict[str, Any] = json.loads(message.partition("\n\n")[2])
    return facts


def test_a_decision_states_the_policy_it_comes_with(repository: Repository) -> None:
    repository.release()
    _state(repository)
    repository.edit(KPIS, "at_most: 40", "at_most: 60")
    number = repository.propose("restate")
    answer = repository.run("check", number)
    assert lines_with(answer.out, "error[policy-statement]", "digest", "policy")
    assert lines_with(answer.out, "data-science", "0 of 1", "eligible: carol")
    repository.sh("git", "switch", "-q", "restate")
    _state(repository)
    repository.sh("git", "commit", "-q", "--all", "--amend", "--no-edit")
    repository.sh("git", "push", "-q", "--force", "origin", "restate")
    repository.sh("git", "switch", "-q", "main")
    repository.merge("bob", "carol")
    assert _audit(repository)[1]["policy"]["digest"] in (repository.root / STATED).read_text()
    repository.ok("audit")


@pytest.mark.parametrize("how", ["", "squash", "rebase"])
def test_a_change_that_was_approved_has_a_receipt_that_says_so(repository: Repository, how: str) -> None:
    repository.release()
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.7")
    commit = repository.agree("lower", "bob", "carol", how=how or None)
    receipt = _receipt(repository, commit)
    assert (receipt["commit"], receipt["files"], receipt["approved"]) == (commit, [KPIS], "met")
    assert (receipt["pull_request"], receipt["required"]) == (2, {"data-science": 1})
    assert [(one["role"], one["by"]) for one in receipt["approvals"]] == [("data-science", "carol")]
    assert receipt["digest"] == _audit(repository)[1]["policy"]["digest"]
    before = repository.sh("git", "ls-remote", "origin")
    assert "nothing to record" in repository.ok("record").out
    assert repository.sh("git", "ls-remote", "origin") == before
    repository.sh("git", "clone", "-q", "../origin.git", "../other")
    repository.sh("git", "push", "-q", "origin", f":refs/tags/mlops-gitops/policy/{commit}")
    repository.sh("git", "-C", "../other", "config", "user.email", "bob@example.org")
    repository.ok("record", "--repo", "../other")
    assert repository.sh("git", "ls-remote", "origin") == before
    repository.ok("audit")


def test_a_branch_that_the_base_has_left_behind_is_approved_as_it_merges(repository: Repository) -> None:
    repository.release()
    repository.edit("mlops.yaml", "roles:\n", "roles:\n  auditors: [{login: dave}]\n")
    number = repository.propose("auditors")
    repository.edit("mlops.yaml", "production: {", "production: {soak: 1h, ")
    repository.agree("soak", "bob", "carol")
    for who in ("bob", "carol"):
        repository.ok("pr", "approve", number, "--as", f"{who}@example.org")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.pull()
    repository.ok("record")
    assert _receipt(repository, repository.sh("git", "rev-parse", "HEAD"))["approved"] == "met"
    repository.ok("audit")


def test_a_change_that_was_merged_without_its_approvals_is_a_fault(repository: Repository) -> None:
    repository.release()
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.1")
    number = repository.propose("lower")
    repository.ok("pr", "merge", "--only", number, "--force")
    repository.pull()
    assert "data-science" not in repository.ok("record").out
    code, found = _audit(repository)
    assert (code, "without the approvals it needed" in str(found["diagnostics"])) == (1, True)
    _state(repository)
    repository.agree("restate", "bob", "carol")
    assert _audit(repository)[0] == 1


def test_what_needs_nobody_may_be_pushed(repository: Repository) -> None:
    repository.release()
    repository.edit("mlops.yaml", "roles:\n", "# who may approve\nroles:\n")
    repository.write("models/fraud/kpis.yaml", (repository.root / KPIS).read_text().replace("churn\n", "fraud\n"))
    commit = repository.commit("A comment, and the first KPIs of a model")
    repository.ok("record")
    receipt = _receipt(repository, commit)
    assert (receipt["approved"], receipt["required"], receipt["files"]) == (
        "met",
        {},
        ["mlops.yaml", "models/fraud/kpis.yaml"],
    )
    repository.ok("audit")


@pytest.mark.parametrize("path", ["FREEZE", ".dvc/config", "parts/.dvc/config"])
def test_a_freeze_and_settings_of_dvc_are_policy(repository: Repository, path: str) -> None:
    repository.release()
    repository.write(path, "['remote \"storage\"']\n    url = ../elsewhere\n")
    commit = repository.commit("Quickly")
    repository.ok("record")
    assert _receipt(repository, commit)["files"] == [path]
    answer = repository.run("audit")
    assert answer.code == 3 and lines_with(answer.out, path, "approvals", "unproven")


def test_a_decision_that_an_unproven_policy_judged_says_so(repository: Repository) -> None:
    repository.release()
    repository.edit(
        "mlops.yaml", "- {login: bob, emails: [bob@example.org]}", "- {login: dave, emails: [dave@example.org]}"
    )
    lax = repository.commit("Somebody else operates")
    repository.write(
        "decisions/hotfix.yaml",
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: override\nrole: operations\nby: dave\nreason: Outage.\n"
        'subject: {model: churn, release: "1.0.0", environment: production, skip: order}\nexpires: 2099-12-31\n',
    )
    number = repository.propose("hotfix")
    repository.ok("pr", "approve", number, "--as", "dave@example.org")
    repository.merge()
    facts = ("decisions/hotfix.yaml", "policy", "unproven", lax[:10])
    assert any(not lacking(message, *facts) for message in _errors(repository))


FORGED: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"digest": "sha256:" + "0" * 64}, ("not of the policy after it",)),
    ({"files": ["mlops.yaml"]}, ("not of this change", KPIS)),
    ({"commit": "0" * 40}, ("not of this change", KPIS)),
    ({"approvals": []}, ("approvals were met", "data-science", "0 of 1")),
    ({"approvals": [{"role": "data-science", "by": "bob", "at": ""}]}, ("approvals were met", "data-science")),
    ({"forge": "github"}, ("github forge", "counts only there")),
]


def test_a_receipt_that_was_forged_is_found(repository: Repository) -> None:
    repository.release()
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.7")
    commit = repository.agree("lower", "bob", "carol")
    repository.promote("staging")
    honest = _receipt(repository, commit)
    for facts, said in FORGED:
        _forge(repository, commit, honest | facts)
        code, found = _audit(repository)
        assert code == (3 if "forge" in facts else 1), facts
        messages = [diagnostic["message"] for diagnostic in found["diagnostics"]]
        assert any(not lacking(message, commit[:10], *said) for message in messages), (facts, messages)
        assert any(not lacking(message, RECORD, "policy", "unproven") for message in messages), (facts, messages)


def test_a_receipt_of_a_commit_off_the_line_or_that_changes_no_policy_is_found(repository: Repository) -> None:
    repository.release()
    begin, here = repository.sh("git", "rev-list", "--max-parents=0", "HEAD"), repository.sh("git", "rev-parse", "HEAD")
    _forge(repository, begin, {}, on=here)
    code, found = _audit(repository)
    assert (code, "changes no policy on the first-parent line" in str(found["diagnostics"])) == (1, True)


def test_a_lightweight_tag_in_its_place_is_found_and_holds_up_no_other(repository: Repository) -> None:
    repository.release()
    repository.edit("mlops.yaml", "roles:\n", "# who may approve\nroles:\n")
    commit = repository.commit("A comment")
    tag = f"mlops-gitops/policy/{commit}"
    repository.sh("git", "tag", tag)
    repository.sh("git", "push", "-q", "origin", f"refs/tags/{tag}")
    answer = repository.run("record")
    assert (answer.code, f"git push origin :refs/tags/{tag}" in answer.out) == (3, True)
    for branch in ("restate", "again"):
        code, found = _audit(repository)
        assert (code, "it is lightweight" in str(found["diagnostics"])) == (1, True)
        _state(repository, f"decisions/{branch}.yaml")
        number = repository.propose(branch)
        for who in ("bob", "carol"):
            repository.ok("pr", "approve", number, "--as", f"{who}@example.org")
        repository.ok("pr", "merge", "--only", number, "--force")
        repository.pull()
        assert repository.run("record").code == 3


def test_the_first_receipts_of_a_repository_are_those_of_its_policy(repository: Repository) -> None:
    begin = repository.sh("git", "rev-parse", "HEAD")
    repository.sh("git", "tag", f"mlops-gitops/policy/{begin}")
    repository.sh("git", "push", "-q", "origin", f"refs/tags/mlops-gitops/policy/{begin}")
    repository.ok("release", "churn", "1.0.0")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    repository.pull()
    answer = repository.run("record")
    assert answer.code == 3
    assert "the policy's own receipts come first" in answer.out
    assert not repository.sh("git", "tag", "-l", "churn@*")
    repository.sh("git", "push", "-q", "origin", f":refs/tags/mlops-gitops/policy/{begin}")
    repository.sh("git", "tag", "-d", f"mlops-gitops/policy/{begin}")
    repository.ok("record")
    repository.ok("audit")


def test_a_repository_that_is_older_states_a_baseline_once(repository: Repository) -> None:
    repository.release()
    lax = _push_lax(repository)
    _promote_by_nobody(repository)
    _put_back(repository)
    repository.commit("Tidy up again")
    repository.ok("record")
    _forget_receipts(repository)
    recorded = repository.ok("record")
    assert recorded.out.count("older than those are") == 1
    assert not repository.sh("git", "tag", "-l", "mlops-gitops/policy/*")
    code, found = _audit(repository)
    assert (code, len(found["diagnostics"])) == (3, 1)
    assert found["policy"]["digest"] in found["diagnostics"][0]["message"]
    _state(repository)
    repository.agree("baseline", "bob", "carol")
    repository.ok("audit")
    listed = _audit(repository)[1]
    assert listed["policy"]["baseline"] == STATED
    changes = {(change["commit"], change["path"]): change["approvals"] for change in listed["policy_changes"]}
    assert changes[lax, KPIS] == f"before the baseline {STATED}"
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.7")
    after = repository.agree("lower", "bob", "carol")
    assert repository.sh("git", "tag", "-l", "mlops-gitops/policy/*") == f"mlops-gitops/policy/{after}"
    repository.ok("audit")
    repository.edit(KPIS, "at_least: 0.7", "at_least: 0.1")
    repository.commit("Tidy up")
    repository.ok("record")
    _state(repository, "decisions/second.yaml")
    repository.agree("second", "bob", "carol")
    assert _audit(repository)[1]["policy"]["baseline"] == STATED


def test_a_baseline_needs_its_approvals(repository: Repository) -> None:
    repository.release()
    _forget_receipts(repository)
    _state(repository)
    number = repository.propose("baseline")
    repository.ok("pr", "approve", number, "--as", "bob@example.org")
    assert lines_with(repository.run("check", number).out, "data-science", "0 of 1", "eligible: carol")
    repository.ok("pr", "merge", "--only", number, "--force")
    repository.pull()
    repository.ok("record")
    assert _audit(repository)[1]["policy"]["baseline"] is None
    assert not repository.sh("git", "tag", "-l", "mlops-gitops/policy/*")
    _state(repository, "decisions/again.yaml")
    repository.agree("again", "bob", "carol")
    code, found = _audit(repository)
    assert (code, found["policy"]["baseline"]) == (1, "decisions/again.yaml")  # what was merged without stays a fault


def test_a_baseline_that_was_pushed_is_none(repository: Repository) -> None:
    repository.release()
    _forget_receipts(repository)
    _state(repository)
    repository.commit("We agree")
    repository.ok("record")
    code, found = _audit(repository)
    assert (code, found["policy"]["baseline"]) == (3, None)


def test_a_file_of_a_baseline_says_neither_a_day_nor_a_release(repository: Repository) -> None:
    _state(repository)
    text = (repository.root / STATED).read_text()
    for wrong in (text + "expires: 2099-12-31\n", text.replace("{policy", "{model: churn, policy")):
        repository.write(STATED, wrong)
        assert repository.run("validate", STATED).code == 1


def test_kpis_are_policy_where_mlops_yaml_then_had_them(repository: Repository) -> None:
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.1")
    before = repository.commit("Lower")
    repository.edit("mlops.yaml", "branch: main\n", "branch: main\npaths: {models: cards}\n")
    repository.sh("mkdir", "-p", "cards/churn")
    repository.sh("git", "mv", KPIS, "cards/churn/kpis.yaml")
    moved = repository.commit("Move")
    listed = _audit(repository)[1]["policy_changes"]
    found = {(entry["commit"], entry["path"]) for entry in listed}
    assert {(before, KPIS), (moved, KPIS), (moved, "cards/churn/kpis.yaml"), (moved, "mlops.yaml")} <= found


def test_a_merge_by_hand_that_leaves_out_a_part_of_what_was_approved_is_unproven(repository: Repository) -> None:
    repository.release()
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.7")
    repository.edit("mlops.yaml", "production: {", "production: {soak: 1h, ")
    number = repository.propose("both")
    for who in ("bob", "carol"):
        repository.ok("pr", "approve", number, "--as", f"{who}@example.org")
    before = repository.sh("git", "rev-parse", "HEAD")
    repository.sh("git", "merge", "-q", "--no-ff", "--no-commit", "both")
    repository.sh("git", "checkout", "-q", before, "--", "mlops.yaml")
    merged = repository.commit("Merge both")
    _as_merged(repository, number, before, merged)
    repository.ok("record")
    receipt = _receipt(repository, merged)
    assert (receipt["files"], receipt["pull_request"], receipt["approved"]) == ([KPIS], number, "unproven")
    assert repository.run("audit").code == 3


def _as_merged(repository: Repository, number: int, before: str, after: str) -> None:
    """A pull request as a forge has it that sees its head on the branch."""
    ref = f"refs/mlops/pulls/{number}"
    facts = {"state": "merged", "merged_before": before, "merged_commit": after, "merged_by": "alice"}
    value = json.loads(repository.sh("git", "show", f"{ref}:pull.json")) | facts | {"merged_at": "2026-01-01T00:00:00Z"}
    repository.write("../pull.json", json.dumps(value))
    blob = repository.sh("git", "hash-object", "-w", "../pull.json")
    tree = repository.sh("sh", "-c", f"printf '100644 blob {blob}\\tpull.json\\n' | git mktree")
    made = repository.sh("git", "commit-tree", tree, "-p", ref, "-m", "merge")
    repository.sh("git", "push", "-q", "origin", f"{made}:{ref}")


def test_an_adoption_before_the_baseline_is_listed_and_no_fault(repository: Repository) -> None:
    strict = (repository.root / "mlops.yaml").read_text()
    repository.release()
    repository.allow_adoption()
    adopt = ("promote", "churn", "--to", "production", "--adopt", "--why", "It ran before", "--format", "json")
    number = repository.ok(*adopt).json["pull_request"]["number"]
    repository.write("mlops.yaml", strict)
    repository.agree("forbid", "bob", "carol")
    for who in ("bob", "carol"):
        repository.ok("pr", "approve", number, "--as", f"{who}@example.org")
    repository.ok("pr", "merge", "--only", number, "--force")
    repository.pull()
    repository.ok("record")
    code, found = _audit(repository)
    assert (code, "adoption" in {diagnostic["rule"] for diagnostic in found["diagnostics"]}) == (1, True)
    _forget_receipts(repository)
    _state(repository)
    repository.agree("baseline", "bob", "carol")
    code, found = _audit(repository)
    left = {diagnostic["rule"] for diagnostic in found["diagnostics"]}
    assert "adoption" not in left
    assert [adoption["path"] for adoption in found["adoptions_before_baseline"]] == [
        "promotions/production/churn/0001.json"
    ]
