"""What is kept of people: sentences that are read again, and teams as of a merge."""

from __future__ import annotations

from mlops_gitops.forges.kept_people import (
    Kept,
    approvers_by_team,
    logins_in,
    members_at_merge,
    of_team,
    sentence,
    started,
)
from mlops_gitops.forges.pull_request import Review

EARLY, LATE = Review("bob", "1", "2026-01-05T10:00:00Z"), Review("carol", "1", "2026-01-05T12:00:00Z")
NOON = "2026-01-05T11:00:00Z"


def test_a_sentence_is_read_again_and_no_other_is() -> None:
    for beginning in (started("900"), of_team("example/ops")):
        for logins in (["alice"], ["alice", "bob"], []):
            assert logins_in(sentence(beginning, logins), beginning) == frozenset(logins)
    assert logins_in(sentence(started("9001"), ["alice"]), started("900")) is None


def test_who_joins_or_leaves_a_team_after_a_check_changes_nothing_that_it_judged() -> None:
    kept = Kept(frozenset({"bob"}), NOON)
    assert members_at_merge(frozenset({"carol"}), kept, [EARLY]) == {"bob", "carol"}, "bob has left since"
    nobody = Kept(frozenset(), NOON)
    assert members_at_merge(frozenset({"Bob"}), nobody, [EARLY]) == frozenset(), "bob has joined since"


def test_what_no_check_judged_goes_by_the_team_of_now() -> None:
    kept = Kept(frozenset(), NOON)
    assert members_at_merge(frozenset({"carol"}), kept, [LATE]) == {"carol"}
    assert members_at_merge(frozenset({"bob"}), None, [EARLY]) == {"bob"}


def test_only_those_who_approved_are_kept() -> None:
    teams = {"example/ops": frozenset({"Bob", "dave"}), "example/science": frozenset({"alice"})}
    assert approvers_by_team(teams, []) == {}
    kept = {of_team("example/ops"): ["bob"], of_team("example/science"): []}
    assert approvers_by_team(teams, [EARLY, LATE]) == kept
