"""Who has approved: teams whose members are not known are never taken for nobody, nor for somebody."""

from __future__ import annotations

import sample
from messages import lacking
from past import approved, context, ledger

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules import decision_author
from mlops_gitops.records.project import PATH, Project, read
from mlops_gitops.repository.approvals import shortfalls

TEAM = Edit("mlops.yaml", "[{login: bob, emails: [bob@example.org]}]", "[{team: example/ops}]")
MEMBERS = {"example/ops": frozenset({"dave"})}


def _project() -> Project:
    return read(parse(PATH, sample.edited((TEAM,))[PATH]))


def test_somebody_else_s_approval_cannot_be_told() -> None:
    ((message, undecided),) = shortfalls(_project(), approved("dave"), {"operations": 1})
    assert undecided and not lacking(message, "operations", "0 of 1", "members", "team example/ops", "not known")


def test_without_anybody_s_approval_it_is_certain() -> None:
    for pull in (approved(), approved("alice"), approved("dave", excluded=("Dave",))):
        assert [undecided for _, undecided in shortfalls(_project(), pull, {"operations": 1})] == [False]


def test_whoever_speaks_for_another_role_cannot_speak_for_the_team_too() -> None:
    found = list(shortfalls(_project(), approved("carol"), {"data-science": 1, "operations": 1}))
    assert [undecided for _, undecided in found] == [False]


def test_a_known_member_approves_and_a_stranger_does_not() -> None:
    project = _project().with_teams(MEMBERS)
    assert list(shortfalls(project, approved("DAVE"), {"operations": 1})) == []
    ((message, undecided),) = shortfalls(project, approved("eve"), {"operations": 1})
    assert not lacking(message, "operations", "0 of 1", "dave can") and not undecided


def test_a_blank_login_is_nobody_who_can_approve() -> None:
    blank = Edit("mlops.yaml", "[{login: bob,", "[{login: '<login>'}, {login: bob,")
    project = read(parse(PATH, sample.edited((blank,))[PATH]))
    ((message, _),) = shortfalls(project, approved(), {"operations": 1})
    assert message.endswith("; bob can")


def test_a_decision_of_a_team_s_member() -> None:
    new = Edit("decisions/2026-02-01-next.yaml", "by: bob", "by: dave", copy="decisions/2026-01-05-outage.yaml")
    head = context(ledger(), (TEAM,), new)
    (unknown,) = decision_author.RULE.check(head)
    assert (unknown.severity, "unless of team example/ops" in unknown.message) == ("warning", True)
    for members, count in ((MEMBERS, 0), ({"example/ops": frozenset({"eve"})}, 1)):
        told = replace(head, teams=members)
        assert [found.severity for found in decision_author.RULE.check(told)] == ["error"] * count
