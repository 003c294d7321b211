"""adoption: while the base's mlops.yaml allows it, and with what it skips on record."""

from __future__ import annotations

from datetime import date

import sample
from cases import cases
from past import PRODUCTION, context, ledger

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.adoption import RULE

ADOPT = Edit(PRODUCTION.path, '"promote"', '"adopt"')
ROLLBACK = Edit(PRODUCTION.path, '"promote"', '"rollback"')
ALLOWED = Edit(
    "mlops.yaml",
    "branch: main",
    'branch: main\npolicies: {adopt: {until: "2026-01-10", approvals: {operations: 1}}}',
)
UNTOUCHED = Edit("mlops.yaml", "branch: main", "branch: main")


def _skipped(gates: str = '["roc-auc"]', order: str = '["staging"]') -> Edit:
    return Edit(PRODUCTION.path, '"rules": []', f'"skipped": {{"gates": {gates}, "order": {order}}}, "rules": []')


def _found(*edits: Edit, base: tuple[Edit, ...] = (ALLOWED,), today: date = sample.TODAY) -> list[Diagnostic]:
    return list(RULE.check(context(ledger(), base, PRODUCTION, *edits, today=today)))


@cases("day, allowed", [(9, True), (10, True), (11, False)])
def test_the_last_day_is_a_whole_one(day: int, allowed: bool) -> None:
    found = _found(ADOPT, _skipped(), today=date(2026, 1, day))
    assert [("until 2026-01-10" in one.message) for one in found] == [True] * (not allowed)


def test_by_default_nothing_is_adopted_and_the_help_says_what_would_allow_it() -> None:
    (found,) = _found(ADOPT, _skipped(), base=(UNTOUCHED,))
    assert "allows no adoption" in found.message
    assert 'policies: {adopt: {until: "YYYY-MM-DD", approvals: {data-science: 1, operations: 1}}}' in found.help


def test_an_environment_that_asks_for_no_approvals_gets_a_role_of_the_project_in_the_help() -> None:
    base = Edit("mlops.yaml", "after: [staging], approvals: {data-science: 1, operations: 1}", "after: [staging]")
    (found,) = _found(ADOPT, _skipped(), base=(base,))
    assert "approvals: {data-science: 1}" in found.help


def test_the_policy_of_the_change_itself_allows_nothing() -> None:
    (found,) = _found(ADOPT, _skipped(), ALLOWED, base=(UNTOUCHED,))
    assert "allows no adoption" in found.message


def test_a_base_without_mlops_yaml_allows_nothing() -> None:
    text = sample.edited((ALLOWED,))["mlops.yaml"].decode()
    (found,) = _found(ADOPT, _skipped(), Edit("mlops.yaml", None, text), base=(Edit("mlops.yaml", None, None),))
    assert "allows no adoption" in found.message


@cases(
    "edits",
    [
        (),
        (_skipped(gates="[]"),),
        (_skipped(order="[]"),),
        (_skipped(gates='["roc-auc", "recall"]'),),
        (_skipped(order='["staging", "production"]'),),
    ],
)
def test_what_it_lists_is_what_the_base_asks_of_a_promotion(edits: tuple[Edit, ...]) -> None:
    (found,) = _found(ADOPT, *edits)
    assert "roc-auc" in found.message and "staging" in found.message
    assert not _found(ADOPT, _skipped())


def test_a_kpi_without_a_gate_is_nothing_that_was_skipped() -> None:
    more = Edit("models/churn/kpis.yaml", "kpis:", "kpis:\n  - {id: recall, metric: roc_auc, data: holdout}")
    assert not _found(ADOPT, _skipped(), base=(ALLOWED, more))


def test_the_gates_are_those_of_the_base_whatever_the_change_brings() -> None:
    more = Edit(
        "models/churn/kpis.yaml",
        "kpis:",
        "kpis:\n  - {id: area, metric: roc_auc, data: holdout, gate: {at_least: 0.5}}",
    )
    assert not _found(ADOPT, _skipped(), more)
    assert _found(ADOPT, _skipped('["area", "roc-auc"]'), more)


@cases("edits", [(), (ROLLBACK,)])
def test_no_other_record_skips_anything(edits: tuple[Edit, ...]) -> None:
    assert not _found(*edits)
    (found,) = _found(*edits, _skipped())
    assert "skips nothing" in found.message
