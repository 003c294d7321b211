"""Release manifests, promotion records and decisions are never changed or removed.

Records prove something years later only if nobody can rewrite them. It looks at each release manifest, promotion
record and decision that was valid on the base, and refuses any change or removal, if only of a comment. What never
was a valid record may still be fixed or removed.

Restore the file, and add a new one instead: another version, the next record, another decision.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import ADDED


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each such file that differs from the base."""
    for path, status in sorted(context.changes.items()):
        kind = next((kind for kind in ADDED if kind.match(context.policy.folders, path) is not None), None)
        entry = context.base.entry(path, kind) if context.base and kind else None
        # What was never a valid record is on no record: it may be fixed or removed.
        if status != "A" and entry is not None and entry.record is not None:
            change = "changed" if status == "M" else "removed"
            message = f"{path} was {change}; what is on record stays as it is"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), "restore it, and add a new file instead")


RULE = Rule(
    "immutable",
    __doc__,
    check,
    Scope.BASE,
    about="file",
    bad=(
        (Edit("releases/churn/1.0.0.yaml", "kind: Release", "kind: Release # ours"),),
        (Edit("releases/churn/1.0.0.yaml", None, None),),
        (Edit("promotions/staging/churn/0001.json", '"why": ""', '"why": "later"'),),
        (Edit("decisions/2026-01-05-outage.yaml", None, None),),
    ),
)
