"""The pull request that docs/ shows is judged by every rule, and by nothing but its approvals held up."""

from __future__ import annotations

from pages.github_sample import history


def test_only_approvals_are_missing_and_with_them_it_may_be_merged() -> None:
    past, proposal = history()
    checked = proposal.checked()
    assert {finding.rule for finding in checked.found} == {"approvals"}
    assert checked.status.state == "pending"
    approved = proposal.approved("bob", "carol")
    assert (approved.checked().status.state, approved.checked().found) == ("success", ())
    promoted, *others = past.merge(approved)
    assert not others
    assert past.receipts[promoted.tag].approved == "met"


def test_the_requester_cannot_approve_it() -> None:
    _, proposal = history()
    assert proposal.approved("alice", "bob").checked().status.state == "pending"
