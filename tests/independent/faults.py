"""Faults planted in the audit, one check made blind at a time: the second audit must notice each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlops_gitops.audit import policy_findings, record_findings, replay
from mlops_gitops.core import plugins
from mlops_gitops.orchestration import workspace
from mlops_gitops.promotion import policy_history
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.repository.ledger import Entry, Ledger

Plant = Callable[[pytest.MonkeyPatch], None]


def _without_rule(id: str) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        found = plugins.all_of

        def others(*words: Any) -> list[Any]:
            return [each for each in found(*words) if getattr(each, "id", "") != id]

        patch.setattr(plugins, "all_of", others)

    return plant


def _blind(where: object, name: str, sees: Any) -> Plant:
    return lambda patch: patch.setattr(where, name, sees)


def _nothing(*_: Any, **__: Any) -> Any:
    return iter(())


def _takes_any_receipt(ledger: Ledger, entry: Entry, *_: Any) -> Any:
    missing = f"no receipt {entry.tag}", True
    return None if entry.tag in ledger.receipts else missing


FAULTS: dict[str, Plant] = {
    **{f"the rule {id}": _without_rule(id) for id in (
        "explained-change", "immutable", "promotion-chain", "promotion-content", "promotion-gates", "promotion-order",
        "promotion-policy", "quarantine", "rollback-target", "adoption", "release-digests", "version-order",
        "decision-author", "policy-statement", "state-record", "unexpected-file",
    )},
    "any receipt will do": _blind(record_findings, "_receipt_fault", _takes_any_receipt),
    "whom a receipt names": _blind(record_findings, "_claim_fault", lambda *_: None),
    "who wrote a branch": _blind(workspace, "merged_people", lambda *_, **__: frozenset()),
    "changes of the policy": _blind(replay, "policy_findings", _nothing),
    "what an unproven policy judged": _blind(PolicyHistory, "judged_unproven", ()),
    "receipts of no change of the policy": _blind(policy_findings, "_foreign_receipts", _nothing),
    "the time of a merge": _blind(replay, "untimely_findings", _nothing),
}  # fmt: skip

WAVE_FAULTS: dict[str, Plant] = {
    **{f"the rule {id}": _without_rule(id) for id in (
        "wave-order", "wave-hold", "rollout-overlap", "rollout-paused", "rollout-decision", "roster-shrunk",
        "target-drift", "rollback-target", "state-record",
    )},
    "what the step into a wave needs": _blind(PolicyHistory, "_wave_approvals", lambda *_: {}),
    "changes of a plan": _blind(policy_history, "changed_plans", lambda *_: {}),
}  # fmt: skip
