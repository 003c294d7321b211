"""Receipts: what a tag's message says, and what is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cases import cases

from mlops_gitops.records.receipt import Receipt, parse

FACTS = {"path": "p", "digest": "d", "commit": "c", "approved": "met", "forge": "local"}


def _parse(**more: object) -> Receipt | None:
    return parse("churn@v1.0.0", "1" * 40, "A line\n\n" + json.dumps(FACTS | more))


@cases("approvals", [{"role": "operations", "by": "bob"}, "bob", 7, None, [{"by": "bob"}], ["bob"]])
def test_approvals_of_another_form_are_no_receipt(approvals: object) -> None:
    assert _parse(approvals=approvals) is None


@cases(
    "written, read",
    [("2026-01-08T10:00:00Z", datetime(2026, 1, 8, 10, tzinfo=UTC)),
     ("2026-01-08T11:30:00+01:30", datetime(2026, 1, 8, 10, tzinfo=UTC)), ("2026-01-08T10:00:00", None), ("now", None),
     (None, None), (7, None), ("0001-01-01T00:00:00+23:00", None)],
)  # fmt: skip
def test_when_it_was_merged_is_told_with_its_zone_or_not_at_all(written: object, read: datetime | None) -> None:
    receipt = _parse(merged_at=written)
    assert receipt is not None and receipt.merged_at == read


def test_a_receipt_may_leave_it_out() -> None:
    receipt = _parse()
    assert receipt is not None and receipt.merged_at is None
