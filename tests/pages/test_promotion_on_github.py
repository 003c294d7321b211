"""The pull request that docs/ shows: every rule judges it, and only its approvals are missing."""

from __future__ import annotations

from pages.github_sample import history


def test_only_approvals_are_missing_and_with_those_of_others_it_may_be_merged() -> None:
    past, proposal = history()
    checked = proposal.checked()
    assert {finding.rule for finding in checked.found} == {"approvals"}
    assert checked.status.state == "pending"
    assert proposal.approved("alice", "bob").checked().status.state == "pending", "alice asked for it"
    approved = proposal.approved("bob", "carol")
    assert (approved.checked().status.state, approved.checked().found) == ("success", ())
    promoted, *others = past.merge(approved)
    assert not others
    assert past.receipts[promoted.tag].approved == "met"
