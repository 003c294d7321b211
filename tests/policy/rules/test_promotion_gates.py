"""promotion-gates: who lets an inconclusive gate of a promotion pass."""

from __future__ import annotations

import json
from typing import Any

import sample
from cases import cases
from messages import lacking
from past import PRODUCTION, context, ledger

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.promotion_gates import RULE

# Production runs nothing, so a gate that only compares with it is inconclusive.
INCONCLUSIVE = Edit("models/churn/kpis.yaml", "{at_least: 0.85, ", "{accept: {roles: [data-science]}, ")
PATH = "decisions/2026-01-09-first.yaml"
TEXT = """apiVersion: mlops-gitops/v1
kind: Decision
type: accept
subject: {model: churn, release: "1.0.0", gate: roc-auc}
role: data-science
by: carol
reason: It is the first.
expires: 2026-01-31
"""
LISTED = [{"path": PATH, "sha256": "0" * 64}]


def _record(accepted: str, listed: list[dict[str, str]]) -> Edit:
    """The promotion of 1.0.0 to production, whose gate a decision accepts."""
    data: dict[str, Any] = json.loads(sample.edited((PRODUCTION,))[PRODUCTION.path])
    (gate,) = data["predicate"]["gates"]
    del gate["at_least"]
    gate |= {"outcome": "inconclusive", "reason": "production runs nothing"}
    gate |= {"accepted": accepted} if accepted else {}
    data["predicate"]["decisions"] = listed
    return Edit(PRODUCTION.path, None, json.dumps(data, indent=2) + "\n")


def _found(accepted: str, listed: list[dict[str, str]], decision: str = TEXT) -> list[Diagnostic]:
    return list(RULE.check(context(ledger(), (INCONCLUSIVE,), _record(accepted, listed), Edit(PATH, None, decision))))


def test_a_decision_of_a_role_that_the_gate_names_lets_it_pass() -> None:
    assert _found(PATH, LISTED) == []


@cases(
    "accepted, listed, old, new, facts",
    [
        ("", LISTED, "", "", ("roc-auc", "inconclusive")),
        (PATH, [], "", "", (PATH, "not among the record's decisions")),
        ("decisions/other.yaml", LISTED, "", "", ("decisions/other.yaml", "not accept")),
        (PATH, LISTED, "role: data-science", "role: operations", (PATH, "not accept")),
        (PATH, LISTED, "gate: roc-auc", "gate: latency", (PATH, "not accept")),
        (PATH, LISTED, '"1.0.0"', '"1.1.0"', (PATH, "not accept")),
        (PATH, LISTED, "2026-01-31", "2026-01-09", (PATH, "not accept")),
    ],
)
def test_nothing_else_does(
    accepted: str, listed: list[dict[str, str]], old: str, new: str, facts: tuple[str, ...]
) -> None:
    (found,) = _found(accepted, listed, TEXT.replace(old, new) if old else TEXT)
    assert found.span.path == PRODUCTION.path and not lacking(found.message, *facts), found
