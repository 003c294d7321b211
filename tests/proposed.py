"""A promotion of the sample repository that is not merged yet, and the trees it stands between."""

from __future__ import annotations

from typing import Any

import sample

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records.promotion import Promotion, statement
from mlops_gitops.repository.snapshot import Snapshot

GATE = {"id": "roc-auc", "metric": "roc_auc", "outcome": "passed", "on_fail": "block", "value": 0.92, "n": 100,
        "at_least": 0.85, "no_worse_than": {"baseline": "production", "by": 0.01}, "baseline": None,
        "change": None, "better": "higher"}  # fmt: skip


def trees(files: dict[str, bytes] | None = None, **changed: Any) -> tuple[Snapshot, Snapshot, Promotion]:
    """The sample, its head and a record: 1.1.0 to staging, which replaces 1.0.0."""
    base = Snapshot(Overlay(files if files is not None else sample.files()))
    release = base.release("churn", "1.1.0")
    before = next(base.promotions(), None)
    assert release is not None
    predicate = {"model": "churn", "environment": "staging", "sequence": 2, "action": "promote", "release": "1.1.0",
                 "replaces": "1.0.0", "previous": before.digest if before else None, "upstream": [],
                 "policy": base.policy_digest("churn"), "gates": [GATE], "rules": [], "decisions": [],
                 "requested_by": {"email": "alice@example.org", "via": "command line"}, "why": "Better.",
                 "tool": "mlops-gitops", "created": "2026-01-09T00:00:00Z"}  # fmt: skip
    manifest = base.tree.read(release.path) or b""
    path = "promotions/staging/churn/0002.json"
    record = statement(path, list(record_subject(release, manifest)), predicate | changed)
    return base, Snapshot(Overlay({record.path: record.render()}, base.tree)), record
