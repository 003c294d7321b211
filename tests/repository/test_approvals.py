"""Who has approved: each person for one role, and a team whose members are not known is neither nobody nor somebody."""

from __future__ import annotations

import json

import sample
from cases import cases
from messages import lacking
from past import approved, context, ledger

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.forges.pull_request import Review
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules import decision_author
from mlops_gitops.records.project import PATH, Project, read
from mlops_gitops.repository.approvals import Demand, shortfalls, unmet_by_names

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
    assert not lacking(message, "operations", "0 of 1", "eligible: dave") and not undecided


def test_an_account_counts_by_its_login_and_by_its_number() -> None:
    """A login that is given up can be taken by somebody else, and a login of another name is in no role."""
    numbered = Edit("mlops.yaml", "login: bob,", "login: bob, id: 4,")
    project = read(parse(PATH, sample.edited((numbered,))[PATH]))

    def lacks(login: str, number: int | None) -> list[tuple[str, bool]]:
        pull = replace(approved(), reviews=(Review(login, "3" * 40, "", number),))
        return list(shortfalls(project, pull, {"operations": 1}))

    assert lacks("bob", 4) == lacks("Bob", 4) == lacks("bob@example.org", None) == []
    ((message, undecided),) = lacks("bob", 5)
    assert (
        not lacking(message, "0 of 1", "bob does not have the account number")
        and "eligible" not in message
        and not undecided
    )
    ((message, undecided),) = lacks("bobby", 4)
    assert not lacking(message, "0 of 1", "eligible: bob") and not undecided


def test_a_receipt_is_held_to_the_number_that_it_names() -> None:
    numbered = Edit("mlops.yaml", "login: bob,", "login: bob, id: 4,")
    demand = Demand(read(parse(PATH, sample.edited((numbered,))[PATH])), {"operations": 1})
    for number, met in ((4, True), (5, False), (None, True)):
        approval = {"role": "operations", "by": "bob"} | ({"id": number} if number else {})
        assert (unmet_by_names([demand], [approval]) == "") is met, number


def test_a_blank_login_is_nobody_who_can_approve() -> None:
    blank = Edit("mlops.yaml", "[{login: bob,", "[{login: '<login>'}, {login: bob,")
    project = read(parse(PATH, sample.edited((blank,))[PATH]))
    ((message, _),) = shortfalls(project, approved(), {"operations": 1})
    assert not lacking(message, "eligible: bob") and "login" not in message


@cases(
    "roles, people, wanted, missing",
    [
        # Bob is needed where nobody else can be, whoever comes first by name.
        ({"a": ["bob", "carol"], "b": ["bob"]}, ("bob", "carol"), {"a": 1, "b": 1}, []),
        ({"a": ["bob"], "b": ["bob", "carol"]}, ("bob", "carol"), {"a": 1, "b": 1}, []),
        ({"a": ["bob", "carol"], "b": ["bob", "dave"], "c": ["dave"]}, ("bob", "carol", "dave"),
         {"a": 1, "b": 1, "c": 1}, []),
        ({"a": ["bob", "carol", "dave"], "b": ["bob"]}, ("bob", "carol", "dave"), {"a": 2, "b": 1}, []),
        # Nobody speaks for two roles, nor twice for one.
        ({"a": ["bob"], "b": ["bob"]}, ("bob",), {"a": 1, "b": 1}, ["0 of 1 approvals from b"]),
        ({"a": ["bob", "carol"], "b": ["bob"]}, ("bob",), {"a": 2}, ["1 of 2 approvals from a"]),
        ({"a": ["bob", "carol"], "b": ["bob"]}, ("bob", "carol"), {"a": 2, "b": 1}, ["0 of 1 approvals from b"]),
    ],
)  # fmt: skip
def test_as_many_roles_as_can_be_have_approved(
    roles: dict[str, list[str]], people: tuple[str, ...], wanted: dict[str, int], missing: list[str]
) -> None:
    members = {role: [{"login": login} for login in logins] for role, logins in roles.items()}
    text = (
        f"apiVersion: mlops-gitops/v1\nkind: Project\nbranch: main\nroles: {json.dumps(members)}\nenvironments: {{}}\n"
    )
    found = list(shortfalls(read(parse(PATH, text.encode())), approved(*people), wanted))
    assert [message.partition(";")[0] for message, _ in found] == missing


def test_an_approval_of_another_head_does_not_count() -> None:
    project = read(parse(PATH, sample.edited(())[PATH]))
    stale = replace(approved("bob"), head="4" * 40)
    ((message, undecided),) = shortfalls(project, stale, {"operations": 1})
    assert not lacking(message, "operations", "0 of 1", "eligible: bob") and not undecided


def test_a_decision_of_a_team_s_member() -> None:
    new = Edit("decisions/2026-02-01-next.yaml", "by: bob", "by: dave", copy="decisions/2026-01-05-outage.yaml")
    head = context(ledger(), (TEAM,), new)
    (unknown,) = decision_author.RULE.check(head)
    assert (unknown.severity, "unless of team example/ops" in unknown.message) == ("warning", True)
    for members, count in ((MEMBERS, 0), ({"example/ops": frozenset({"eve"})}, 1)):
        told = replace(head, teams=members)
        assert [found.severity for found in decision_author.RULE.check(told)] == ["error"] * count
