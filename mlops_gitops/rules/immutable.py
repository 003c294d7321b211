"""Release manifests, promotion records and decisions are never changed or removed."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.ledger import ADDED


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each such file that differs from the base."""
    for path, status in sorted(context.changes.items()):
        if status != "A" and any(kind.match(context.policy.folders, path) is not None for kind in ADDED):
            what = "changed" if status == "M" else "removed"
            message = f"{path} was {what}; what is on record stays as it is"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), "restore it, and add a new file instead")


RULE = Rule(
    "immutable",
    __doc__,
    check,
    Scope.BASE,
    bad=(
        (Edit("releases/churn/1.0.0.yaml", "kind: Release", "kind: Release # ours"),),
        (Edit("releases/churn/1.0.0.yaml", None, None),),
        (Edit("promotions/staging/churn/0001.json", '"why": ""', '"why": "later"'),),
        (Edit("decisions/2026-01-05-outage.yaml", None, None),),
    ),
)
