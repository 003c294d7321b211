"""Honest work that once was stuck, or accused: people leave, environments are renamed, faults are fixed."""

from __future__ import annotations

from house import Repository, desired
from messages import lines_with

STATE = "environments/staging/churn.yaml"
QUARANTINE = """apiVersion: mlops-gitops/v1
kind: Decision
type: quarantine
subject: {model: churn, release: "0.1.0"}
role: operations
by: bob
reason: It leaks a name.
"""


def test_a_member_leaves(repository: Repository) -> None:
    repository.write("decisions/2026-11-24-leak.yaml", QUARANTINE)
    repository.commit("Quarantine")
    repository.edit(
        "mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{login: dave, emails: [dave@example.org]}"
    )
    repository.commit("Dave follows Bob")
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.merge("dave")
    repository.ok("validate", "--base", "HEAD")


def test_an_environment_is_retired_with_its_states(repository: Repository) -> None:
    repository.to_production()
    repository.sh("git", "switch", "-q", "-c", "rename")
    repository.edit("mlops.yaml", "after: [staging]", "after: [rehearsal]")
    repository.edit("mlops.yaml", "  staging:", "  rehearsal:")
    repository.sh("git", "rm", "-q", STATE)
    repository.commit("Rename staging", push=False)
    repository.sh("git", "push", "-q", "origin", "rename")
    repository.ok("pr", "open")
    repository.sh("git", "switch", "-q", "main")
    repository.merge("bob", "carol")  # what judges changes: each role of the old policy approves
    repository.ok("validate")
    repository.ok("audit")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("rehearsal", version="1.1.0")


def test_a_hand_edit_on_the_branch_can_be_undone(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.edit(STATE, '"1.0.0"', '"1.1.0"')
    repository.commit("By hand")
    repository.sh("git", "switch", "-q", "-c", "undo")
    repository.edit(STATE, '"1.1.0"', '"1.0.0"')
    repository.commit("Undo", push=False)
    answer = repository.run("check", "--format", "json")
    assert [d for d in answer.json["diagnostics"] if d["severity"] == "error"] == []
    assert repository.run("audit").out.count("error[explained-change]") == 1


def test_a_forced_promotion_can_be_made_good(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    assert "its receipt is not written yet" in repository.run("promote", "churn", "--to", "staging").err
    repository.ok("record")
    repository.promote("staging")
    repository.promote("production")


def test_another_model_s_fault_does_not_stop_a_rollback(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    fraud = (repository.root / STATE).read_text().replace("churn", "fraud")
    repository.write("environments/staging/fraud.yaml", fraud)
    repository.commit("Another model, by hand")
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    repository.merge("bob")


def test_an_adoption_of_a_state_that_was_there(repository: Repository) -> None:
    repository.begin_with(STATE, desired("1.0.0"))
    repository.allow_adoption()
    repository.release()
    adopt = ("promote", "churn", "--to", "staging", "--adopt", "--why", "It ran before")
    repository.ok(*adopt)
    assert "nothing was written" in repository.ok(*adopt).out
    repository.merge("bob", "carol")
    repository.ok("audit")


def test_a_file_that_was_never_a_valid_record_can_be_mended(repository: Repository) -> None:
    repository.write("decisions/2026-11-24-leak.yaml", "kind: Decision\n")
    repository.commit("Not finished")
    repository.sh("git", "switch", "-q", "-c", "fix")
    repository.write("decisions/2026-11-24-leak.yaml", QUARANTINE)
    repository.commit("Finished", push=False)
    repository.ok("check")


def test_a_tag_of_gto_s_own_in_the_way_is_named(repository: Repository) -> None:
    repository.sh("git", "tag", "-a", "-m", "registered by hand", "churn@v1.0.0")
    repository.sh("git", "push", "-q", "origin", "churn@v1.0.0")
    repository.ok("release", "churn", "1.0.0")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    answer = repository.run("record")
    assert (answer.code, "git push origin :refs/tags/churn@v1.0.0" in answer.out) == (3, True)


def test_a_decision_is_merged_by_its_own_pull_request(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "switch", "-q", "-c", "outage")
    text = QUARANTINE.replace("type: quarantine", "type: override").replace('"0.1.0"', '"1.0.0"')
    text = text.replace("}\n", ", environment: production, skip: order}\n", 1) + "expires: 2099-01-01\n"
    repository.write("decisions/2026-11-24-outage.yaml", text.replace("\n", "\r\n"))
    repository.commit("Skip staging", push=False)
    repository.sh("git", "push", "-q", "origin", "outage")
    repository.ok("pr", "open", "--title", "Skip staging")
    assert repository.run("check", 2).code == 1
    repository.sh("git", "switch", "-q", "main")
    repository.merge("bob")
    repository.ok("promote", "churn", "--to", "production")
    shown = repository.ok("pr", "show", 3).out
    assert "Decisions it depends on" in shown and "override" in shown
    repository.merge("bob", "carol")
    repository.ok("audit")


def test_a_rollback_may_return_to_where_an_earlier_one_went(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.edit("models/churn/README.md", "One country.", "Two countries.")
    repository.commit("Only the card")
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd")
    repository.merge("bob")
    repository.retrain(46)
    repository.release("1.2.0")
    repository.promote("staging", version="1.2.0")
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd again")
    repository.merge("bob")
    assert '"1.0.0"' in (repository.root / STATE).read_text()


def test_a_kpi_is_renamed(repository: Repository) -> None:
    gate = "gate: {at_most: 40, no_worse_than: {baseline: production, by: 5}}"
    repository.edit("models/churn/kpis.yaml", "gate: {at_most: 40}", gate)
    repository.commit("Compare latency")
    repository.to_production()
    repository.edit("models/churn/kpis.yaml", "id: latency", "id: p95")
    repository.commit("Rename it")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")


def test_a_branch_in_the_way_is_named(repository: Repository) -> None:
    repository.sh("git", "push", "-q", "origin", "main:refs/heads/release")
    answer = repository.run("release", "churn", "1.0.0")
    assert (answer.code, "rename the branch release there" in answer.err) == (2, True)


def test_one_person_under_two_logins_is_a_fault(repository: Repository) -> None:
    repository.edit("mlops.yaml", "{login: carol,", "{login: bobby, emails: [bob@example.org]}\n    - {login: carol,")
    assert "error[distinct-people]" in repository.run("validate").out


def test_a_merge_that_hides_a_change_is_not_rebased(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.sh("git", "switch", "-q", "-c", "evil")
    repository.edit(STATE, '"1.0.0"', '"6.6.6"')
    repository.commit("Evil", push=False)
    repository.sh("git", "switch", "-q", "-c", "nice", "main")
    repository.write("notes.txt", "nice\n")
    repository.commit("Nice", push=False)
    repository.sh("git", "merge", "-q", "-s", "ours", "--no-edit", "evil")
    repository.sh("git", "push", "-q", "origin", "nice")
    repository.ok("pr", "open", "--title", "Nice")
    refused = repository.run("check", 3)
    assert (refused.code, "error[passing-record]" in refused.out) == (1, True)
    assert "git reset --soft $(git merge-base HEAD origin/main), git commit" in refused.out
    answer = repository.run("pr", "merge", "--only", 3, "--rebase", "--force")
    assert answer.code == 1 and lines_with(answer.err, "other files", "checked")


def test_an_unknown_name_is_told_with_the_known_ones(repository: Repository) -> None:
    repository.release()
    for command in (("promote", "chrun", "--to", "staging"), ("status", "chrun"), ("history", "chrun")):
        answer = repository.run(*command)
        assert answer.code == 2 and lines_with(answer.err, "no model", "'chrun'"), answer
        assert lines_with(answer.err, "help", "churn"), answer
    for command in (("history", "--in", "nope"), ("gate", "churn", "--environment", "nope")):
        assert "there are staging, production" in repository.run(*command).err
