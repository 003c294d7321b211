"""policy-change: who must approve a change of what judges, by the policy before it."""

from __future__ import annotations

import re

from cases import cases
from messages import lacking
from past import approved, context, ledger

from mlops_gitops.policy.examples import MONITORING, RETRAINED, RETRAINING, WATCHED
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.policy_change import RULE

KPIS = "models/churn/kpis.yaml"
LATENCY = """  - id: latency
    metric: {file: metrics.json, key: p95_ms}
    owner: operations
    gate: {at_most: 40}
"""
OPEN = """  - id: size
    metric: {file: metrics.json, key: size}
    gate: {at_most: 9}
"""
GATE = "    gate: {at_least: 0.85, no_worse_than: {baseline: production, by: 0.01}}\n"
TWO = Edit(KPIS, GATE, GATE + LATENCY)
LAX = Edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")


def _asked(*edits: Edit, by: tuple[str, ...] = (), base: tuple[Edit, ...] = ()) -> list[str]:
    """The files and roles that lack an approval."""
    found = RULE.check(context(ledger(), base, *edits, pull=approved(*by)))
    roles = ((diagnostic.span.path, re.search(r"approvals from (\S+);", diagnostic.message)) for diagnostic in found)
    return [f"{path}: {role[1]}" for path, role in roles if role]


def test_a_change_of_the_project_needs_each_role_that_an_environment_asks_for() -> None:
    assert _asked(LAX) == ["mlops.yaml: data-science", "mlops.yaml: operations"]
    assert _asked(LAX, by=("carol",)) == ["mlops.yaml: operations"]
    assert _asked(LAX, by=("carol", "bob")) == []
    assert _asked(LAX, by=("mallory", "alice", "bob")) == ["mlops.yaml: data-science"]


def test_it_says_that_the_policy_before_it_judges() -> None:
    (found,) = RULE.check(context(ledger(), (), LAX, pull=approved("carol")))
    assert not lacking(found.message, "mlops.yaml", "the policy before it", "operations", "0 of 1", "bob")


def test_the_base_may_name_its_own_roles_and_the_change_may_not() -> None:
    policy = Edit("mlops.yaml", "branch: main", "branch: main\npolicies: {approvals: {operations: 1}}")
    assert _asked(LAX, base=(policy,)) == ["mlops.yaml: operations"]
    assert _asked(policy) == ["mlops.yaml: data-science", "mlops.yaml: operations"]
    nobody = Edit("mlops.yaml", "branch: main", "branch: main\npolicies: {approvals: {}}")
    assert _asked(LAX, base=(nobody,)) == []


def test_whoever_makes_themselves_a_member_is_none_yet() -> None:
    joins = Edit("mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{login: mallory}")
    assert "mlops.yaml: operations" in _asked(joins, by=("mallory", "carol"))


@cases(
    "edit",
    [Edit("mlops.yaml", "roles:\n", "# who may approve\nroles:\n"),
     Edit(KPIS, "owner: data-science", 'owner:  "data-science"'),
     Edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging:\n    approvals: {operations: 1}"),
     Edit("models/churn/README.md", "One country.", "Two."), Edit("dvc.yaml", "cmd: train", "cmd: train.sh")],
)  # fmt: skip
def test_comments_layout_and_other_files_need_nobody(edit: Edit) -> None:
    assert _asked(edit) == []


@cases("old, new", [("at_least: 0.85", "at_least: true"), ("label: churned", "label: 1")])
def test_what_python_takes_for_equal_is_told_apart(old: str, new: str) -> None:
    one = Edit(KPIS, old, old.split(": ")[0] + ": 1")
    other = Edit(KPIS, old.split(": ")[0] + ": 1", new)
    assert bool(_asked(other, base=(one,))) is (new.split(": ")[1] != "1")


def test_removing_or_breaking_the_project_is_a_change() -> None:
    for edit in (Edit("mlops.yaml", None, None), Edit("mlops.yaml", "branch: main", "branch: [")):
        assert _asked(edit) == ["mlops.yaml: data-science", "mlops.yaml: operations"]


def test_a_change_of_a_gate_needs_its_owner() -> None:
    assert _asked(Edit(KPIS, "at_least: 0.85", "at_least: 0.5"), base=(TWO,)) == [f"{KPIS}: data-science"]
    assert _asked(Edit(KPIS, "at_most: 40", "at_most: 400"), base=(TWO,)) == [f"{KPIS}: operations"]
    assert _asked(Edit(KPIS, "at_most: 40", "at_most: 400"), base=(TWO,), by=("bob",)) == []
    assert _asked(Edit(KPIS, LATENCY, ""), base=(TWO,)) == [f"{KPIS}: operations"]


def test_a_kpi_that_is_there_twice_or_in_another_file_s_name_changed() -> None:
    twice = Edit(KPIS, "kpis:\n", "kpis:\n  - {id: roc-auc, metric: f1, data: holdout, gate: {at_least: 0.1}}\n")
    slower = Edit(KPIS, "at_most: 40", "at_most: 400")
    both = [f"{KPIS}: data-science", f"{KPIS}: operations"]
    assert _asked(twice, slower, base=(TWO,)) == both
    assert _asked(Edit(KPIS, "model: churn", "model: fraud"), slower, base=(TWO,)) == both


def test_a_new_owner_does_not_approve_their_own_coming() -> None:
    taken = Edit(KPIS, "owner: data-science", "owner: operations")
    assert _asked(taken, by=("bob",)) == [f"{KPIS}: data-science"]


def test_a_change_of_data_is_one_of_every_kpi_on_them() -> None:
    assert _asked(Edit(KPIS, "path: data/holdout.csv", "path: data/easy.csv"), base=(TWO,)) == [f"{KPIS}: data-science"]


def test_an_added_kpi_needs_every_owner_there_is() -> None:
    assert _asked(TWO) == [f"{KPIS}: data-science"]
    assert _asked(Edit(KPIS, LATENCY, LATENCY + OPEN), base=(TWO,)) == [f"{KPIS}: data-science", f"{KPIS}: operations"]


def test_a_kpi_without_an_owner_is_the_project_s_matter() -> None:
    base = (Edit(KPIS, GATE, GATE + OPEN),)
    assert _asked(Edit(KPIS, "at_most: 9", "at_most: 99"), base=base) == [
        f"{KPIS}: data-science",
        f"{KPIS}: operations",
    ]
    owned = Edit(KPIS, "at_least: 0.85", "at_least: 0.5")  # the owner of another that changes too is not enough
    assert _asked(Edit(KPIS, "at_most: 9", "at_most: 99"), owned, base=base, by=("carol",)) == [f"{KPIS}: operations"]


def test_kpis_removed_or_moved_need_their_owners_and_those_of_a_new_model_nobody() -> None:
    assert _asked(Edit(KPIS, None, None)) == [f"{KPIS}: data-science"]
    assert _asked(Edit("models/fraud/kpis.yaml", "model: churn", "model: fraud", copy=KPIS)) == []
    moved = (Edit("mlops.yaml", "branch: main", "branch: main\npaths: {models: cards}"),
             Edit("cards/churn/kpis.yaml", "at_least: 0.85", "at_least: 0.1", copy=KPIS))  # fmt: skip
    assert f"{KPIS}: data-science" in _asked(*moved)


def test_kpis_of_the_base_that_are_not_valid_are_the_project_s_matter() -> None:
    broken = Edit(KPIS, "at_least: 0.85", "at_leest: 0.85")
    assert _asked(Edit(KPIS, "at_leest", "at_least"), base=(broken,)) == [
        f"{KPIS}: data-science",
        f"{KPIS}: operations",
    ]


def test_a_freeze_begins_and_ends_with_approvals() -> None:
    asked = ["FREEZE: data-science", "FREEZE: operations"]
    frozen = Edit("FREEZE", None, "An incident.\n")
    assert _asked(frozen) == asked and _asked(frozen, by=("bob", "carol")) == []
    assert _asked(Edit("FREEZE", None, None), base=(frozen,)) == asked
    assert _asked(Edit("FREEZE", None, ""), base=(frozen,)) == asked


def test_what_brings_the_tool_is_judged_by_itself() -> None:
    brings = Edit("mlops.yaml", None, "apiVersion: mlops-gitops/v1\n")
    assert _asked(brings, base=(Edit("mlops.yaml", None, None),)) == []


def test_an_approver_who_may_be_of_an_unknown_team_leaves_it_undecided() -> None:
    team = Edit("mlops.yaml", "[{login: bob, emails: [bob@example.org]}]", "[{team: example/ops}]")
    found = list(RULE.check(context(ledger(), (team,), LAX, pull=approved("carol", "dave"))))
    assert [diagnostic.undecided for diagnostic in found] == [True]
    assert not lacking(found[0].message, "members", "team example/ops", "not known")


PLAN = Edit(MONITORING, None, WATCHED)


def test_a_change_of_monitoring_needs_its_owner_on_the_base() -> None:
    lax = Edit(MONITORING, "psi: 0.1", "psi: 9")
    assert _asked(lax, base=(PLAN,)) == [f"{MONITORING}: operations"]
    assert _asked(lax, base=(PLAN,), by=("bob",)) == []
    assert _asked(Edit(MONITORING, None, None), base=(PLAN,)) == [f"{MONITORING}: operations"]
    taken = Edit(MONITORING, "owner: operations", "owner: data-science")
    assert _asked(taken, base=(PLAN,), by=("carol",)) == [f"{MONITORING}: operations"]


def test_new_monitoring_needs_the_role_that_it_names() -> None:
    assert _asked(PLAN) == [f"{MONITORING}: operations"]
    assert _asked(PLAN, by=("bob",)) == []
    everyone = [f"{MONITORING}: data-science", f"{MONITORING}: operations"]
    assert _asked(Edit(MONITORING, None, WATCHED.replace("owner: operations", "owner: nobody"))) == everyone
    assert _asked(Edit(MONITORING, None, "kind: Monitoring\n")) == everyone


def test_comments_and_drafts_of_monitoring_need_nobody() -> None:
    assert _asked(Edit(MONITORING, "every: 7d", "every: 7d # a week"), base=(PLAN,)) == []
    draft = Edit(MONITORING, None, "# kind: Monitoring\n")
    assert _asked(draft) == []
    assert _asked(PLAN, base=(draft,)) == [f"{MONITORING}: operations"]
    assert _asked(draft, base=(PLAN,)) == [f"{MONITORING}: operations"]


def test_monitoring_of_the_base_that_is_not_valid_is_the_project_s_matter() -> None:
    broken = Edit(MONITORING, None, WATCHED.replace("grace: 2d", "grace: 2"))
    assert _asked(Edit(MONITORING, "grace: 2", "grace: 2d"), base=(broken,)) == [
        f"{MONITORING}: data-science",
        f"{MONITORING}: operations",
    ]


def test_monitoring_that_moves_away_with_its_folder_needs_its_owner() -> None:
    moved = Edit("mlops.yaml", "branch: main", "branch: main\npaths: {models: cards}")
    assert f"{MONITORING}: operations" in _asked(moved, base=(PLAN,))


POLICY = Edit(RETRAINING, None, RETRAINED)
BOTH = [f"{RETRAINING}: data-science", f"{RETRAINING}: operations"]


def test_a_change_of_retraining_needs_those_that_the_base_says_decide() -> None:
    lax = Edit(RETRAINING, "runs: 4", "runs: 400")
    assert _asked(lax, base=(POLICY,)) == BOTH
    assert _asked(lax, base=(POLICY,), by=("bob",)) == BOTH[:1]
    assert _asked(lax, base=(POLICY,), by=("carol", "bob")) == []
    assert _asked(Edit(RETRAINING, None, None), base=(POLICY,)) == BOTH
    two = Edit(RETRAINING, "operations: 1", "operations: 2")
    assert _asked(Edit(RETRAINING, "runs: 4", "runs: 5"), base=(POLICY, two), by=("carol", "bob")) == BOTH[1:]


def test_a_change_of_who_decides_is_decided_by_those_before_it() -> None:
    alone = Edit(RETRAINING, "decides: {data-science: 1, operations: 1}", "decides: {data-science: 1}")
    assert _asked(alone, base=(POLICY,), by=("carol",)) == BOTH[1:]
    assert _asked(Edit(RETRAINING, "14d", "1d"), base=(POLICY, alone), by=("carol",)) == []


def test_new_retraining_needs_those_that_it_names_and_comments_need_nobody() -> None:
    assert _asked(POLICY) == BOTH
    assert _asked(POLICY, by=("carol", "bob")) == []
    assert _asked(Edit(RETRAINING, "cooldown: 14d", "cooldown: 14d # two weeks"), base=(POLICY,)) == []
    draft = Edit(RETRAINING, None, "# kind: Retraining\n")
    assert _asked(draft) == []
    assert _asked(draft, base=(POLICY,)) == BOTH
    assert _asked(Edit(RETRAINING, None, RETRAINED.replace("operations: 1", "nobody: 1"))) == BOTH
