"""What the audit finds about the receipt of a promotion, and whether it is wrong or only unproven."""

from __future__ import annotations

import sample
from cases import cases
from messages import lacking
from past import COMMIT, Ran, ledger, time

from mlops_gitops.audit.record_findings import record_findings
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records.receipt import UNMET, UNPROVEN
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

TAG, RECORD = "churn#staging#1", "promotions/staging/churn/0001.json"
OTHER = "9" * 40
BY_BOB = {"approvals": [{"role": "operations", "by": "bob", "at": ""}]}
PAST = ledger(Ran("staging", "1.0.0", time(8)))


def _findings(past: Ledger, *tags: str) -> list[Diagnostic]:
    """The findings of a line of two commits, by the sample's policy; `tags` are lightweight."""
    base = Snapshot(Overlay(sample.files()))
    return list(record_findings(PolicyHistory(past, lambda _: base), frozenset((COMMIT.sha, OTHER)), frozenset(tags)))


def _with_receipt(**altered: object) -> Ledger:
    return PAST.with_receipts([replace(PAST.receipts[TAG], **({"facts": BY_BOB} | altered))])


def test_a_receipt_that_proves_its_record_is_no_finding() -> None:
    assert _findings(_with_receipt()) == []


@cases(
    "altered, undecided, facts",
    [
        ({"target": "8" * 40}, False, (TAG, "8" * 10, "first-parent line")),
        ({"target": OTHER}, False, (TAG, "moved", OTHER[:10], COMMIT.sha[:10])),
        ({"digest": "sha256:0"}, False, (TAG, "other content", "sha256:0")),
        ({"path": "promotions/staging/churn/0002.json"}, False, (TAG, "other content")),
        ({"approved": UNMET}, False, (RECORD, "without the approvals")),
        ({"approved": UNPROVEN}, True, (RECORD, "unproven")),
        ({"forge": "github"}, True, (TAG, "github forge", "only there")),
        ({"facts": {"approvals": []}}, False, (TAG, "operations", "0 of 1")),
        ({"facts": {"approvals": [{"role": "operations", "by": "carol", "at": ""}]}}, False, (TAG, "0 of 1")),
    ],
)
def test_a_receipt_that_does_not(altered: dict[str, object], undecided: bool, facts: tuple[str, ...]) -> None:
    (found,) = _findings(_with_receipt(**altered))
    assert (found.rule, found.span.path, found.undecided) == ("receipt", RECORD, undecided)
    assert not lacking(found.message, COMMIT.sha[:10], *facts), found.message


def test_a_record_without_a_receipt() -> None:
    without = replace(PAST, receipts={})
    (absent,) = _findings(without)
    (lightweight,) = _findings(without, TAG)
    assert absent.undecided and not lacking(absent.message, "no receipt", TAG)
    assert not lightweight.undecided and not lacking(lightweight.message, TAG, "lightweight")


def test_a_receipt_of_a_record_that_this_history_does_not_add() -> None:
    more = replace(PAST.receipts[TAG], tag="churn#staging#2", path="promotions/staging/churn/0002.json", facts=BY_BOB)
    (found,) = _findings(_with_receipt().with_receipts([more]))
    assert (found.rule, found.span.path, found.undecided) == ("receipt", more.path, False)
    assert not lacking(found.message, "churn#staging#2", more.path, "does not add")
