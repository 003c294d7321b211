"""A draft: a monitoring.yaml with nothing but comments, which counts as none until a person takes it over."""

from __future__ import annotations

import sample
from cases import cases

from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

MONITORING, KPIS = "models/churn/monitoring.yaml", "models/churn/kpis.yaml"


def _faults(path: str, text: str) -> list[str]:
    snapshot = Snapshot(Overlay(sample.files() | {path: text.encode()}))
    assert snapshot.monitoring("churn") is None
    found = validate(Context(snapshot, sample.TODAY), Scope.TREE)
    return [fault.span.path for fault in found if fault.severity is Severity.ERROR]


@cases("text", ["# Later.\n", "\n# apiVersion: mlops-gitops/v1\r\n  # kind: Monitoring", "#"])
def test_comments_alone_are_no_file_yet(text: str) -> None:
    assert _faults(MONITORING, text) == []


@cases("path,text", [
    (MONITORING, ""),  # it may have been cut off
    (MONITORING, "\n\n"),
    (MONITORING, "# Later.\nkind: Monitoring\n"),
    (MONITORING, "# Later.\n---\n"),
    (KPIS, "# Later.\n"),  # nothing may be released without
])  # fmt: skip
def test_what_is_empty_or_half_a_file_is_wrong(path: str, text: str) -> None:
    assert path in _faults(path, text)
