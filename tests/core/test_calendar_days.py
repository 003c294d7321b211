"""Days and times that files write, and the calendar."""

from __future__ import annotations

import sample
from cases import cases

from mlops_gitops.core.calendar_days import calendar_fault
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

DECISION = "decisions/2026-01-05-outage.yaml"


@cases("text", ["2026-02-28", "2028-02-29", "2026-12-31T23:59:59Z", "2026-1-1", "soon", ""])
def test_there_is_such_a_day(text: str) -> None:
    assert calendar_fault(text) == ""


@cases(
    "text, reason",
    [
        ("2027-02-30", "February 2027 has 28 days"),
        ("2026-04-31", "April 2026 has 30 days"),
        ("2026-13-01", "no month 13"),
        ("2026-00-10", "no month 00"),
        ("2026-01-00", "January 2026 has 31 days"),
        ("0000-01-01", "no year 0"),
        ("2026-01-01T24:00:00Z", "24 hours"),
    ],
)
def test_there_is_no_such_day(text: str, reason: str) -> None:
    assert reason in calendar_fault(text)


@cases(
    "path, old, new, place",
    [
        (DECISION, "2026-01-31", "2026-02-30", "8:10"),
        ("mlops.yaml", "environments:\n", "policies:\n  adopt: {until: 2026-06-31, approvals: {operations: 1}}\n"
         "environments:\n", "8:18"),
    ],
)  # fmt: skip
def test_a_day_that_there_is_not_is_pointed_at(path: str, old: str, new: str, place: str) -> None:
    files = sample.files()
    files[path] = files[path].decode().replace(old, new).encode()
    found = validate(Context(Snapshot(Overlay(files)), sample.TODAY), Scope.FILE)
    (problem,) = [d for d in found if d.rule == "schema"]
    assert str(problem.span) == f"{path}:{place}"
    assert "there is no" in problem.message and "has" in problem.message
