"""promotion-order: the upstream records that a promotion names, and what a receipt that is not here leaves open."""

from __future__ import annotations

import json
from typing import Any

import sample
from cases import cases
from messages import lacking
from past import PRODUCTION, Ran, context, ledger, time

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.promotion_order import RULE
from mlops_gitops.repository.ledger import Ledger

PROVEN, UNSEEN = Ran("staging", "1.0.0", time(8)), Ran("staging", "1.0.0", time(9), approved=None)


def _found(past: Ledger, *upstream: str) -> list[Diagnostic]:
    """The findings of a promotion to production that names these records of staging, by their digests."""
    data: dict[str, Any] = json.loads(sample.edited((PRODUCTION,))[PRODUCTION.path])
    data["predicate"]["upstream"] = [{"environment": "staging", "record": digest} for digest in upstream]
    return list(RULE.check(context(past, (), Edit(PRODUCTION.path, None, json.dumps(data, indent=2) + "\n"))))


def test_the_newest_proven_record_is_named() -> None:
    past = ledger(PROVEN)
    assert _found(past, past.entries[0].digest) == []


@cases(
    "ran, named, undecided",
    [
        # All receipts are here: another record, or none, is wrong.
        ((PROVEN,), (), False),
        ((PROVEN,), (f"sha256:{0:064}",), False),
        # The receipt of a newer record is not here: naming more could be right, naming less cannot.
        ((PROVEN, UNSEEN), (0, 1), True),
        ((PROVEN, UNSEEN), (), False),
    ],
)
def test_other_upstream_records_are_wrong_unless_a_receipt_is_not_here(
    ran: tuple[Ran, ...], named: tuple[int | str, ...], undecided: bool
) -> None:
    past = ledger(*ran)
    found = _found(past, *(past.entries[n].digest if isinstance(n, int) else n for n in named))
    (upstream,) = (finding for finding in found if not lacking(finding.message, "upstream records", "base"))
    assert upstream.undecided is undecided and upstream.span.path == PRODUCTION.path


@cases(
    "ran, facts, undecided",
    [
        ((), ("churn 1.0.0", "not been in staging", "before production"), False),
        ((UNSEEN,), ("churn 1.0.0", "in staging", "no receipt"), True),
        ((Ran("staging", "1.0.0", time(8), "unmet"),), ("churn 1.0.0", "in staging", "no receipt"), False),
    ],
)
def test_a_release_that_was_not_upstream_or_is_not_proven_there(
    ran: tuple[Ran, ...], facts: tuple[str, ...], undecided: bool
) -> None:
    (found,) = _found(ledger(*ran))
    assert found.undecided is undecided and not lacking(found.message, *facts), found
