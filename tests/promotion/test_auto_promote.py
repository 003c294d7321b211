"""due: the promotions that auto_promote asks for now, and those it never asks for."""

from __future__ import annotations

from datetime import datetime

import rolling
import sample
from past import Ran, context, ledger, time

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import new_release
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.auto_promote import DuePromotion, due_promotions
from mlops_gitops.records.receipt import UNMET
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

AUTO = Edit("mlops.yaml", "branch: main", "branch: main\npolicies: {auto_promote: [staging, production]}")
SOAK = Edit("mlops.yaml", "staging: {", "staging: {soak: 24h, ")
# Nothing has run yet: 1.0.0 and 1.1.0 are released.
CLEAN = (
    Edit("promotions/staging/churn/0001.json", None, None),
    Edit("environments/staging/churn.yaml", None, None),
    Edit("decisions/2026-01-05-outage.yaml", None, None),
)
STAGING_11 = DuePromotion("churn", "staging", "1.1.0")
PRODUCTION_10 = DuePromotion("churn", "production", "1.0.0")


def _due(*ran: Ran, base: tuple[Edit, ...] = (AUTO,), now: datetime | None = None) -> list[DuePromotion]:
    edits = (*CLEAN, *base)
    return due_promotions(context(_ledger(edits, *ran), edits, now=now or time(20)))


def _ledger(edits: tuple[Edit, ...], *ran: Ran) -> Ledger:
    return ledger(*ran, below=sample.ledger_of(sample.edited(edits)))


def test_the_newest_release_goes_where_nothing_comes_before() -> None:
    assert _due() == [STAGING_11]


def test_only_what_is_listed_is_asked_for() -> None:
    assert _due(base=()) == []
    only = Edit("mlops.yaml", "branch: main", "branch: main\npolicies: {auto_promote: [production]}")
    assert _due(base=(only,)) == []


def test_with_a_receipt_in_what_comes_before_it_goes_on() -> None:
    ran = Ran("staging", "1.0.0", time(8))
    assert _due(ran) == [STAGING_11, PRODUCTION_10]
    assert _due(Ran("staging", "1.0.0", time(8), approved=None)) == [STAGING_11]
    assert _due(Ran("staging", "1.0.0", time(8), approved=UNMET)) == [STAGING_11]


def test_what_runs_there_or_is_newer_is_left() -> None:
    assert _due(Ran("staging", "1.1.0", time(8)), Ran("production", "1.1.0", time(9))) == []
    assert _due(Ran("staging", "2.0.0", time(8))) == []
    state = 'apiVersion: mlops-gitops/v1\nkind: DesiredState\nmodel: churn\nenvironment: staging\nrelease: "1.1.0"\n'
    assert _due(base=(AUTO, Edit("environments/staging/churn.yaml", None, state))) == []


def test_what_has_run_there_is_not_asked_for_again() -> None:
    """A person put the older release back, by another promotion."""
    ran = (Ran("staging", "1.1.0", time(8)), Ran("staging", "1.0.0", time(9)))
    assert _due(*ran) == [DuePromotion("churn", "production", "1.1.0")]


def test_what_was_rolled_back_from_comes_back_by_itself_neither_there_nor_after() -> None:
    ran = (Ran("staging", "1.0.0", time(8)), Ran("staging", "1.1.0", time(9)))
    assert _due(*ran) == [DuePromotion("churn", "production", "1.1.0")]
    assert _due(*ran, Ran("staging", "1.0.0", time(10), action="rollback")) == [PRODUCTION_10]


def test_what_is_quarantined_is_passed_over() -> None:
    leak = (
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: quarantine\n"
        'subject: {model: churn, release: "1.1.0"}\nrole: operations\nby: bob\nreason: It leaks.\n'
    )
    assert _due(base=(AUTO, Edit("decisions/2026-01-06-leak.yaml", None, leak))) == [
        DuePromotion("churn", "staging", "1.0.0")
    ]


def test_it_waits_for_a_soak() -> None:
    ran = Ran("staging", "1.1.0", time(8))
    assert _due(ran, base=(AUTO, SOAK), now=time(8, 23)) == []
    assert _due(ran, base=(AUTO, SOAK), now=time(9)) == [DuePromotion("churn", "production", "1.1.0")]


def test_it_waits_for_the_end_of_a_freeze() -> None:
    assert _due(base=(AUTO, Edit("FREEZE", None, ""))) == []


def test_a_release_that_is_not_merged_is_none() -> None:
    new = Edit("releases/churn/1.2.0.yaml", 'version: "1.1.0"', 'version: "1.2.0"', copy="releases/churn/1.1.0.yaml")
    edits = (*CLEAN, AUTO)
    assert due_promotions(context(_ledger(edits), (*edits, new), now=time(20))) == [STAGING_11]


def _due_in_waves(of: Ledger) -> list[DuePromotion]:
    text = rolling.PLANNED["mlops.yaml"].replace(b"branch: main", (AUTO.new or "").encode())
    newest = sample.edited((new_release("1.2.0"),))["releases/churn/1.2.0.yaml"]
    tree = rolling.PLANNED | {"mlops.yaml": text, "releases/churn/1.2.0.yaml": newest}
    base = Snapshot(Overlay(tree))
    added = sample.ledger_of(tree).manifest("churn", "1.2.0")
    assert added is not None
    known = replace(of, entries=(*of.entries, replace(added, position=len(of.entries))))
    return due_promotions(replace(rolling.context(known, now=time(20)), base=base, head=base, changes={}))


def test_it_waits_while_a_rollout_runs_there_and_leaves_the_bytes_that_were_taken_back() -> None:
    newest = DuePromotion("churn", "staging", "1.2.0")
    assert newest in _due_in_waves(rolling.ledger())
    assert newest not in _due_in_waves(rolling.ledger(rolling.opening()))
    back = rolling.record("rollback", 3, release="1.0.0", replaces="1.1.0")
    held = _due_in_waves(rolling.ledger(rolling.opening(), back))  # 1.2.0 has the bytes of 1.1.0
    assert not [due for due in held if due.environment == "staging"]
