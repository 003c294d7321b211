"""mlops.yaml: teams, soaks and freezes as the record has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sample
from cases import cases

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.records.project import KIND, PATH, Project, read
from mlops_gitops.repository.snapshot import Snapshot

TEAMS = sample.PROJECT.replace("[{login: bob, emails: [bob@example.org]}]", "[{login: bob}, {team: Example/ops}]")


def _project(text: str) -> Project:
    document = parse(PATH, text.encode())
    assert schema_validation.check(document, "project") == ()
    return read(document)


def _policies(text: str) -> Project:
    return _project(sample.PROJECT + f"policies: {text}\n")


def test_a_team_s_members_are_those_the_forge_tells() -> None:
    before = _project(TEAMS)
    assert before.unresolved == {"operations": ("Example/ops",)}
    after = before.with_teams({"example/OPS": frozenset({"Dave", "BOB", "alice"})})
    assert after.unresolved == {} and before.unresolved
    assert [m.login for m in after.roles["operations"]] == ["bob", "Dave", "alice"]
    assert after.roles_of("DAVE") == ("operations",) and before.roles_of("dave") == ()
    assert after.roles_of("alice@example.org") == ("data-science", "operations")


def test_a_team_nobody_told_of_stays_unknown_and_an_empty_one_does_not() -> None:
    project = _project(TEAMS)
    assert project.with_teams({"example/other": frozenset({"eve"})}).unresolved == project.unresolved
    assert project.with_teams({"example/ops": frozenset()}).unresolved == {}


@cases(
    "member, fault",
    [("{login: bob, team: example/ops}", "needs exactly one of 'login', 'team'"), ("{}", "needs exactly one of"),
     ("{team: example/ops, emails: [a@b.org]}", "has 'emails' without 'login'"),
     ("{team: ops}", "is not a team, such as organisation/team"), ("{teem: example/ops}", "unknown key 'teem'")],
)  # fmt: skip
def test_a_member_is_a_person_or_a_team(member: str, fault: str) -> None:
    text = sample.PROJECT.replace("{login: bob, emails: [bob@example.org]}", member)
    found = schema_validation.check(parse(PATH, text.encode()), "project")
    assert any(fault in finding.message for finding in found), found
    assert all(finding.span.line == 6 for finding in found)


@cases("soak, time", [("90m", timedelta(minutes=90)), ("24h", timedelta(days=1)), ("7d", timedelta(days=7))])
def test_a_soak_is_a_length_of_time(soak: str, time: timedelta) -> None:
    project = _project(sample.PROJECT.replace("staging: {", f"staging: {{soak: {soak}, "))
    assert project.environments["staging"].soak_time == time
    assert project.environments["production"].soak_time is None


@cases("soak", ["24", "0h", "1.5h", "24 h", "P1D", "99999h", "h"])
def test_what_is_no_length_of_time(soak: str) -> None:
    text = sample.PROJECT.replace("staging: {", f'staging: {{soak: "{soak}", ')
    assert any(
        "is not a length of time" in finding.message
        for finding in schema_validation.check(parse(PATH, text.encode()), "project")
    )


def test_a_hold_needs_a_soak() -> None:
    text = sample.PROJECT.replace("staging: {", "staging: {hold_while_soaking: true, ")
    (found,) = schema_validation.check(parse(PATH, text.encode()), "project")
    assert "has 'hold_while_soaking' without 'soak'" in found.message


def test_a_freeze_covers_its_days() -> None:
    (freeze,) = _policies('{freeze: [{from: "2026-12-20", to: "2027-01-04", reason: x}]}').freezes
    assert freeze.since == datetime(2026, 12, 20, tzinfo=UTC)
    assert freeze.until == datetime(2027, 1, 5, tzinfo=UTC)


@cases("day", ["2026-02-30", "2026-12-20T25:00:00Z", "9999-12-31"])
def test_a_day_that_does_not_exist_is_a_fault_of_the_file(day: str) -> None:
    text = sample.PROJECT + f'policies: {{freeze: [{{from: "2026-12-20", to: "{day}", reason: x}}]}}\n'
    entry = Snapshot(Overlay({PATH: text.encode()})).entry(PATH, KIND)
    assert entry and entry.record is None
    (problem,) = entry.problems
    assert "policies.freeze" in problem.message and day in problem.message
    assert str(problem.span).startswith(f"{PATH}:{text.count(chr(10))}:")


def test_who_approves_a_change_of_policy() -> None:
    assert _project(sample.PROJECT).policy_approvals == {"operations": 1, "data-science": 1}
    assert _policies("{approvals: {operations: 2}}").policy_approvals == {"operations": 2}
    assert _policies("{approvals: {}}").policy_approvals == {}


def test_a_count_is_a_whole_number_however_it_is_written() -> None:
    text = sample.PROJECT.replace("{operations: 1}", "{operations: 1.0}").replace("login: bob", "login: bob, id: 7.0")
    project = _project(text + "policies: {approvals: {operations: 2.0}}\n")
    counted = (*project.environments["staging"].approvals.values(), *project.policy_approvals.values())
    assert [*map(repr, (*counted, project.roles["operations"][0].id))] == ["1", "2", "7"]
