"""Who is lacking for approvals, before anybody asks for them."""

from __future__ import annotations

from cases import cases

from mlops_gitops.core.errors import UNDECIDED
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.promotion.preconditions import unapprovable
from mlops_gitops.repository.snapshot import Snapshot

TWO = "{login: alice}, {login: bob}"


def _lacking(science: str, operations: str, wanted: str, requester: str = "alice", policy: str = "{}") -> list[str]:
    text = (
        f"apiVersion: mlops-gitops/v1\nkind: Project\nbranch: main\n"
        f"roles: {{science: [{science}], operations: [{operations}]}}\n"
        f"environments: {{staging: {{approvals: {wanted}}}}}\npolicies: {{approvals: {policy}}}\n"
    )
    project = Snapshot(Overlay({"mlops.yaml": text.encode()})).project
    assert project is not None
    refusals = list(unapprovable(project, requester))
    return [
        f"{refusal.message.split()[0]}{' undecided' if refusal.exit_code == UNDECIDED else ''}" for refusal in refusals
    ]


@cases(
    "science, operations, wanted, lacking",
    [
        (TWO, TWO, "{operations: 1}", []),
        ("{login: alice}", "{login: alice}", "{operations: 1}", ["operations"]),
        ("{login: alice}", "{login: alice}", "{}", []),
        (TWO, TWO, "{operations: 2}", ["operations"]),
        # One person counts for one role.
        (TWO, TWO, "{science: 1, operations: 1}", ["science"]),
        (TWO, "{login: carol}", "{science: 1, operations: 1}", []),
        ("{login: <your login>}", "{login: carol}", "{science: 1}", ["science"]),
        (TWO, "{team: example/ops}", "{operations: 1}", ["operations undecided"]),
        (TWO, "{team: example/ops}", "{science: 1}", []),
    ],
)
def test_the_roles_that_too_few_people_are_in(science: str, operations: str, wanted: str, lacking: list[str]) -> None:
    assert _lacking(science, operations, wanted) == lacking


def test_a_stranger_is_counted_among_nobody() -> None:
    assert _lacking("{login: alice}", "{login: bob}", "{science: 1, operations: 1}", requester="eve@example.org") == []
    assert _lacking("{login: alice}", "{login: bob}", "{}", requester="alice", policy="{science: 1}") == ["science"]
